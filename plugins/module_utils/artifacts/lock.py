# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One build at a time in one cache; leftovers of builds that died are cleaned by the next."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import subprocess
import time
import typing as t

from .errors import CancelledError


@contextlib.contextmanager
def exclusive(
    path: pathlib.Path,
    say: t.Callable[[str], None],
    wanted: t.Callable[[], bool] = lambda: True,
    interval: float = 10.0,
    sleep: t.Callable[[float], None] = time.sleep,
) -> t.Iterator[None]:
    """Holds the cache's lock. While another run holds it, says so every C(interval) seconds and goes on waiting.

    The kernel frees the lock when its holder dies, however it dies. Raises CancelledError when nobody wants it any more.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        waited = 0.0
        while not _try(handle):
            if not wanted():
                raise CancelledError("Nobody waits for the artefacts any more.")
            if waited % interval == 0:
                handle.seek(0)
                holder = handle.read().strip() or "?"
                say(f"another run (process {holder}) builds into {path.parent}; waiting for it since {waited:.0f} s")
            sleep(0.5)
            waited += 0.5
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def _try(handle: t.TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def unmount_below(folder: pathlib.Path) -> None:
    """Takes away mounts that a dead build left below a folder. Builds mount in namespaces of their own, so this finds
    something only where a mount propagated out of one."""
    prefix = f"{folder.resolve()}/"
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        points = [line.split()[1].encode().decode("unicode_escape") for line in mounts]
    for point in reversed(points):
        if point.startswith(prefix):
            subprocess.run(["umount", "-l", point], check=True)
