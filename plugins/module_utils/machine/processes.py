# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Processes of the host, read from /proc: no pid files, so nothing can be stale."""

from __future__ import annotations

import dataclasses
import os
import signal
import typing as t

from .host import Host

if t.TYPE_CHECKING:
    import pathlib

LISTEN = "0A"


@dataclasses.dataclass(frozen=True)
class Supervisor:
    """A running systemd-nspawn: its pid and its arguments without the program."""

    pid: int
    arguments: tuple[str, ...]

    def option(self, name: str) -> str | None:
        """Return the value of C(--NAME=VALUE)."""
        prefix = f"--{name}="
        return next((a[len(prefix) :] for a in self.arguments if a.startswith(prefix)), None)


def _pids(host: Host) -> list[int]:
    return sorted(int(entry.name) for entry in host.path("/proc").iterdir() if entry.name.isdigit())


def _link(path: pathlib.Path) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None


def command_line(host: Host, pid: int) -> tuple[str, ...]:
    """Return a process's arguments; a zombie, a kernel thread and a process that is gone have none."""
    try:
        raw = host.path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(part.decode(errors="replace") for part in raw.rstrip(b"\0").split(b"\0")) if raw else ()


def supervisors(host: Host) -> list[Supervisor]:
    """Return every systemd-nspawn of this host.

    Those inside machines are left out (another pid namespace), as is a program that only mentions it.
    """
    own = _link(host.path("/proc/self/ns/pid"))
    found = []
    for pid in _pids(host):
        argv = command_line(host, pid)
        if not argv or argv[0].rpartition("/")[2] != "systemd-nspawn":
            continue
        # The child that becomes the machine's init keeps this command line for some milliseconds; its parent is the supervisor.
        if _link(host.path(f"/proc/{pid}/ns/pid")) != own or _parent_is_nspawn(host, pid):
            continue
        found.append(Supervisor(pid, argv[1:]))
    return found


def _parent_is_nspawn(host: Host, pid: int) -> bool:
    parent = _parent(host, pid)
    argv = command_line(host, parent) if parent else ()
    return bool(argv) and argv[0].rpartition("/")[2] == "systemd-nspawn"


def _parent(host: Host, pid: int) -> int:
    stat = host.read(f"/proc/{pid}/stat") or ""
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 else 0


def alive(host: Host, pid: int) -> bool:
    """Say whether a process runs; a zombie does not."""
    stat = host.read(f"/proc/{pid}/stat") or ""
    state = stat.rpartition(")")[2].split()[:1]
    return bool(state) and state[0] not in {"Z", "X"}


def wait_gone(host: Host, pids: t.Collection[int], seconds: float) -> list[int]:
    """Wait until processes are gone and return those that are still there."""
    end = host.now() + seconds
    while True:
        for pid in pids:
            host.reap(pid)
        left = [pid for pid in pids if alive(host, pid)]
        if not left or host.now() >= end:
            return left
        host.sleep(0.05)


def kill_hard(host: Host, pids: t.Collection[int]) -> list[int]:
    """Kill processes for good and return those that the kernel cannot end within five seconds."""
    for pid in pids:
        host.kill(pid, signal.SIGKILL)
    return wait_gone(host, pids, 5)


def listener(host: Host, address: str, port: int) -> str | None:
    """Return who listens on a TCP port of an address (or on all addresses), or nothing.

    The kernel's tables give the socket, /proc tells the process where it may be seen.
    """
    inode = _listening_inode(host, address, port)
    if inode is None:
        return None
    for pid in _pids(host):
        if _holds(host, pid, f"socket:[{inode}]"):
            name = host.read(f"/proc/{pid}/comm") or "unknown"
            return f"process {pid} ({name})"
    return "an unknown process"


def _holds(host: Host, pid: int, target: str) -> bool:
    try:
        entries = list(host.path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False
    return any(_link(entry) == target for entry in entries)


def _listening_inode(host: Host, address: str, port: int) -> str | None:
    mine = bytes(int(part) for part in address.split("."))[::-1].hex().upper()
    everyone = "0" * 8
    wanted = {mine, everyone, everyone * 4, f"{everyone * 2}FFFF0000{mine}"}
    for table in ("tcp", "tcp6"):
        for line in (host.read(f"/proc/net/{table}") or "").splitlines()[1:]:
            fields = line.split()
            local, _, number = fields[1].partition(":")
            if fields[3] == LISTEN and int(number, 16) == port and (local in wanted or mine == everyone):
                return fields[9]
    return None


__all__ = ("Supervisor", "alive", "command_line", "kill_hard", "listener", "supervisors", "wait_gone")
