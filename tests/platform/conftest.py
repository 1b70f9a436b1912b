# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Lets the tests find what they share: the running platform of the inventory that INVENTORY names, and its cluster."""

from __future__ import annotations

import os
import pathlib
import sys
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

sys.path.insert(0, str(pathlib.Path(__file__).parent))
# At the end: folders of tests carry names of the standard library.
sys.path.append(str(pathlib.Path(__file__).parents[1]))

from running import Platform


@pytest.fixture(scope="module")
def platform() -> Platform:
    return Platform(os.environ.get("INVENTORY", "inventories/local"))


@pytest.fixture(scope="module")
def cluster(platform: Platform) -> t.Iterator[Client]:
    client = Client(config.load(str(platform.state / "kubeconfig")))
    yield client
    client.close()
