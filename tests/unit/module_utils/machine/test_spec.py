# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.machine.host import MachineError
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import CHAIN_LENGTH, build, default_bridge


def test_the_bridge_is_named_after_the_platform() -> None:
    assert default_bridge("demo") == "ipl-demo"


def test_bridges_of_long_names_fit_the_kernel_and_differ() -> None:
    one, other = default_bridge("a-very-long-platform-one"), default_bridge("a-very-long-platform-two")
    assert len(one) == len(other) == 15
    assert one != other


@pytest.mark.parametrize("platform", ["demo", "a-very-long-name-of-a-platform-in-a-large-company"])
def test_every_chain_name_fits_the_kernel(params: dict[str, t.Any], platform: str) -> None:
    spec = build({**params, "platform": platform, "bridge": "br0"})
    assert len(spec.chain("NAT")) <= CHAIN_LENGTH
    assert platform[:15] in spec.chain("NAT")


def test_a_machines_cable_is_never_cut_to_the_kernels_length(params: dict[str, t.Any]) -> None:
    machines = [{"name": "a-machine-with-a-name-of-many-letters", "address": "10.9.0.11"}]
    spec = build({**params, "machines": machines, "forwards": []})
    assert len(spec.interface_of(machines[0]["name"])) == 15


def test_platforms_of_one_name_in_two_folders_differ_in_everything_the_host_shares(params: dict[str, t.Any]) -> None:
    one, other = build(params), build({**params, "directory": "/srv/other/machines"})
    assert one.mac != other.mac
    assert one.label("m1") != other.label("m1")
    assert one.chain("NAT") != other.chain("NAT")
    assert one.key != other.key


MACHINE = {"name": "m1", "address": "10.9.0.11"}
REFUSED: list[tuple[dict[str, t.Any], str]] = [
    ({"platform": "De mo"}, "platform 'De mo'"),
    ({"bridge": "a-bridge-with-a-long-name"}, "at most 15"),
    ({"address": "10.9.0.0/24"}, "no host address"),
    ({"address": "10.9.0.1/31"}, "no host address of a network with room"),
    ({"address": "somewhere"}, "address 'somewhere'"),
    ({"directory": "machines"}, "directory 'machines' must be an absolute path"),
    ({"directory": "/machines"}, "at least two folders deep"),
    ({"machines": [MACHINE, MACHINE]}, "two machines are named 'm1'"),
    ({"machines": [MACHINE, {"name": "m2", "address": "10.9.0.11"}]}, "10.9.0.11 of machine 'm1'"),
    ({"machines": [{"name": "m1", "address": "10.9.0.1"}]}, "10.9.0.1 of the host"),
    ({"machines": [{"name": "m1", "address": "10.8.0.11"}]}, "no host address of the network 10.9.0.0/24"),
    ({"machines": [{"name": "../m1", "address": "10.9.0.11"}]}, "machine name '../m1'"),
    ({"binds": [{"source": "oci", "target": "/oci", "read_only": True}]}, "source 'oci' of binds"),
]


@pytest.mark.parametrize(("changed", "message"), REFUSED)
def test_a_value_that_cannot_be_is_refused_by_name(
    params: dict[str, t.Any], changed: dict[str, t.Any], message: str
) -> None:
    with pytest.raises(MachineError) as refused:
        build({**params, **changed})
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        ({"machine": "m9"}, "leads to machine 'm9', which is not in machines"),
        ({"host_port": 0}, "host_port 0"),
        ({"port": 70000}, "port 70000"),
        ({"host_address": "here"}, "host_address of the forward to 'm1'"),
    ],
)
def test_a_forward_that_cannot_be_is_refused_by_name(
    params: dict[str, t.Any], forward: dict[str, t.Any], message: str
) -> None:
    with pytest.raises(MachineError) as refused:
        build({**params, "forwards": [{**params["forwards"][0], **forward}]})
    assert message in str(refused.value)


def test_two_forwards_of_one_port_are_refused(params: dict[str, t.Any]) -> None:
    with pytest.raises(MachineError, match=r"two forwards take 127\.0\.0\.1:4000"):
        build({**params, "forwards": params["forwards"] * 2})


def test_forwards_do_not_matter_when_machines_go(params: dict[str, t.Any]) -> None:
    assert build({**params, "state": "absent", "machines": []}).forwards == ()
