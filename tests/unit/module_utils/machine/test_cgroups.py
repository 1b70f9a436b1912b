# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import cgroups
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError

from .conftest import FakeHost

V2 = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n"


def test_a_machine_gets_a_group_in_every_hierarchy(host: FakeHost) -> None:
    groups = cgroups.create(host, "demo", "m1")
    assert groups == [f"/sys/fs/cgroup/{name}/inference-platform/demo/m1" for name in ("cpu", "cpuset", "unified")]
    assert all(host.path(group).is_dir() for group in groups)


def test_a_version_1_cpuset_is_filled_on_the_whole_way_down(host: FakeHost) -> None:
    cgroups.create(host, "demo", "m1")
    for group in ("inference-platform", "inference-platform/demo", "inference-platform/demo/m1"):
        assert host.read(f"/sys/fs/cgroup/cpuset/{group}/cpuset.cpus") == "0-1"
        assert host.read(f"/sys/fs/cgroup/cpuset/{group}/cpuset.mems") == "0"
        assert host.read(f"/sys/fs/cgroup/cpuset/{group}/cgroup.clone_children") == "1"


def test_version_2_controllers_are_handed_down(host: FakeHost) -> None:
    host.put("/proc/self/mountinfo", V2)
    host.put("/sys/fs/cgroup/cgroup.controllers", "memory\n")
    assert cgroups.create(host, "demo", "m1") == ["/sys/fs/cgroup/inference-platform/demo/m1"]
    assert host.read("/sys/fs/cgroup/cgroup.subtree_control") == "+memory"


def test_a_host_without_control_groups_is_refused_with_what_to_do(host: FakeHost) -> None:
    host.put("/proc/self/mountinfo", "27 1 254:0 / / rw - ext4 /dev/vda rw\n")
    with pytest.raises(MachineError, match="no cgroup file system is mounted below /sys/fs/cgroup"):
        cgroups.create(host, "demo", "m1")


def test_processes_of_groups_below_belong_to_the_machine(host: FakeHost) -> None:
    host.put("/sys/fs/cgroup/cpu/inference-platform/demo/m1/cgroup.procs", "11\n")
    host.put("/sys/fs/cgroup/cpu/inference-platform/demo/m1/kubepods/pod/cgroup.procs", "12\n0\n")
    host.put("/sys/fs/cgroup/cpu/inference-platform/demo/m2/cgroup.procs", "13\n")
    assert cgroups.processes(host, "demo", "m1") == {11, 12}


def test_a_removed_machine_leaves_no_group_and_other_machines_keep_theirs(host: FakeHost) -> None:
    for name in ("m1/system.slice/deep", "m2"):
        host.path(f"/sys/fs/cgroup/cpu/inference-platform/demo/{name}").mkdir(parents=True)
    cgroups.remove(host, "demo", "m1")
    assert [path.name for path in host.path("/sys/fs/cgroup/cpu/inference-platform/demo").iterdir()] == ["m2"]
    cgroups.remove(host, "demo", "m2")
    assert not host.path("/sys/fs/cgroup/cpu/inference-platform").exists()


def test_a_group_that_stays_busy_is_named(host: FakeHost) -> None:
    host.put("/sys/fs/cgroup/cpu/inference-platform/demo/m1/cgroup.procs", "11\n")
    with pytest.raises(MachineError, match=r"cannot remove the control group .*cpu/inference-platform/demo/m1"):
        cgroups.remove(host, "demo", "m1")


def test_the_program_enters_every_group_before_it_starts() -> None:
    argv = cgroups.join_argv(["/sys/a", "/sys/b"], ["systemd-nspawn", "--boot"])
    assert argv[:2] == ["/bin/sh", "-c"]
    assert argv[3:] == ["join", "/sys/a", "/sys/b", "--", "systemd-nspawn", "--boot"]
