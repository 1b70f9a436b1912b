# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Diffs for people: what moved, without noise and without secrets."""

from __future__ import annotations

from ansible_collections.inference.platform.plugins.module_utils.kube import changes


def secret(**data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}, "data": data}


def test_paths_name_lists_by_index() -> None:
    before = {"spec": {"a": 1, "list": [{"x": 1}, {"x": 2}]}}
    after = {"spec": {"a": 1, "b": 2, "list": [{"x": 1}, {"x": 3}]}}
    assert changes.fields(before, after) == ["spec.b", "spec.list[1].x"]


def test_true_and_one_are_not_the_same() -> None:
    assert changes.fields({"a": True}, {"a": 1}) == ["a"]


def test_what_the_server_writes_is_not_shown() -> None:
    item = {"kind": "X", "metadata": {"name": "a", "uid": "u", "managedFields": []}, "status": {"b": 1}}
    assert changes.visible(item) == {"kind": "X", "metadata": {"name": "a"}}


def test_values_of_secrets_are_never_shown() -> None:
    entry = changes.diff(secret(a="old", b="same"), secret(a="new", b="same", c="more"))
    text = str(entry)
    assert not any(value in text for value in ("old", "new", "same", "more"))
    assert "a: '*** (before)'" in entry["before"]
    assert "a: '*** (after)'" in entry["after"]
    assert "b: '***'" in entry["before"]


def test_a_created_object_has_an_empty_before() -> None:
    entry = changes.diff(None, secret(a="x"))
    assert entry["before"] == ""
    assert entry["after_header"] == "Secret n/s"
