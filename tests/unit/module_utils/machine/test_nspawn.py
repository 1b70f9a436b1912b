# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import signal
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import nspawn, processes
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError, Result
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

from .conftest import FakeHost


@pytest.fixture(name="made")
def fixture_made(spec: Spec) -> Spec:
    """Both machines have a tree."""
    for name in ("m1", "m2"):
        (spec.tree(name) / "etc").mkdir(parents=True)
    return spec


def expected(spec: Spec, *further: str) -> list[str]:
    return [
        f"--directory={spec.directory}/m1/root",
        f"--machine={spec.label('m1')}",
        "--hostname=m1",
        "--boot",
        "--keep-unit",
        "--register=no",
        "--console=read-only",
        "--link-journal=no",
        "--resolv-conf=off",
        "--timezone=off",
        "--network-bridge=ipl-demo",
        "--capability=all",
        "--system-call-filter=@privileged @mount @keyring bpf perf_event_open",
        *further,
    ]


def test_a_machine_starts_in_its_groups_with_these_arguments(host: FakeHost, made: Spec) -> None:
    nspawn.start(host, made, "m1")
    groups = [f"/sys/fs/cgroup/{name}/inference-platform/{made.key}/m1" for name in ("cpu", "cpuset", "unified")]
    (argv,) = host.spawned
    assert argv[3:] == ["join", *groups, "--", "systemd-nspawn", *expected(made)]


def test_devices_and_modules_are_bound_where_the_host_has_them(host: FakeHost, spec: Spec) -> None:
    host.put("/dev/kmsg")
    host.path("/lib/modules").mkdir(parents=True)
    assert nspawn.arguments(host, spec, "m1") == expected(spec, "--bind=/dev/kmsg", "--bind-ro=/lib/modules")


def test_binds_carry_their_mode_and_colons_are_escaped(host: FakeHost, params: dict[str, t.Any]) -> None:
    binds = [
        {"source": "/a:b", "target": "/x", "read_only": True},
        {"source": "/c", "target": "/y", "read_only": False},
    ]
    spec = build({**params, "binds": binds})
    assert nspawn.arguments(host, spec, "m1") == expected(spec, "--bind-ro=/a\\:b:/x", "--bind=/c:/y")


def test_a_bind_without_source_is_refused_before_anything_starts(host: FakeHost, params: dict[str, t.Any]) -> None:
    spec = build({**params, "binds": [{"source": "/missing", "target": "/x", "read_only": True}]})
    with pytest.raises(MachineError, match="shall see /missing as /x, but it does not exist"):
        nspawn.start(host, spec, "m1")
    assert host.spawned == []


def test_on_a_systemd_host_a_machine_runs_in_a_delegated_unit_of_its_own(host: FakeHost, made: Spec) -> None:
    host.path("/run/systemd/system").mkdir(parents=True)
    nspawn.start(host, made, "m1")
    log = f"append:{made.directory}/m1/console.log"
    assert host.spawned == []
    assert host.ran[-1] == [
        "systemd-run",
        "--quiet",
        "--collect",
        "--service-type=exec",
        f"--unit=inference-platform-{made.key}-m1.service",
        "--description=Machine m1 of inference platform demo",
        "--property=Delegate=yes",
        "--property=KillMode=mixed",
        "--property=TasksMax=infinity",
        "--property=LimitNOFILE=1048576",
        f"--property=StandardOutput={log}",
        f"--property=StandardError={log}",
        "--",
        "systemd-nspawn",
        *expected(made),
    ]
    assert not host.path("/sys/fs/cgroup/cpu/inference-platform").exists()


def test_a_start_ends_what_a_dead_supervisor_left(host: FakeHost, made: Spec) -> None:
    host.process(77, ["sshd"])
    listing = host.put(f"/sys/fs/cgroup/cpu/inference-platform/{made.key}/m1/cgroup.procs", "77\n")
    original = host.kill

    def kill(pid: int, number: signal.Signals) -> None:
        original(pid, number)
        listing.unlink()

    host.kill = kill  # type: ignore[method-assign]
    nspawn.start(host, made, "m1")
    assert host.killed == [(77, signal.SIGKILL)]
    assert len(host.spawned) == 1


