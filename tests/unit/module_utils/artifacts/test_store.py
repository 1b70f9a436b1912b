# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A file of the cache that is not what was built is noticed; what nothing needs goes."""

from __future__ import annotations

import os

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.store import Record, Store, Stored


def _blob(store: Store, content: bytes = b"content") -> Stored:
    return store.put(content)


def test_an_untouched_file_is_right(store: Store) -> None:
    assert store.fault(_blob(store), verify=True) == ""


def test_a_missing_file_is_noticed(store: Store) -> None:
    stored = _blob(store)
    (store.root / stored.path).unlink()
    assert store.fault(stored, verify=False) == "is missing"


@pytest.mark.parametrize("content", [b"CONTENT", b"longer content"])
def test_a_changed_file_is_noticed_without_reading_everything(store: Store, content: bytes) -> None:
    stored = _blob(store)
    (store.root / stored.path).write_bytes(content)
    assert "is corrupt" in store.fault(stored, verify=False)


def test_damage_that_left_size_and_time_alone_is_noticed_on_demand(store: Store) -> None:
    stored = _blob(store)
    (store.root / stored.path).write_bytes(b"CONTENT")
    os.utime(store.root / stored.path, ns=(stored.mtime, stored.mtime))
    assert store.fault(stored, verify=False) == ""
    assert "is corrupt" in store.fault(stored, verify=True)


def test_a_touched_file_with_the_right_content_is_read_once_only(store: Store) -> None:
    stored = _blob(store)
    os.utime(store.root / stored.path)
    assert store.fault(stored, verify=False) == ""
    assert (store.root / stored.path).stat().st_mtime_ns == stored.mtime


def test_looking_alone_puts_no_time_back(store: Store) -> None:
    stored = _blob(store)
    path = store.root / stored.path
    os.utime(path, ns=(1, 1))
    assert Store(store.root, looking=True).fault(stored, verify=True) == ""
    assert path.stat().st_mtime_ns == 1


def test_a_record_comes_back_as_it_was(store: Store) -> None:
    record = Record("k", "name", (_blob(store),), 1.5, ({"name": "x"},), "below")
    store.write(record)
    assert store.read("k") == record


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "x"}'])
def test_a_record_that_cannot_be_read_counts_as_none(store: Store, content: str) -> None:
    (store.records / "k.json").write_text(content)
    assert store.read("k") is None


def test_pruning_keeps_what_records_name_and_nothing_else(store: Store) -> None:
    kept, old, shared = _blob(store, b"kept"), _blob(store, b"old"), _blob(store, b"shared")
    store.write(Record("new", "a", (kept, shared), 0, ()))
    store.write(Record("gone", "a", (old, shared), 0, ()))
    (store.files / "stray").write_text("x")
    for name in ("a", "b"):
        (store.sbom / f"{name}.json").write_text("{}")
    store.prune({"new"}, {"a"})
    assert {path.name for path in store.blobs.iterdir()} == {kept.sha256, shared.sha256}
    assert [path.name for path in store.records.iterdir()] == ["new.json"]
    assert list(store.files.iterdir()) == []
    assert [path.name for path in store.sbom.iterdir()] == ["a.json"]


def test_a_temporary_folder_goes_even_when_the_work_in_it_fails(store: Store) -> None:
    folders = []

    def work() -> None:
        with store.temporary() as folder:
            folders.append(folder)
            (folder / "x").mkdir()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert not folders[0].exists()


def test_what_is_not_built_in_its_new_form_keeps_its_old_one(store: Store) -> None:
    store.write(Record("old", "a", (_blob(store),), 0, ()))
    store.prune(set(), {"a"}, unbuilt={"a"})
    assert store.read("old") is not None
    assert len(list(store.blobs.iterdir())) == 1
