# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Folders with containerd's unpacked images, as hard links: kept of one machine, planted into the next.

What containerd unpacked it never writes again: layers lie below overlays, and a blob is named by its digest. Only its databases
are written in place, so these are copied.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import typing as t

from .host import Host

PARTIAL = ".partial"
DATABASES = "*/*.db"
# What containerd keeps across restarts of it: blobs, the list of images, and their layers.
KEPT = ("io.containerd.content.v1.content", "io.containerd.metadata.v1.bolt", "io.containerd.snapshotter.v1.overlayfs")
BLOBS = "io.containerd.content.v1.content/blobs/sha256"


def plant(host: Host, store: pathlib.Path, target: pathlib.Path) -> None:
    """Give a machine that was never started the images of ``store``; nothing when another platform has just replaced it."""
    with _locked(store.parent, fcntl.LOCK_SH):
        if not store.is_dir():
            return
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(host, store, target)
        _own_databases(target)


def can_link(source: pathlib.Path, beside: pathlib.Path) -> bool:
    """Whether ``source`` is a folder on the file system of ``beside``, or of what will be above it."""
    while not beside.exists():
        beside = beside.parent
    return source.is_dir() and source.stat().st_dev == beside.stat().st_dev


def keep(host: Host, containerd: pathlib.Path, store: pathlib.Path, layout: pathlib.Path) -> None:
    """Keep a stopped containerd's images in ``store``, in place of every other store beside it.

    Blobs that the image layout has as well are taken from there, so that they lie on the disk once.
    """
    with _locked(store.parent, fcntl.LOCK_EX):
        if store.exists():
            return
        for old in store.parent.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        partial = store.with_name(f".{store.name}{PARTIAL}")
        partial.mkdir()
        for name in KEPT:
            _link(host, containerd / name, partial / name)
        _own_databases(partial)
        _share(partial / BLOBS, layout / "blobs/sha256")
        partial.rename(store)


def _link(host: Host, source: pathlib.Path, target: pathlib.Path) -> None:
    host.check(["cp", "--archive", "--link", "--no-target-directory", str(source), str(target)], timeout=600)


def _own_databases(folder: pathlib.Path) -> None:
    for database in folder.glob(DATABASES):
        copy = database.with_suffix(".copy")
        shutil.copy2(database, copy)
        copy.replace(database)


def _share(blobs: pathlib.Path, layout: pathlib.Path) -> None:
    for blob in blobs.iterdir():
        same = layout / blob.name
        if same.is_file() and same.stat().st_size == blob.stat().st_size:
            linked = blob.with_name(f".{blob.name}")
            os.link(same, linked)
            linked.replace(blob)


@contextlib.contextmanager
def _locked(folder: pathlib.Path, mode: int) -> t.Iterator[None]:
    """Several machines are prepared at once: one of them keeps its images, and no store goes while it is planted."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, mode)
        yield


__all__ = ("can_link", "keep", "plant")
