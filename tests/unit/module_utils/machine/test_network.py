# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import json
import pathlib

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import network
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError, Result
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec

from .conftest import FakeHost

ADDRESSES = "ip -j -4 address show"
ROUTES = "ip -j -4 route show"


def links(name: str, address: str, length: int) -> Result:
    entry = {"ifname": name, "addr_info": [{"local": address, "prefixlen": length}]}
    return Result(0, json.dumps([{}, entry]), "")


def bridge(host: FakeHost, spec: Spec, mac: str | None = None) -> None:
    """Give the host a bridge as the module makes it."""
    host.path("/sys/class/net/ipl-demo/bridge").mkdir(parents=True)
    host.put("/sys/class/net/ipl-demo/address", f"{mac or spec.mac}\n")
    host.put("/sys/class/net/ipl-demo/flags", "0x1003\n")
    host.put("/proc/sys/net/ipv4/conf/ipl-demo/route_localnet", "1\n")
    host.answers[f"{ADDRESSES} dev ipl-demo"] = links("ipl-demo", "10.9.0.1", 24)


def test_the_bridge_is_made_with_its_mark_in_the_same_breath(host: FakeHost, spec: Spec) -> None:
    (step,) = network.plan_bridge(host, spec)
    assert [argv for argv in host.ran if "add" in argv] == []
    step.apply()
    assert host.ran[-3:] == [
        ["ip", "link", "add", "name", "ipl-demo", "address", spec.mac, "type", "bridge", "forward_delay", "0"],
        ["ip", "address", "add", "10.9.0.1/24", "broadcast", "+", "dev", "ipl-demo"],
        ["ip", "link", "set", "dev", "ipl-demo", "up"],
    ]
    assert host.read("/proc/sys/net/ipv4/conf/ipl-demo/route_localnet") == "1"


def test_a_bridge_that_is_right_stays_as_it_is(host: FakeHost, spec: Spec) -> None:
    bridge(host, spec)
    network.check_bridge(host, spec)
    assert network.plan_bridge(host, spec) == []


def test_a_bridge_that_an_interrupted_run_left_bare_is_completed(host: FakeHost, spec: Spec) -> None:
    bridge(host, spec)
    host.put("/sys/class/net/ipl-demo/flags", "0x1002\n")
    host.put("/proc/sys/net/ipv4/conf/ipl-demo/route_localnet", "0\n")
    host.answers[f"{ADDRESSES} dev ipl-demo"] = Result(0, "[]", "")
    for step in network.plan_bridge(host, spec):
        step.apply()
    assert ["ip", "address", "add", "10.9.0.1/24", "broadcast", "+", "dev", "ipl-demo"] in host.ran
    assert ["ip", "link", "set", "dev", "ipl-demo", "up"] in host.ran
    assert host.read("/proc/sys/net/ipv4/conf/ipl-demo/route_localnet") == "1"


def test_another_address_on_the_bridge_is_replaced(host: FakeHost, spec: Spec) -> None:
    bridge(host, spec)
    host.answers[f"{ADDRESSES} dev ipl-demo"] = links("ipl-demo", "10.8.0.1", 24)
    (step,) = network.plan_bridge(host, spec)
    step.apply()
    assert ["ip", "address", "delete", "10.8.0.1/24", "dev", "ipl-demo"] in host.ran


def test_a_bridge_of_somebody_else_is_refused(host: FakeHost, spec: Spec) -> None:
    bridge(host, spec, mac="02:00:00:00:00:01")
    with pytest.raises(
        MachineError, match=r"bridge ipl-demo exists and does not belong to platform 'demo'.*Nothing was changed"
    ):
        network.check_bridge(host, spec)


def test_an_interface_that_is_no_bridge_is_refused(host: FakeHost, spec: Spec) -> None:
    host.put("/sys/class/net/ipl-demo/address", f"{spec.mac}\n")
    with pytest.raises(MachineError, match="interface ipl-demo exists"):
        network.check_bridge(host, spec)


def test_a_network_that_an_interface_has_is_refused_with_its_name(host: FakeHost, spec: Spec) -> None:
    host.answers[ADDRESSES] = links("eth7", "10.9.0.200", 16)
    with pytest.raises(MachineError, match=r"10\.9\.0\.0/24 .* interface eth7 has 10\.9\.0\.0/16"):
        network.plan_bridge(host, spec)


def test_a_network_that_a_route_leads_to_is_refused_with_its_interface(host: FakeHost, spec: Spec) -> None:
    routes = [{"dst": "default", "dev": "eth0"}, {"dst": "10.0.0.0/8", "dev": "tun3"}]
    host.answers[ROUTES] = Result(0, json.dumps(routes), "")
    with pytest.raises(MachineError, match=r"interface tun3 has 10\.0\.0\.0/8"):
        network.plan_bridge(host, spec)


def apply_forwarding(host: FakeHost, spec: Spec) -> None:
    for step in network.plan_forwarding(host, spec):
        step.apply()


def remove_forwarding(host: FakeHost, spec: Spec) -> None:
    for step in network.plan_forwarding_removal(host, spec):
        step.apply()


def test_forwarding_that_was_on_before_stays_on(host: FakeHost, spec: Spec) -> None:
    host.put("/proc/sys/net/ipv4/ip_forward", "1\n")
    assert network.plan_forwarding(host, spec) == []
    assert network.plan_forwarding_removal(host, spec) == []


def test_forwarding_is_turned_off_by_the_last_platform_that_needs_it(
    host: FakeHost, spec: Spec, tmp_path: pathlib.Path
) -> None:
    other = dataclasses.replace(spec, directory=tmp_path / "other/machines")
    apply_forwarding(host, spec)
    apply_forwarding(host, other)
    assert host.read(network.IP_FORWARD) == "1"
    assert network.plan_forwarding(host, spec) == network.plan_forwarding(host, other) == []
    remove_forwarding(host, spec)
    assert host.read(network.IP_FORWARD) == "1"
    remove_forwarding(host, other)
    assert host.read(network.IP_FORWARD) == "0"
    assert not host.path("/run/inference-platform").exists()


def test_a_cable_that_fell_off_is_hung_on_the_bridge_again(host: FakeHost, spec: Spec) -> None:
    cable = spec.interface_of("m1")
    host.path(f"/sys/class/net/{cable}").mkdir(parents=True)
    (step,) = network.plan_cable(host, spec, "m1")
    step.apply()
    assert host.ran == [["ip", "link", "set", "dev", cable, "master", "ipl-demo", "up"]]
    host.path(f"/sys/class/net/{cable}/master").symlink_to("../ipl-demo")
    assert network.plan_cable(host, spec, "m1") == []
