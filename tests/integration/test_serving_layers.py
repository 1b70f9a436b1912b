# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The roles of the serving layers against a real API server."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest
from gateway_fixture.layers import MODELS, Layers

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client


def tree(folder: pathlib.Path) -> dict[str, str]:
    """Every file of a tree with its text."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yaml"))}


@dataclasses.dataclass(frozen=True)
class Foretold:
    """What a check run before the first run promised, and what it left."""

    changed: int
    writes: list[dict[str, t.Any]]
    tree: bool


@pytest.fixture(scope="module")
def foretold(layers: Layers) -> Foretold:
    """The layers, applied once after a check run on an API server that knew nothing of them."""
    before = len(layers.plane.writes())
    changed, _said = layers.apply("--check")
    made = Foretold(changed, layers.plane.writes()[before:], layers.tree.exists())
    layers.apply()
    return made


@pytest.fixture
def applied(layers: Layers, foretold: Foretold) -> Layers:
    """The layers as they were applied once."""
    return layers


def test_check_mode_before_anything_exists_promises_changes_and_writes_nothing(foretold: Foretold) -> None:
    assert foretold.changed > 0
    assert (foretold.writes, foretold.tree) == ([], False)


def test_a_second_run_changes_nothing_and_sends_no_write(applied: Layers) -> None:
    before = len(applied.plane.writes())
    files = tree(applied.tree)
    assert files != {}
    changed, said = applied.apply()
    assert changed == 0, said
    assert applied.plane.writes()[before:] == []
    assert tree(applied.tree) == files


def test_the_engines_key_is_in_the_cluster_and_nowhere_in_the_tree(applied: Layers) -> None:
    client = Client(config.load(applied.plane.kubeconfig))
    secret = client.get("/api/v1/namespaces/serving/secrets/vllm-api-key")
    client.close()
    assert set(secret["data"]) == {"api-key"}
    assert not [name for name, text in tree(applied.tree).items() if secret["data"]["api-key"] in text]


def test_a_model_that_left_the_configuration_leaves_the_cluster(applied: Layers) -> None:
    client = Client(config.load(applied.plane.kubeconfig))
    names = ("vllm-one", "vllm-two", "epp-one", "epp-two")

    def deployed() -> list[str]:
        return [name for name in names if client.find(f"/apis/apps/v1/namespaces/serving/deployments/{name}")]

    assert deployed() == list(names)
    applied.apply(models=[entry for entry in MODELS if entry["name"] == "one"])
    assert deployed() == ["vllm-one", "epp-one"]
    client.close()
