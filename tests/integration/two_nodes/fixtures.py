# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures: the two-node platform, once for all tests that need it."""

from __future__ import annotations

import pytest
from groups import ENDING

from .site import Site

CONTROL_PLANE = "10.203.97.11"


@pytest.fixture(scope="session")
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two machines joined into one cluster; removed after the last test that uses them."""
    site = Site(tmp_path_factory.mktemp("two-nodes") / "state")
    ENDING.callback(remove, site)
    for playbook in ("substrate.yml", "hosts.yml"):
        done = site.run(playbook)
        assert done.rc == 0, done.output
    return site


def remove(site: Site) -> None:
    done = site.run("teardown.yml")
    assert done.rc == 0, done.output
