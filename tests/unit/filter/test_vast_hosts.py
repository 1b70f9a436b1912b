# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The first machine that is named carries the control plane, whichever was rented first."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.filter.vast_hosts import vast_hosts

NODES = [{"name": "node-1", "label": "l/1"}, {"name": "node-2", "label": "l/2"}]


def instance(label: str, **changed: t.Any) -> dict[str, t.Any]:
    return {"label": label, "status": "running", "ssh_host": "192.0.2.1", "ssh_port": 40022, **changed}


def test_hosts_come_in_the_order_of_the_configuration() -> None:
    hosts = vast_hosts([instance("l/2", ssh_port=2), instance("l/1", ssh_port=1)], NODES)
    assert [(host["name"], host["group"], host["port"]) for host in hosts] == [
        ("node-1", "control_plane", 1),
        ("node-2", "workers", 2),
    ]


def test_a_worker_stays_one_while_the_control_plane_is_not_there() -> None:
    assert [host["group"] for host in vast_hosts([instance("l/2")], NODES)] == ["workers"]


def test_what_is_not_up_or_not_named_is_no_host() -> None:
    rows = [instance("l/1", status="loading"), instance("l/2", ssh_host=None), instance("l/3")]
    assert vast_hosts(rows, NODES) == []


def test_what_has_not_answered_yet_is_no_host() -> None:
    rows = [instance("l/1", answered=False), instance("l/2", answered=True)]
    assert [host["name"] for host in vast_hosts(rows, NODES)] == ["node-2"]
