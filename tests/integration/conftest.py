# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests; each lives in a package of its own beside this file."""

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest
from xdist.scheduler import LoadScopeScheduling

sys.path.insert(0, str(pathlib.Path(__file__).parent))
# At the end: folders of tests carry names of the standard library.
sys.path.append(str(pathlib.Path(__file__).parents[1]))

import groups
from external_fixture.fixtures import external
from gateway_fixture.fixtures import inference_gateway, layers
from kube_fixture.fixtures import control_plane, kube, shared_plane
from litellm_fixture.fixtures import counters, litellm, litellm_image, postgres, twin
from sealed_fixture.fixtures import sealed_controller, sealing
from vast_fixture.fixtures import provider, rented, ssh_key, vast

__all__ = (
    "control_plane",
    "counters",
    "external",
    "inference_gateway",
    "kube",
    "layers",
    "litellm",
    "litellm_image",
    "postgres",
    "provider",
    "rented",
    "sealed_controller",
    "sealing",
    "shared_plane",
    "ssh_key",
    "twin",
    "vast",
)


class _ByGroup(LoadScopeScheduling):
    """Gives a worker whole groups, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return groups.group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: t.Any) -> _ByGroup:
    """Tell the workers what must not run at once."""
    config.option.loadscopereorder = False
    return _ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long groups first."""
    groups.arrange(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> t.Iterator[None]:
    """End shared servers as soon as the last test that needs them is over."""
    yield
    groups.end_what_nobody_needs(item, nextitem)


def pytest_sessionfinish() -> None:
    """End what an interrupted run left."""
    groups.ENDING.close()
