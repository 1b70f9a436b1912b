# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Unpacked images as hard links: shared where nobody writes, copied where containerd does."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import links
from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host

BLOB, LAYER = (
    "io.containerd.content.v1.content/blobs/sha256/abc",
    "io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/bin/sh",
)
DATABASE = "io.containerd.metadata.v1.bolt/meta.db"


@pytest.fixture(name="containerd")
def fixture_containerd(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "first" / "var" / "lib" / "containerd"
    for name in (BLOB, LAYER, DATABASE, "io.containerd.runtime.v2.task/k8s.io/pod/config.json"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(name)
    return folder


@pytest.fixture(name="layout")
def fixture_layout(tmp_path: pathlib.Path) -> pathlib.Path:
    blob = tmp_path / "oci" / "blobs" / "sha256" / "abc"
    blob.parent.mkdir(parents=True)
    blob.write_text(BLOB)
    return tmp_path / "oci"


def inode(path: pathlib.Path) -> int:
    return path.stat().st_ino


def test_the_next_machine_shares_layers_and_blobs_and_has_its_own_databases(
    tmp_path: pathlib.Path, containerd: pathlib.Path, layout: pathlib.Path
) -> None:
    store, second = tmp_path / "cache" / "one", tmp_path / "second" / "var" / "lib" / "containerd"
    links.keep(Host(), containerd, store, layout)
    second.mkdir(parents=True)
    links.plant(Host(), store, second)
    assert inode(containerd / LAYER) == inode(second / LAYER)
    assert inode(layout / "blobs/sha256/abc") == inode(second / BLOB)
    (second / DATABASE).write_text("changed")
    assert (containerd / DATABASE).read_text() == (store / DATABASE).read_text() == DATABASE
    assert not (second / "io.containerd.runtime.v2.task").exists()


def test_only_the_newest_store_stays_and_a_cut_off_one_is_made_anew(
    tmp_path: pathlib.Path, containerd: pathlib.Path, layout: pathlib.Path
) -> None:
    cache = tmp_path / "cache"
    for name in ("old", ".new.partial"):
        (cache / name / "io.containerd.content.v1.content").mkdir(parents=True)
    links.keep(Host(), containerd, cache / "new", layout)
    assert sorted(path.name for path in cache.iterdir()) == [".lock", "new"]
    assert (cache / "new" / LAYER).read_text() == LAYER


def test_a_store_that_is_there_is_left_alone(
    tmp_path: pathlib.Path, containerd: pathlib.Path, layout: pathlib.Path
) -> None:
    (tmp_path / "cache" / "one").mkdir(parents=True)
    links.keep(Host(), containerd, tmp_path / "cache" / "one", layout)
    assert list((tmp_path / "cache" / "one").iterdir()) == []


def test_a_store_that_went_meanwhile_leaves_the_machine_as_it_was(tmp_path: pathlib.Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    links.plant(Host(), tmp_path / "cache" / "gone", second)
    assert list(second.iterdir()) == []


def test_links_do_not_cross_file_systems(tmp_path: pathlib.Path, containerd: pathlib.Path) -> None:
    assert links.can_link(containerd, tmp_path / "not" / "there" / "yet")
    assert not links.can_link(tmp_path / "none", tmp_path)
    assert not links.can_link(containerd, pathlib.Path("/proc/self"))
