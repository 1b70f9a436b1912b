# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Rented instances as hosts of the inventory."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: vast_hosts
short_description: Rented instances as hosts of the inventory
version_added: "0.1.0"
description:
  - Gives the instances that run and whose ssh address is known, in the order in which the configuration names them. The first one named
    carries the control plane.
  - An instance that the configuration does not name is no host, nor is one that has not C(answered) yet where that is said.
positional: nodes
options:
  _input:
    description: The instances, as M(inference.platform.vast_instance_info) returns them.
    type: list
    elements: dict
    required: true
  nodes:
    description: The machines of the validated configuration, C(platform.vast.nodes).
    type: list
    elements: dict
    required: true
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show where the rented machines are reached
  ansible.builtin.debug:
    msg: "{{ rented.instances | inference.platform.vast_hosts(platform.vast.nodes) }}"
"""

RETURN = r"""
_value:
  description: The hosts, each with C(name), C(group) (V(control_plane) or V(workers)), C(address), C(port) and C(instance).
  type: list
  elements: dict
"""


def vast_hosts(instances: list[dict[str, t.Any]], nodes: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """See DOCUMENTATION."""
    up = {
        one["label"]: one
        for one in instances
        if one["status"] == "running" and one["ssh_host"] and one.get("answered", True)
    }
    hosts = []
    for place, node in enumerate(nodes):
        instance = up.get(node["label"])
        if instance is None:
            continue
        hosts.append(
            {
                "name": node["name"],
                "group": "control_plane" if place == 0 else "workers",
                "address": instance["ssh_host"],
                "port": instance["ssh_port"],
                "instance": instance,
            }
        )
    return hosts


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters by name."""
        return {"vast_hosts": vast_hosts}
