# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import signal

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import manage, nspawn
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec

from .conftest import FakeHost


def test_a_second_run_waits_for_the_first_and_then_says_so(host: FakeHost, spec: Spec) -> None:
    with manage.locked(host, spec, create=True):
        with (
            pytest.raises(MachineError, match="another run has worked on the machines in"),
            manage.locked(host, spec, create=True),
        ):
            pytest.fail("two runs at once")
        assert host.clock >= spec.timeout
    with manage.locked(host, spec, create=True):
        pass


def test_an_absent_platform_needs_no_lock_and_gets_no_folder(host: FakeHost, spec: Spec) -> None:
    with manage.locked(host, spec, create=False):
        assert not spec.directory.parent.exists()


def run_without_files(host: FakeHost, spec: Spec) -> None:
    """A machine m1 runs although somebody deleted the platform's directory."""
    host.process(50, ["systemd-nspawn", f"--directory={spec.tree('m1')}", f"--machine={spec.label('m1')}"])


def test_a_machine_whose_files_were_deleted_is_ended_at_once_when_all_go(host: FakeHost, spec: Spec) -> None:
    run_without_files(host, spec)
    steps = manage.plan_absent(host, dataclasses.replace(spec, machines=()), keep_ssh=False)
    assert [str(step) for step in steps] == ["machines m1: started -> stopped"]
    steps[0].apply()
    assert host.killed == [(50, signal.SIGKILL)]


def test_a_machine_that_stays_is_powered_off_in_an_orderly_way(host: FakeHost, spec: Spec) -> None:
    run_without_files(host, spec)
    manage.plan_stopped(host, dataclasses.replace(spec, machines=()))[0].apply()
    assert host.killed == [(50, signal.SIGTERM)]


def test_a_machine_whose_files_were_deleted_is_stopped_and_made_anew(host: FakeHost, spec: Spec) -> None:
    run_without_files(host, spec)
    steps = manage.plan_started(host, spec, check_mode=True)
    assert [str(step) for step in steps if "m1" in step.subject] == [
        "machines m1: started -> stopped",
        "machine m1: absent -> created at 10.9.0.11",
        "machine m1: stopped -> started",
    ]


def test_a_machine_that_runs_with_other_settings_is_restarted(host: FakeHost, spec: Spec) -> None:
    host.process(50, ["systemd-nspawn", f"--directory={spec.tree('m1')}", "--boot"])
    spec.tree("m1").mkdir(parents=True)
    steps = manage.plan_started(host, spec, check_mode=True)
    assert "machine m1: started with other settings -> restarted" in map(str, steps)


def test_a_machine_that_runs_as_described_is_left_alone(host: FakeHost, spec: Spec) -> None:
    for pid, name in ((50, "m1"), (51, "m2")):
        host.process(pid, ["systemd-nspawn", *nspawn.arguments(host, spec, name)])
        spec.tree(name).mkdir(parents=True)
    steps = manage.plan_started(host, spec, check_mode=True)
    assert [step.subject for step in steps if "started" in str(step)] == []