def test_the_machine_gets_the_hosts_name_servers(host: FakeHost, made: Spec) -> None:
    nspawn.start(host, made, "m1")
    assert (made.tree("m1") / "etc/resolv.conf").read_text() == "nameserver 192.0.2.53\n"


def test_the_servers_behind_a_local_resolver_are_taken(host: FakeHost, made: Spec) -> None:
    host.put("/etc/resolv.conf", "nameserver 127.0.0.53\n")
    host.put("/run/systemd/resolve/resolv.conf", "nameserver 198.51.100.1\n")
    nspawn.start(host, made, "m1")
    assert (made.tree("m1") / "etc/resolv.conf").read_text() == "nameserver 198.51.100.1\n"


def test_a_link_in_the_machine_never_leads_the_write_to_the_host(host: FakeHost, made: Spec) -> None:
    outside = host.put("/run/systemd/resolve/stub-resolv.conf", "the host's")
    (made.tree("m1") / "etc/resolv.conf").symlink_to(outside)
    nspawn.start(host, made, "m1")
    assert outside.read_text() == "the host's"


def test_a_running_machine_is_found_by_its_tree(host: FakeHost, spec: Spec) -> None:
    host.process(50, ["/usr/bin/systemd-nspawn", *expected(spec)])
    found = nspawn.find(host, spec, ["m1", "m2"])
    assert {name: one.pid for name, one in found.items()} == {"m1": 50}
    assert list(found["m1"].arguments) == expected(spec)


def test_a_foreign_machine_of_our_name_is_refused(host: FakeHost, spec: Spec) -> None:
    host.process(50, ["systemd-nspawn", "--directory=/srv/else", f"--machine={spec.label('m1')}"])
    with pytest.raises(MachineError, match=r"foreign machine .* runs on /srv/else as process 50"):
        nspawn.find(host, spec, ["m1"])


def test_a_stop_asks_all_machines_and_kills_the_one_that_is_late(host: FakeHost, made: Spec) -> None:
    for pid in (50, 51):
        host.process(pid, ["systemd-nspawn"])
    host.survives = {signal.SIGTERM}
    running = {name: processes.Supervisor(pid, ()) for name, pid in (("m1", 50), ("m2", 51))}
    nspawn.stop(host, made, running)
    assert host.killed == [(50, signal.SIGTERM), (51, signal.SIGTERM), (50, signal.SIGKILL), (51, signal.SIGKILL)]
    assert made.stop_timeout <= host.clock < made.stop_timeout + 1


def test_a_stop_does_not_wait_once_machines_are_off(host: FakeHost, made: Spec) -> None:
    host.process(50, ["systemd-nspawn"])
    nspawn.stop(host, made, {"m1": processes.Supervisor(50, ())})
    assert host.killed == [(50, signal.SIGTERM)]
    assert host.clock == 0


def test_a_process_that_cannot_be_killed_is_named(host: FakeHost, made: Spec) -> None:
    host.process(50, ["systemd-nspawn"])
    host.survives = {signal.SIGTERM, signal.SIGKILL}
    with pytest.raises(MachineError, match=r"systemd-nspawn of machines \['m1'\] does not end"):
        nspawn.stop(host, made, {"m1": processes.Supervisor(50, ())})


def test_the_cable_of_a_dead_machine_goes_before_the_kernel_takes_it(host: FakeHost, spec: Spec) -> None:
    nspawn.clear(host, spec, "m1")
    assert host.ran == []
    interface = spec.interface_of("m1")
    host.put(f"/sys/class/net/{interface}/address")
    host.answers["ip link delete"] = Result(1, "", "Operation not permitted")
    with pytest.raises(MachineError, match=f"cannot remove the interface {interface} of machine 'm1': Operation"):
        nspawn.clear(host, spec, "m1")
    host.answers.clear()
    nspawn.clear(host, spec, "m1")
    assert host.ran[-1] == ["ip", "link", "delete", interface]
