# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import boot
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError, Result
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec

from .conftest import FakeHost


@pytest.fixture(name="booting")
def fixture_booting(host: FakeHost, spec: Spec) -> FakeHost:
    """A host on which both machines run and have printed something."""
    for pid, name in ((50, "m1"), (51, "m2")):
        host.process(pid, ["systemd-nspawn", f"--directory={spec.tree(name)}"])
        spec.folder(name).mkdir(parents=True)
        (spec.folder(name) / "console.log").write_text("Welcome\nFailed to start sshd\n")
    return host


def wait(host: FakeHost, spec: Spec, answers: bool = True) -> dict[str, boot.Status]:
    return boot.wait_all(boot.Waiter(host, spec, lambda _: answers), spec.machines)


def test_machines_are_asked_with_the_pinned_key_and_nothing_of_the_users(booting: FakeHost, spec: Spec) -> None:
    booting.answers["ssh"] = Result(0, "running\n", "")
    wait(booting, spec)
    argv = next(argv for argv in booting.ran if "root@10.9.0.11" in argv)
    assert argv == [
        "ssh", "-F", "/dev/null", "-i", f"{spec.ssh_directory}/id_ed25519",
        "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes",
        "-o", f"UserKnownHostsFile={spec.ssh_directory}/known_hosts", "-o", "GlobalKnownHostsFile=/dev/null",
        "-o", "ConnectTimeout=5", "root@10.9.0.11", boot.ASK,
    ]  # fmt: skip


def test_failed_units_of_a_degraded_machine_are_told(booting: FakeHost, spec: Spec) -> None:
    booting.answers["ssh"] = Result(
        0, "degraded\na.service loaded failed failed A\nb.mount loaded failed failed B\n", ""
    )
    assert wait(booting, spec)["m1"] == boot.Status("degraded", ["a.service", "b.mount"])


def test_a_machine_that_is_still_starting_is_asked_again(booting: FakeHost, spec: Spec) -> None:
    answers = iter([Result(1, "", "Failed to connect to bus"), Result(0, "starting\n", ""), Result(0, "running\n", "")])
    booting.answers["ssh"] = lambda argv: next(answers)
    assert boot.Waiter(booting, spec, lambda _: True).wait(spec.machines[0]).systemd == "running"


def test_another_host_key_is_an_error_at_once(booting: FakeHost, spec: Spec) -> None:
    booting.answers["ssh"] = Result(255, "", "Host key verification failed.")
    with pytest.raises(MachineError, match=r"10\.9\.0\.11 does not have the host key pinned in .*known_hosts"):
        wait(booting, spec)
    assert booting.clock == 0


def test_a_refused_key_is_an_error_at_once(booting: FakeHost, spec: Spec) -> None:
    booting.answers["ssh"] = Result(255, "", "root@10.9.0.11: Permission denied (publickey).")
    with pytest.raises(MachineError, match="ssh refuses the key"):
        wait(booting, spec)
    assert booting.clock == 0


def test_a_machine_that_ended_is_explained_by_its_console(booting: FakeHost, spec: Spec) -> None:
    booting.path("/proc/50/cmdline").unlink()
    with pytest.raises(
        MachineError, match=r"(?s)machine 'm1' did not start: its systemd-nspawn ended.*Failed to start sshd"
    ):
        wait(booting, spec, answers=False)


def test_a_machine_that_never_answers_is_explained_by_its_console(booting: FakeHost, spec: Spec) -> None:
    with pytest.raises(MachineError, match=r"(?s)it is not up after 60 s: ssh does not answer.*Failed to start sshd"):
        wait(booting, spec, answers=False)
