# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The acceptance of a node on a real API server: what is written, what others wrote, and what check mode leaves alone."""

from __future__ import annotations

import typing as t

import pytest
from kube_fixture.server import ControlPlane

from ansible_collections.inference.platform.plugins.module_utils.gpu.node import KEY, REASON, write
from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

NODE = "gpu-node"
PATH = f"/api/v1/nodes/{NODE}"
OTHER = {"key": "example.org/other", "effect": "NoSchedule"}


@pytest.fixture
def client(control_plane: ControlPlane) -> t.Iterator[Client]:
    """The cluster, with a node that somebody else has tainted."""
    client = Client(config.load(control_plane.kubeconfig))
    client.create("/api/v1/nodes", {"metadata": {"name": NODE}, "spec": {"taints": [OTHER]}})
    yield client
    client.delete(PATH, uid=client.get(PATH)["metadata"]["uid"], propagation="Background")


def keys(client: Client) -> set[str]:
    """Keys of the node's taints, but for those that the cluster itself sets on a node that has no kubelet."""
    return {taint["key"] for taint in client.get(PATH)["spec"].get("taints", []) if "kubernetes.io" not in taint["key"]}


def test_a_node_is_refused_and_accepted_again_and_the_same_answer_writes_nothing(client: Client) -> None:
    before, after = write(client, NODE, accepted=False, reason="xid: 79", check=True)
    assert before != after
    assert keys(client) == {"example.org/other"}

    write(client, NODE, accepted=False, reason="xid: 79", check=False)
    refused = client.get(PATH)
    assert refused["metadata"]["labels"][KEY] == "failed"
    assert refused["metadata"]["annotations"][REASON] == "xid: 79"
    assert keys(client) == {"example.org/other", KEY}

    # More than one where the cluster set a taint of its own at the same moment.
    sent = client.requests()["PATCH"]
    before, after = write(client, NODE, accepted=False, reason="xid: 79", check=False)
    assert before == after
    assert client.requests()["PATCH"] == sent

    write(client, NODE, accepted=True, reason="", check=False)
    accepted = client.get(PATH)
    assert accepted["metadata"]["labels"][KEY] == "passed"
    assert REASON not in accepted["metadata"].get("annotations", {})
    assert keys(client) == {"example.org/other"}


def test_a_taint_that_somebody_else_sets_at_the_same_time_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, late = client.find, {"key": "example.org/late", "effect": "NoExecute"}
    reads: list[str] = []

    def slow(path: str) -> dict[str, t.Any] | None:
        found = find(path)
        reads.append(path)
        if len(reads) == 1:
            taints = [*client.get(PATH)["spec"]["taints"], late]
            client.merge(PATH, {"spec": {"taints": taints}})
        return found

    monkeypatch.setattr(client, "find", slow)
    write(client, NODE, accepted=False, reason="xid: 79", check=False)
    assert len(reads) >= 2
    assert keys(client) == {"example.org/other", "example.org/late", KEY}


def test_a_node_that_is_not_there_is_named(client: Client) -> None:
    with pytest.raises(KubeError, match="The cluster has no node nobody"):
        write(client, "nobody", accepted=True, reason="", check=False)
