# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine import firewall
from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError, Result
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import Spec, build

from .conftest import FakeHost

DOCKER = ":DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"


def nat(spec: Spec) -> str:
    """What iptables-save prints once the rules are written."""
    key = spec.key
    return f"""\
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [4:240]
{DOCKER}:IPL-{key}-NAT - [0:0]
:IPL-{key}-DST - [0:0]
-A OUTPUT -j IPL-{key}-DST
-A POSTROUTING -j IPL-{key}-NAT
-A IPL-{key}-NAT -s 10.9.0.0/24 ! -d 10.9.0.0/24 ! -o ipl-demo -j MASQUERADE
-A IPL-{key}-NAT -s 127.0.0.0/8 -o ipl-demo -j MASQUERADE
-A IPL-{key}-DST -d 127.0.0.1/32 -p tcp -m tcp --dport 4000 -j DNAT --to-destination 10.9.0.11:30400
COMMIT
"""


def filters(spec: Spec) -> str:
    key = spec.key
    return f"""\
*filter
:FORWARD DROP [0:0]
:IPL-{key}-FWD - [0:0]
:IPL-{key}-INP - [0:0]
-A FORWARD -j IPL-{key}-FWD
-A INPUT -j IPL-{key}-INP
-A IPL-{key}-FWD -i ipl-demo -j ACCEPT
-A IPL-{key}-FWD -o ipl-demo -j ACCEPT
-A IPL-{key}-INP -d 127.0.0.0/8 -i ipl-demo -m conntrack ! --ctstate RELATED,ESTABLISHED -j DROP
COMMIT
"""


@pytest.fixture(name="written")
def fixture_written(host: FakeHost, spec: Spec) -> FakeHost:
    """A host with all rules."""
    host.answers["iptables-save -t nat"] = Result(0, nat(spec), "")
    host.answers["iptables-save -t filter"] = Result(0, filters(spec), "")
    return host


def test_rules_that_are_there_are_not_written_again(written: FakeHost, spec: Spec) -> None:
    assert firewall.plan(written, spec) == []


def test_a_table_is_written_in_one_transaction(host: FakeHost, spec: Spec) -> None:
    steps = firewall.plan(host, spec)
    steps[0].apply()
    key = spec.key
    assert host.ran[-1] == ["iptables-restore", "--noflush", "--wait", "10"]
    assert host.stdin[-1] == (
        "*nat\n"
        f":IPL-{key}-NAT - [0:0]\n"
        f":IPL-{key}-DST - [0:0]\n"
        f"-A IPL-{key}-NAT -s 10.9.0.0/24 ! -d 10.9.0.0/24 ! -o ipl-demo -j MASQUERADE\n"
        f"-A IPL-{key}-NAT -s 127.0.0.0/8 -o ipl-demo -j MASQUERADE\n"
        f"-A IPL-{key}-DST -d 127.0.0.1/32 -p tcp -m tcp --dport 4000 -j DNAT --to-destination 10.9.0.11:30400\n"
        f"-I POSTROUTING -j IPL-{key}-NAT\n"
        f"-I OUTPUT -j IPL-{key}-DST\n"
        "COMMIT\n"
    )


def test_a_lost_rule_is_seen_and_the_ways_to_the_chains_are_not_doubled(written: FakeHost, spec: Spec) -> None:
    without = "\n".join(line for line in filters(spec).splitlines() if "-o ipl-demo" not in line)
    written.answers["iptables-save -t filter"] = Result(0, without, "")
    (step,) = firewall.plan(written, spec)
    step.apply()
    text = written.stdin[-1] or ""
    assert f"-D FORWARD -j IPL-{spec.key}-FWD" in text
    assert f"-A IPL-{spec.key}-FWD -o ipl-demo -j ACCEPT" in text


def test_a_lost_way_to_a_chain_is_seen(written: FakeHost, spec: Spec) -> None:
    text = nat(spec).replace(f"-A OUTPUT -j IPL-{spec.key}-DST\n", "")
    written.answers["iptables-save -t nat"] = Result(0, text, "")
    assert [step.subject for step in firewall.plan(written, spec)] == ["firewall table nat"]


def test_a_forward_to_an_address_of_the_lan_is_reached_from_outside(host: FakeHost, params: dict[str, t.Any]) -> None:
    forward = {**params["forwards"][0], "host_address": "0.0.0.0"}  # noqa: S104 - the case in question
    spec = build({**params, "forwards": [forward]})
    table = firewall.tables(spec)[0]
    assert f"-A PREROUTING -j IPL-{spec.key}-DST" in table.hooks
    (rule,) = table.chains[f"IPL-{spec.key}-DST"]
    assert rule == "-p tcp -m tcp --dport 4000 -m addrtype --dst-type LOCAL -j DNAT --to-destination 10.9.0.11:30400"


def test_a_port_of_another_forward_is_refused(host: FakeHost, spec: Spec) -> None:
    line = "-A IPL-else-DST -d 127.0.0.1/32 -p tcp -m tcp --dport 4000 -j DNAT --to-destination 10.8.0.11:30400"
    host.answers["iptables-save -t nat"] = Result(0, f"*nat\n:IPL-else-DST - [0:0]\n{line}\n", "")
    with pytest.raises(
        MachineError, match=r"port 4000 of 127\.0\.0\.1 is taken by a forward in firewall chain IPL-else-DST"
    ):
        firewall.plan(host, spec)


def test_a_port_that_a_process_has_is_refused_with_its_name(host: FakeHost, spec: Spec) -> None:
    line = "   0: 0100007F:0FA0 00000000:0000 0A 0:0 00:0 0     0        0 111 1 0 100 0 0 10 0"
    host.put("/proc/net/tcp", f"header\n{line}\n")
    host.process(9, ["python3"])
    host.path("/proc/9/fd").mkdir()
    host.path("/proc/9/fd/3").symlink_to("socket:[111]")
    with pytest.raises(MachineError, match=r"port 4000 .* is taken by process 9 \(python3\).*Nothing was changed"):
        firewall.plan(host, spec)


def test_the_ways_go_before_the_chains_and_other_rules_stay(written: FakeHost, spec: Spec) -> None:
    firewall.plan_removal(written, spec)[0].apply()
    key = spec.key
    assert written.stdin[-1] == (
        "*nat\n"
        f"-D OUTPUT -j IPL-{key}-DST\n"
        f"-D POSTROUTING -j IPL-{key}-NAT\n"
        f"-F IPL-{key}-NAT\n"
        f"-F IPL-{key}-DST\n"
        f"-X IPL-{key}-NAT\n"
        f"-X IPL-{key}-DST\n"
        "COMMIT\n"
    )


def test_nothing_is_removed_where_nothing_is(host: FakeHost, spec: Spec) -> None:
    assert firewall.plan_removal(host, spec) == []
    host.programs.discard("iptables-save")
    assert firewall.plan_removal(host, spec) == []


def test_packets_to_networks_inside_the_machines_never_leave_the_host(host: FakeHost, params: dict[str, t.Any]) -> None:
    spec = build({**params, "internal_networks": ["10.96.0.0/16"]})
    for step in firewall.plan(host, spec):
        step.apply()
    rules = (host.stdin[-1] or "").splitlines()
    refused = (
        f"-A IPL-{spec.key}-FWD -d 10.96.0.0/16 -i ipl-demo ! -o ipl-demo -j REJECT --reject-with icmp-net-unreachable"
    )
    assert rules.index(refused) < rules.index(f"-A IPL-{spec.key}-FWD -i ipl-demo -j ACCEPT")
