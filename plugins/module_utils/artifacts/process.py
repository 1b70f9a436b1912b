# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs tools in process and mount namespaces of their own, so that nothing they start or mount can outlive them."""

from __future__ import annotations

import collections
import pathlib
import subprocess
import threading
import time
import typing as t

from .errors import CancelledError, CommandError
from .failures import explain, is_transient

TAIL = 15
# setpriv ties unshare to the thread that started it; unshare's --kill-child ties everything below to unshare.
ISOLATED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)


class Runner(t.Protocol):
    """What builders need: run a tool and raise CommandError when it fails."""

    def run(
        self,
        argv: t.Sequence[str],
        *,
        env: t.Mapping[str, str],
        log: pathlib.Path,
        cwd: pathlib.Path | None = None,
        network: bool = True,
        attempts: int = 1,
    ) -> None:
        """Runs it, its output appended to C(log)."""


class Processes:
    """The real runner. C(cancel) ends everything that runs and refuses to start more."""

    def __init__(self, pause: float = 5.0) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._cancelled = threading.Event()
        self._pause = pause

    def cancel(self) -> None:
        """Kills what runs; every present and later C(run) raises CancelledError."""
        self._cancelled.set()
        with self._lock:
            for process in self._running:
                process.kill()

    def run(
        self,
        argv: t.Sequence[str],
        *,
        env: t.Mapping[str, str],
        log: pathlib.Path,
        cwd: pathlib.Path | None = None,
        network: bool = True,
        attempts: int = 1,
    ) -> None:
        """Runs a tool, again after a pause when its complaint looks like a passing trouble of the network."""
        for attempt in range(1, attempts + 1):
            status, text = self._once(argv, env, log, cwd, network)
            if self._cancelled.is_set():
                raise CancelledError(f"{argv[0]} was stopped.")
            if status == 0:
                return
            if attempt == attempts or not is_transient(text):
                raise failure(argv, status, text, log)
            self._cancelled.wait(self._pause * attempt)

    def _once(
        self,
        argv: t.Sequence[str],
        env: t.Mapping[str, str],
        log: pathlib.Path,
        cwd: pathlib.Path | None,
        network: bool,
    ) -> tuple[int, str]:
        log.parent.mkdir(parents=True, exist_ok=True)
        prefix = ISOLATED if network else (*ISOLATED, "--net")
        with log.open("ab") as out:
            start = out.tell()
            out.write(f"--- {time.strftime('%H:%M:%S')} {argv[0]}\n".encode())
            out.flush()
            with self._lock:
                if self._cancelled.is_set():
                    raise CancelledError(f"{argv[0]} was not started.")
                process = subprocess.Popen(
                    [*prefix, *argv],
                    env=dict(env),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
                self._running.add(process)
            try:
                status = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
        return status, _read_from(log, start) if status else ""


def failure(argv: t.Sequence[str], status: int, text: str, log: pathlib.Path) -> CommandError:
    """The error for a tool's exit status and output: what it means, and the last lines of it."""
    lines = collections.deque((line.rstrip() for line in text.splitlines() if line.strip()), TAIL)
    meaning = explain(text) or f"{pathlib.PurePath(argv[0]).name} failed with status {status}"
    return CommandError(f"{meaning} (whole output: {log})", tuple(lines))


def _read_from(path: pathlib.Path, offset: int) -> str:
    with path.open("rb") as handle:
        handle.seek(offset)
        return handle.read().decode(errors="replace")
