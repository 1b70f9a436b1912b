# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The inventory's and Git's side from files."""

from __future__ import annotations

import os
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.argocd.applications import Source
from ansible_collections.inference.platform.plugins.module_utils.drift import sides
from ansible_collections.inference.platform.plugins.module_utils.git.errors import GitError
from ansible_collections.inference.platform.plugins.module_utils.git.repository import Repository
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

SOURCE = Source("ssh://git@git/platform.git", "main")


def text(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: space}}\n"


def names(side: sides.Side) -> dict[str, str]:
    return {key.name: entry.path for key, entry in side.items()}


def fill(root: pathlib.Path, **files: str) -> None:
    for name, content in files.items():
        path = root / "30-app" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def test_objects_are_known_by_the_files_of_components_alone(tmp_path: pathlib.Path) -> None:
    fill(tmp_path, a=text("a"))
    (tmp_path / "30-app" / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "b.yaml").write_text(text("b"), encoding="utf-8")
    assert names(sides.of_folder(str(tmp_path))) == {"a": "30-app/a.yaml"}


def test_a_folder_that_is_not_there_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KubeError, match="There is no folder"):
        sides.of_folder(str(tmp_path / "none"))


def test_a_commit_is_read_whatever_lies_on_disk(tmp_path: pathlib.Path) -> None:
    fill(tmp_path, a=text("a"), b=text("b"))
    (tmp_path / "README.md").write_text("x", encoding="utf-8")
    subprocess.run(["git", "init", "-q", "--initial-branch=main", str(tmp_path)], check=True)
    commit = Repository(str(tmp_path)).commit("x\n")
    os.unlink(tmp_path / "30-app" / "a.yaml")
    fill(tmp_path, b=text("other"))
    assert names(sides.of_commit(str(tmp_path), commit)) == {"a": "30-app/a.yaml", "b": "30-app/b.yaml"}
    assert sorted(names(sides.of_folder(str(tmp_path)))) == ["other"]


def test_a_commit_that_is_not_there_is_an_error(tmp_path: pathlib.Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(GitError, match="Reading commit"):
        sides.of_commit(str(tmp_path), "0" * 40)


def test_nulls_and_what_the_server_owns_are_no_part_of_an_object() -> None:
    side = sides.of_texts({"30-app/a.yaml": text("a") + "status: {ready: true}\nspec: {x: null, y: 1}\n"})
    [entry] = side.values()
    assert entry.item["spec"] == {"y": 1}
    assert "status" not in entry.item


def applications(**options: t.Any) -> set[str]:
    inventory = sides.of_texts({"30-app/a.yaml": text("a")})
    git = sides.of_texts({"05-network/n.yaml": text("n"), "40-old/o.yaml": text("o")})
    found = sides.of_applications(inventory, git, options.get("left_out", frozenset()), SOURCE)
    return {key.name for key in found if key.kind == "Application"}


def test_applications_follow_from_the_inventory_and_from_git_for_what_is_left_out() -> None:
    assert applications() == {"root", "app"}
    assert applications(left_out=frozenset({"network"})) == {"root", "app", "network"}
