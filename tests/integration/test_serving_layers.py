# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The roles of the serving layers against a real API server."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
from gateway_fixture.layers import MODELS, Layers
from kube_fixture.server import ControlPlane

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client


def tree(folder: pathlib.Path) -> dict[str, str]:
    """Every file of a tree with its text."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yaml"))}


@pytest.fixture
def empty(tmp_path: pathlib.Path) -> t.Iterator[ControlPlane]:
    """A control plane of its own that nothing was applied to."""
    plane = ControlPlane(tmp_path)
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()


def test_check_mode_before_anything_exists_promises_changes_and_writes_nothing(
    empty: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> None:
    layers = Layers(empty, tmp_path_factory.mktemp("check"))
    changed, _said = layers.apply("--check")
    assert changed > 0
    assert empty.writes() == []
    assert not layers.tree.exists()


def test_a_second_run_changes_nothing_and_sends_no_write(layers: Layers) -> None:
    layers.apply()
    before = len(layers.plane.writes())
    files = tree(layers.tree)
    changed, said = layers.apply()
    assert changed == 0, said
    assert layers.plane.writes()[before:] == []
    assert tree(layers.tree) == files


def test_the_engines_key_is_in_the_cluster_and_nowhere_in_the_tree(layers: Layers) -> None:
    layers.apply()
    client = Client(config.load(layers.plane.kubeconfig))
    secret = client.get("/api/v1/namespaces/serving/secrets/vllm-api-key")
    client.close()
    assert set(secret["data"]) == {"api-key"}
    assert not [name for name, text in tree(layers.tree).items() if secret["data"]["api-key"] in text]


def test_a_model_that_left_the_configuration_leaves_the_cluster(layers: Layers) -> None:
    layers.apply()
    client = Client(config.load(layers.plane.kubeconfig))
    names = ("vllm-one", "vllm-two", "epp-one", "epp-two")
    try:
        layers.apply(models=[entry for entry in MODELS if entry["name"] == "one"])
        left = [name for name in names if client.find(f"/apis/apps/v1/namespaces/serving/deployments/{name}")]
        assert left == ["vllm-one", "epp-one"]
    finally:
        layers.apply()
        client.close()
