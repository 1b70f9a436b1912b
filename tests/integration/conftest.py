# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the integration tests; each lives in a package of its own beside this file."""

from __future__ import annotations

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from gateway_fixture.fixtures import inference_gateway, layers
from kube_fixture.fixtures import control_plane, kube
from litellm_fixture.fixtures import litellm, litellm_image, postgres
from sealed_fixture.fixtures import sealed_controller, sealing
from two_nodes.fixtures import two_nodes

__all__ = (
    "control_plane",
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell the workers what must not run at once."""
    for item in items:
        name = item.path.stem
        group = next((group for group, starts in _GROUPS.items() if name.startswith(starts)), name)
        item.add_marker(pytest.mark.xdist_group(group))
