# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Waiting until machines are up: ssh answers with the pinned key and systemd inside has started everything."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import socket
import typing as t

from . import keys, nspawn
from .host import Host, MachineError, Result
from .spec import Machine, Spec

UP = ("running", "degraded")
TAIL_LINES = 30
ASK = "systemctl is-system-running --wait; systemctl list-units --failed --plain --no-legend --no-pager"


@dataclasses.dataclass(frozen=True)
class Status:
    """What systemd inside a machine says: its state and the names of failed units."""

    systemd: str
    failed_units: list[str]


def ssh_arguments(spec: Spec) -> list[str]:
    """Return the options that reach a machine of this platform with its pinned key and nothing of the user's own set-up."""
    pinned = spec.ssh_directory / keys.KNOWN_HOSTS
    options = (
        "IdentitiesOnly=yes",
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={pinned}",
        "GlobalKnownHostsFile=/dev/null",
        "ConnectTimeout=5",
    )
    return [
        "-F",
        "/dev/null",
        "-i",
        str(spec.ssh_directory / keys.KEY),
        *(word for option in options for word in ("-o", option)),
    ]


def ask(host: Host, spec: Spec, machine: Machine, timeout: float) -> Result:
    """Ask a machine how far it is."""
    return host.run(["ssh", *ssh_arguments(spec), f"root@{machine.address}", ASK], timeout=timeout)


def listens(address: str, port: int = 22) -> bool:
    """Say whether something answers at a TCP port within half a second."""
    try:
        with socket.create_connection((address, port), timeout=0.5):
            return True
    except OSError:
        return False


def parse(result: Result) -> Status | None:
    """Return the status in an answer, or nothing when systemd did not answer yet."""
    lines = result.out.splitlines()
    if not lines or lines[0] not in UP:
        return None
    return Status(lines[0], [line.split()[0] for line in lines[1:] if line.split()])


def console(spec: Spec, name: str) -> str:
    """Return the end of a machine's console log."""
    try:
        lines = (spec.folder(name) / "console.log").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(line.rstrip() for line in lines[-TAIL_LINES:] if line.strip()) or "nothing"


class Waiter:
    """Waits for one machine.

    Args:
        answers: says whether ssh's port answers; given by unit tests.

    """

    def __init__(self, host: Host, spec: Spec, answers: t.Callable[[str], bool] = listens) -> None:
        self.host = host
        self.spec = spec
        self.answers = answers

    def wait(self, machine: Machine) -> Status:
        """Return a machine's status once it is up.

        Raises:
            MachineError: it ended, showed another key, let nobody in, or took too long; with the end of its console log.

        """
        end = self.host.now() + self.spec.timeout
        last = "ssh does not answer"
        while self.host.now() < end:
            if self.answers(machine.address):
                result = ask(self.host, self.spec, machine, max(1.0, end - self.host.now()))
                status = parse(result)
                if status is not None:
                    return status
                last = (result.err or result.out).strip() or last
                self._check_answer(machine, last)
            if machine.name not in nspawn.find(self.host, self.spec, [machine.name]):
                raise self._error(machine, "its systemd-nspawn ended")
            self.host.sleep(0.05)
        raise self._error(machine, f"it is not up after {self.spec.timeout:.0f} s: {last}")

    def _check_answer(self, machine: Machine, answer: str) -> None:
        if "Host key verification failed" in answer or "HOST IDENTIFICATION HAS CHANGED" in answer:
            pinned = self.spec.ssh_directory / keys.KNOWN_HOSTS
            raise self._error(
                machine, f"what answers at {machine.address} does not have the host key pinned in {pinned}"
            )
        if "Permission denied" in answer:
            raise self._error(machine, f"ssh refuses the key {self.spec.ssh_directory / keys.KEY}")

    def _error(self, machine: Machine, why: str) -> MachineError:
        log = self.spec.folder(machine.name) / "console.log"
        return MachineError(
            f"machine {machine.name!r} did not start: {why}. Last lines of {log}:\n{console(self.spec, machine.name)}"
        )


def wait_all(waiter: Waiter, machines: t.Sequence[Machine]) -> dict[str, Status]:
    """Wait for all machines at once.

    Raises:
        MachineError: the first machine, in the given order, that did not come up.

    """
    if not machines:
        return {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(machines)) as pool:
        waiting = {machine.name: pool.submit(waiter.wait, machine) for machine in machines}
        return {name: future.result() for name, future in waiting.items()}


__all__ = ("Status", "Waiter", "console", "listens", "parse", "ssh_arguments", "wait_all")
