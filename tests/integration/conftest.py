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

from gateway_fixture.fixtures import inference_gateway, layers
from kube_fixture.fixtures import control_plane, kube
from litellm_fixture.fixtures import counters, litellm, litellm_image, postgres
from sealed_fixture.fixtures import sealed_controller, sealing
from two_nodes.fixtures import two_nodes

__all__ = (
    "control_plane",
    "counters",
    "inference_gateway",
    "kube",
    "layers",
    "litellm",
    "litellm_image",
    "postgres",
    "sealed_controller",
    "sealing",
    "two_nodes",
)

# Files that share something there is one of; every other file is a group of its own. Groups run side by side, one in order.
_GROUPS = {
    "machines": ("test_containerd_images", "test_kubeadm", "test_machine"),
    "litellm": ("test_litellm",),
}


class _ByGroup(LoadScopeScheduling):
    """Gives a worker whole groups."""

    def _split_scope(self, nodeid: str) -> str:
        name = pathlib.Path(nodeid.partition("::")[0]).stem
        return next((group for group, starts in _GROUPS.items() if name.startswith(starts)), name)


def pytest_xdist_make_scheduler(config: pytest.Config, log: t.Any) -> _ByGroup:
    """Tell the workers what must not run at once."""
    return _ByGroup(config, log)
