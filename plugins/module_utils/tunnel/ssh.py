# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""An ssh process that forwards ports and lives on after the play. It is known by its command line alone: no file can be stale."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import time
import typing as t
from collections.abc import Sequence

POLL = 0.1
# A host that does not answer for a minute is given up, so that the next run makes the tunnel anew.
ALIVE = ("ServerAliveInterval=15", "ServerAliveCountMax=4")


class TunnelError(Exception):
    """The tunnel cannot be made; the message says why and what to do."""


@dataclasses.dataclass(frozen=True)
class Forward:
    """A port of 127.0.0.1 here that leads to a port of an address as the host sees it."""

    host_port: int
    address: str
    port: int


@dataclasses.dataclass(frozen=True)
class Tunnel:
    """One tunnel. Its known_hosts file tells it from those of other platforms."""

    host: str
    port: int
    user: str
    key: str
    known_hosts: str
    forwards: tuple[Forward, ...]

    def argv(self) -> list[str]:
        """The command that holds it."""
        options = (
            f"UserKnownHostsFile={self.known_hosts}",
            "GlobalKnownHostsFile=/dev/null",
            "StrictHostKeyChecking=yes",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "ConnectTimeout=10",
            "ExitOnForwardFailure=yes",
            *ALIVE,
        )
        words = [
            "ssh",
            "-N",
            "-F",
            "/dev/null",
            *(word for option in options for word in ("-o", option)),
            "-i",
            self.key,
        ]
        for forward in self.forwards:
            words += ["-L", f"127.0.0.1:{forward.host_port}:{forward.address}:{forward.port}"]
        return [*words, "-p", str(self.port), f"{self.user}@{self.host}"]


def running(known_hosts: str, listing: str | None = None) -> dict[int, str]:
    """Command lines, by process, of all tunnels that pin host keys in that file."""
    if listing is None:
        # Wide, because a listing cut at the width of a terminal would hide them.
        listing = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    found = {}
    for line in listing.splitlines():
        number, _, command = line.strip().partition(" ")
        if command.startswith("ssh -N ") and f"UserKnownHostsFile={known_hosts} " in command:
            found[int(number)] = command.strip()
    return found


def listens(port: int) -> bool:
    """Say whether something answers at a port of this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def end(processes: t.Iterable[int], timeout: float = 10.0) -> None:
    """End processes and wait until they are gone."""
    waiting = list(processes)
    for number in waiting:
        _signal(number, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while waiting := [number for number in waiting if _lives(number)]:
        if time.monotonic() > deadline:
            for number in waiting:
                _signal(number, signal.SIGKILL)
            return
        time.sleep(POLL)


def _signal(number: int, kind: signal.Signals) -> None:
    try:
        os.kill(number, kind)
    except ProcessLookupError:
        return


def _lives(number: int) -> bool:
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.strip().startswith("Z")


def begin(tunnel: Tunnel, log: pathlib.Path, timeout: float) -> int:
    """Start the tunnel and return its process when every port answers.

    Args:
        tunnel: what to start.
        log: file that ssh writes to.
        timeout: seconds until the ports have to answer.

    Raises:
        TunnelError: a port is taken, the host cannot be reached, or it does not answer in time.

    """
    taken = [forward.host_port for forward in tunnel.forwards if listens(forward.host_port)]
    if taken:
        ports = ", ".join(map(str, taken))
        raise TunnelError(f"port {ports} of 127.0.0.1 is taken by another program; stop it or choose another port")
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen(
            tunnel.argv(), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    deadline = time.monotonic() + timeout
    while not all(listens(forward.host_port) for forward in tunnel.forwards):
        if process.poll() is not None or time.monotonic() > deadline:
            end([process.pid])
            said = log.read_text(encoding="utf-8", errors="replace").strip()
            raise TunnelError(f"{_told(tunnel.argv())} ended or did not answer: {said or 'it said nothing'}")
        time.sleep(POLL)
    return process.pid


def _told(argv: Sequence[str]) -> str:
    return shlex.join(argv)


__all__ = ("Forward", "Tunnel", "TunnelError", "begin", "end", "listens", "running")
