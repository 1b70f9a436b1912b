# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The host as the machine modules see it: programs, files, processes. Unit tests give another one."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import time
import typing as t


class MachineError(Exception):
    """Something that the user has to know: what was tried, on which object, and what to do."""


class CommandError(MachineError):
    """A program of the host failed; carries its argv, exit status and what it printed."""

    def __init__(self, argv: t.Sequence[str], rc: int, output: str) -> None:
        self.argv = list(argv)
        self.rc = rc
        self.output = output
        super().__init__(f"{' '.join(argv)!r} ended with status {rc}: {output.strip() or 'no output'}")


@dataclasses.dataclass(frozen=True)
class Result:
    """Outcome of a program: exit status, standard output, standard error."""

    rc: int
    out: str
    err: str


def _environment() -> dict[str, str]:
    """Nothing of the caller's environment reaches a machine: it may hold secrets, and it changes from run to run."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "LC_ALL": "C.UTF-8", "HOME": "/root"}


class Host:
    """Programs, files and processes of the machine that the module runs on.

    Attributes:
        root: where the host's file system begins; C(/) but in tests.

    """

    def __init__(self, root: pathlib.Path = pathlib.Path("/")) -> None:
        self.root = root

    def path(self, absolute: str) -> pathlib.Path:
        """Return the place of an absolute path of the host."""
        return self.root / absolute.lstrip("/")

    def read(self, absolute: str) -> str | None:
        """Return the stripped text of a file, or nothing when it is absent or goes away while it is read."""
        try:
            return self.path(absolute).read_text(errors="replace").strip()
        except OSError:
            return None

    def write(self, absolute: str, text: str) -> None:
        """Write a file of the kernel's (/proc, /sys): these take one write and no rename."""
        self.path(absolute).write_text(text)

    def has(self, program: str) -> bool:
        """Say whether a program is installed."""
        return shutil.which(program, path=_environment()["PATH"]) is not None

    def run(self, argv: t.Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> Result:
        """Run a program to its end; a bad exit status is a result, a program that hangs or is absent an error."""
        try:
            done = subprocess.run(
                list(argv), input=stdin, capture_output=True, text=True, errors="replace",
                timeout=timeout, env=_environment(), cwd="/", check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise MachineError(f"{' '.join(argv)!r} did not end within {timeout:.0f} s") from error
        except OSError as error:
            raise MachineError(f"cannot run {argv[0]!r}: {error.strerror}") from error
        return Result(done.returncode, done.stdout, done.stderr)

    def check(self, argv: t.Sequence[str], *, stdin: str | None = None, timeout: float = 60) -> str:
        """Run a program that must succeed and return its output.

        Raises:
            CommandError: it ended with another status than 0.

        """
        result = self.run(argv, stdin=stdin, timeout=timeout)
        if result.rc != 0:
            raise CommandError(argv, result.rc, result.err or result.out)
        return result.out

    def spawn(self, argv: t.Sequence[str], log: pathlib.Path) -> int:
        """Start a program that outlives this process, in a session of its own, writing to a log file; return its pid."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(argv), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env=_environment(), cwd="/",
            )  # fmt: skip
        return process.pid

    def kill(self, pid: int, number: signal.Signals) -> None:
        """Send a signal; a process that is gone is no error."""
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return

    def reap(self, pid: int) -> None:
        """Collect a child that ended, so that it does not stay as a zombie while the module runs."""
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return

    def now(self) -> float:
        """Return a clock that only goes forward, in seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


__all__ = ("CommandError", "Host", "MachineError", "Result")
