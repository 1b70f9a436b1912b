# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two-node platform, once for all tests of this folder."""

from __future__ import annotations

import typing as t

import pytest

from .site import Site


@pytest.fixture(scope="package")
def two_nodes(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Site]:
    """Two machines joined into one cluster; removed after the last test of the folder, because an idle cluster still takes time of the others."""
    site = Site(tmp_path_factory.mktemp("two-nodes") / "state")
    try:
        for playbook in ("substrate.yml", "hosts.yml"):
            done = site.run(playbook)
            assert done.rc == 0, done.output
        yield site
    finally:
        done = site.run("teardown.yml")
        assert done.rc == 0, done.output
