# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Control groups of machines on a host without systemd: one per machine in every hierarchy.

systemd inside a machine takes the group it starts in for the root of the tree. Two machines in one group would see, and
stop, each other's services; and a machine in the caller's group would die with the caller.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import re
import typing as t

from .host import Host, MachineError

PARENT = "inference-platform"


@dataclasses.dataclass(frozen=True)
class Hierarchy:
    """A mounted cgroup file system: its mount point, whether it is version 2, and its controllers (version 1)."""

    mount: str
    unified: bool
    controllers: frozenset[str]

    def group(self, key: str, machine: str) -> str:
        """Return the folder of a machine's group."""
        return f"{self.mount}/{PARENT}/{key}/{machine}"


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def mount_points(host: Host) -> list[tuple[str, str, frozenset[str]]]:
    """Return (mount point, type, options of the file system) of everything mounted here."""
    found = []
    for line in (host.read("/proc/self/mountinfo") or "").splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        found.append((_unescape(left.split()[4]), kind, frozenset(options.split(","))))
    return found


def hierarchies(host: Host) -> list[Hierarchy]:
    """Return the host's cgroup hierarchies: all of version 1, the one of version 2, or both (hybrid)."""
    found = {
        mount: Hierarchy(mount, kind == "cgroup2", options)
        for mount, kind, options in mount_points(host)
        if kind in {"cgroup", "cgroup2"} and mount.startswith("/sys/fs/cgroup")
    }
    return list(found.values())


def create(host: Host, key: str, machine: str) -> list[str]:
    """Make a machine's groups and return their folders.

    Raises:
        MachineError: there is no writable hierarchy.

    """
    known = hierarchies(host)
    if not known:
        raise MachineError(
            "no cgroup file system is mounted below /sys/fs/cgroup: systemd inside a machine cannot start without. "
            "Boot the host with cgroup v2 (mount -t cgroup2 none /sys/fs/cgroup) or with the version 1 controllers mounted"
        )
    return [_create(host, hierarchy, key, machine) for hierarchy in known]


def _create(host: Host, hierarchy: Hierarchy, key: str, machine: str) -> str:
    current = hierarchy.mount
    for name in (PARENT, key, machine):
        below = f"{current}/{name}"
        host.path(below).mkdir(exist_ok=True)
        if "cpuset" in hierarchy.controllers:
            _copy_cpuset(host, current, below)
        if hierarchy.unified:
            _delegate(host, current)
        current = below
    return current


def _copy_cpuset(host: Host, above: str, below: str) -> None:
    """Fill a version 1 cpuset: a new one is empty and takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if not host.read(f"{below}/{name}"):
            host.write(f"{below}/{name}", host.read(f"{above}/{name}") or "")
    # Groups that systemd or a container runtime make further down start filled as well.
    host.write(f"{below}/cgroup.clone_children", "1")


def _delegate(host: Host, group: str) -> None:
    """Hand every version 2 controller to the groups below; in hybrid mode there is none."""
    for controller in (host.read(f"{group}/cgroup.controllers") or "").split():
        # A controller with processes beside it or bound elsewhere is refused by the kernel: the machine does without it.
        with contextlib.suppress(OSError):
            host.write(f"{group}/cgroup.subtree_control", f"+{controller}")


def processes(host: Host, key: str, machine: str) -> set[int]:
    """Return the pids of everything that runs in a machine's groups, by the host's count."""
    pids: set[int] = set()
    for group in _groups(host, key, machine):
        for listing in host.path(group).rglob("cgroup.procs"):
            with contextlib.suppress(OSError):
                pids.update(int(pid) for pid in listing.read_text().split())
    return pids - {0}


def exists(host: Host, key: str, machine: str) -> bool:
    """Say whether a group of a machine is there."""
    return bool(_groups(host, key, machine))


def _groups(host: Host, key: str, machine: str) -> list[str]:
    groups = (hierarchy.group(key, machine) for hierarchy in hierarchies(host))
    return [group for group in groups if host.path(group).is_dir()]


def remove(host: Host, key: str, machine: str) -> None:
    """Remove a machine's groups, and the folders above them when they are empty."""
    for group in _groups(host, key, machine):
        folder = host.path(group)
        below = (entry for entry in folder.rglob("*") if entry.is_dir())
        for entry in [*sorted(below, key=_depth, reverse=True), folder]:
            _rmdir(host, entry)
        for entry in (folder.parent, folder.parent.parent):
            with contextlib.suppress(OSError):  # other machines or platforms are still in it
                entry.rmdir()


def _depth(path: pathlib.Path) -> int:
    return len(path.parts)


def _rmdir(host: Host, folder: pathlib.Path) -> None:
    """Remove one group; the kernel says busy for a moment after its last process ended."""
    for attempt in range(40):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if attempt == 39:
                raise MachineError(f"cannot remove the control group {folder}: {error.strerror}") from error
            host.sleep(0.05)
        else:
            return


def join_argv(groups: t.Sequence[str], argv: t.Sequence[str]) -> list[str]:
    """Return an argv that enters the groups and then becomes the given program, with its pid."""
    script = 'set -e; while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'
    return ["/bin/sh", "-c", script, "join", *groups, "--", *argv]


__all__ = ("Hierarchy", "create", "exists", "hierarchies", "join_argv", "mount_points", "processes", "remove")
