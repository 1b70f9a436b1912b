# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Filter network_of."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: network_of
short_description: The network of an address with a prefix length
version_added: "0.1.0"
author:
  - inference.platform maintainers
description:
  - Takes an address with its prefix length, as an interface has it, and returns the network in the form that Kubernetes wants.
options:
  _input:
    description:
      - An IPv4 or IPv6 address with a prefix length.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the network of the machines
  ansible.builtin.debug:
    msg: "{{ '10.203.0.1/24' | inference.platform.network_of }}"
"""

RETURN = r"""
_value:
  description: The network.
  type: str
  sample: 10.203.0.0/24
"""


def network_of(address: str) -> str:
    """The filter. Raises AnsibleFilterError for something that is no address."""
    try:
        return str(ipaddress.ip_interface(str(address)).network)
    except ValueError as error:
        raise AnsibleFilterError(f"network_of: {error}") from error


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters of this file by name."""
        return {"network_of": network_of}
