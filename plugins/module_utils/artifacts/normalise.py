# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Takes out of a finished layer what differs from one build to the next or does not belong into an image."""

from __future__ import annotations

import fnmatch
import os
import pathlib
import shutil
import stat
import typing as t

# Emptied folders: packages expect them to be there.
_EMPTY = (
    *(
        "dev",
        "proc",
        "sys",
        "run",
        "tmp",
        "var/tmp",
        "var/cache/apt",
        "var/lib/apt/lists",
        "var/cache/man",
        "var/cache/ldconfig",
    ),
    *("root/.cache", "root/.npm", "root/.config"),
)
_REMOVED = (
    *("etc/resolv.conf", "etc/hostname", "etc/hosts", "etc/.pwd.lock", "etc/ssh/ssh_host_*"),
    # Keys that packages generate when they are installed: an image must not share one with everybody who has it.
    *("etc/ssl/private/ssl-cert-snakeoil.key", "etc/ssl/certs/ssl-cert-snakeoil.pem"),
    *("etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-"),
    *(
        "var/lib/dpkg/*-old",
        "var/lib/dpkg/lock*",
        "var/lib/dpkg/triggers/Lock",
        "var/cache/debconf/*-old",
        "var/lib/dbus/machine-id",
    ),
    *("var/lib/systemd/random-seed", "root/.wget-hsts", "root/.bash_history", "root/.python_history"),
)
_LOGS = "var/log"


def is_whiteout(info: os.stat_result) -> bool:
    """Whether overlayfs marks with this entry that something of a lower layer is gone."""
    return stat.S_ISCHR(info.st_mode) and info.st_rdev == 0


def normalise(root: pathlib.Path, epoch: int) -> None:
    """Strips a layer's folder in place; afterwards nothing in it is newer than C(epoch)."""
    for name in _EMPTY:
        _empty(root / name)
    for pattern in _REMOVED:
        for path in _matches(root, pattern):
            path.unlink()
    for path in _files(root / _LOGS):
        path.unlink()
    machine_id = root / "etc/machine-id"
    if machine_id.is_file():
        machine_id.write_bytes(b"")
    clamp_times(root, epoch)


def clamp_times(root: pathlib.Path, epoch: int) -> None:
    """Sets every time stamp newer than C(epoch) to it, and all others to whole seconds, as a tar keeps them."""
    for folder, folders, files in os.walk(root, topdown=False):
        for name in (*files, *folders):
            _clamp(os.path.join(folder, name), epoch)
    _clamp(str(root), epoch)


def _clamp(path: str, epoch: int) -> None:
    info = os.lstat(path)
    seconds = min(int(info.st_mtime), epoch)
    if info.st_mtime_ns != seconds * 10**9:
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def _empty(folder: pathlib.Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _matches(root: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    folder, _, name = pattern.rpartition("/")
    parent = root / folder
    if parent.is_symlink() or not parent.is_dir():
        return []
    return [path for path in parent.iterdir() if fnmatch.fnmatchcase(path.name, name) and _removable(path)]


def _removable(path: pathlib.Path) -> bool:
    # A whiteout stays: it says that the file is gone, which is what is wanted.
    return not is_whiteout(path.lstat()) and not (path.is_dir() and not path.is_symlink())


def _files(folder: pathlib.Path) -> t.Iterator[pathlib.Path]:
    if folder.is_symlink() or not folder.is_dir():
        return
    for parent, _, names in os.walk(folder):
        for name in names:
            path = pathlib.Path(parent, name)
            if _removable(path):
                yield path
