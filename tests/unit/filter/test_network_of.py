# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Networks of addresses."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.filter.network_of import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.203.0.1/24", "10.203.0.0/24"), ("fd00::7/64", "fd00::/64"), ("10.0.0.1", "10.0.0.1/32")],
)
def test_an_address_becomes_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_something_else_is_refused_with_its_text() -> None:
    with pytest.raises(AnsibleFilterError, match="nonsense"):
        network_of("nonsense")
