# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tree on disk: stable, minimal, and repaired after a killed run."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError
from ansible_collections.inference.platform.plugins.module_utils.tree import writer

Object = dict[str, t.Any]


def item(name: str, **rest: t.Any) -> Object:
    return {"kind": "ConfigMap", "metadata": {"name": name, "namespace": "space"}, "apiVersion": "v1", **rest}


def test_one_file_per_object_with_the_head_first(tmp_path: pathlib.Path) -> None:
    result = writer.write(str(tmp_path / "30-app"), [item("a", data={"k": "v"})], check=False)
    assert result.written == ("configmap-space-a.yaml",)
    text = (tmp_path / "30-app" / "configmap-space-a.yaml").read_text(encoding="utf-8")
    assert text == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: space\ndata:\n  k: v\n"


def test_unchanged_files_are_not_touched_and_changed_ones_are_replaced(tmp_path: pathlib.Path) -> None:
    writer.write(str(tmp_path), [item("a"), item("b")], check=False)
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    result = writer.write(str(tmp_path), [item("a"), item("b", data={"k": "v"})], check=False)
    after = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    assert result.written == ("configmap-space-b.yaml",)
    assert before["configmap-space-a.yaml"] == after["configmap-space-a.yaml"]
    assert before["configmap-space-b.yaml"] != after["configmap-space-b.yaml"]


def test_files_of_vanished_objects_and_leftovers_of_a_killed_run_go(tmp_path: pathlib.Path) -> None:
    writer.write(str(tmp_path), [item("a"), item("b")], check=False)
    (tmp_path / ".new-abc").write_text("half", encoding="utf-8")
    (tmp_path / "configmap-space-a.yaml").write_text("half a f", encoding="utf-8")
    result = writer.write(str(tmp_path), [item("a")], check=False)
    assert (result.written, result.removed) == (("configmap-space-a.yaml",), ("configmap-space-b.yaml",))
    assert [path.name for path in tmp_path.iterdir()] == ["configmap-space-a.yaml"]
    assert not writer.write(str(tmp_path), [item("a")], check=False).changed


def test_check_mode_predicts_and_writes_nothing(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "app"
    assert writer.write(str(folder), [item("a")], check=True).written == ("configmap-space-a.yaml",)
    assert not folder.exists()


def test_remove_takes_the_folder(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "app"
    writer.write(str(folder), [item("a")], check=False)
    assert writer.remove(str(folder), check=True).removed == ("configmap-space-a.yaml",)
    assert folder.exists()
    writer.remove(str(folder), check=False)
    assert not folder.exists()
    assert not writer.remove(str(folder), check=False).changed


def test_names_tell_cluster_wide_objects_and_equal_kinds_of_two_groups_apart() -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:x"}}
    assert writer.file_name(role) == "clusterrole-system_x.yaml"
    service = {"apiVersion": "serving.example.com/v1", "kind": "Service", "metadata": {"name": "a", "namespace": "n"}}
    assert writer.file_name(service) == "service.serving.example.com-n-a.yaml"


def test_two_objects_for_one_file_are_refused(tmp_path: pathlib.Path) -> None:
    pair = [item("a:b"), item("a_b")]
    with pytest.raises(KubeError, match="share the file"):
        writer.write(str(tmp_path), pair, check=False)


def test_a_tree_that_cannot_be_written_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(KubeError, match="Cannot write the tree"):
        writer.write(str(tmp_path / "file" / "app"), [item("a")], check=False)


def test_a_tree_is_read_in_the_order_of_its_components_without_the_clones_own_folder(tmp_path: pathlib.Path) -> None:
    assert writer.read_tree(str(tmp_path / "none")) == []
    writer.write(str(tmp_path / "40-b"), [item("second")], check=False)
    writer.write(str(tmp_path / "30-a"), [item("first")], check=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "not.yaml").write_text("{", encoding="utf-8")
    assert [found["metadata"]["name"] for found in writer.read_tree(str(tmp_path))] == ["first", "second"]
