# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two machines joined into one cluster: pods talk across nodes, names resolve, and network policies really block."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

import pytest
from kubernetes import client

from .two_nodes.cluster import Cluster, Pod, two_nodes_cluster

HOME, ABROAD = "np-home", "np-abroad"
PORT = 8000
SERVER = Pod("server", HOME, 1, {"role": "server"})
FRIEND = Pod("friend", HOME, 0, {"role": "friend"})
STRANGER = Pod("stranger", ABROAD, 0, {"role": "stranger"})
NEIGHBOUR = Pod("neighbour", ABROAD, 1, {"role": "stranger"})


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A cluster of two machines with a server on the second node and clients on both."""
    with two_nodes_cluster() as made, made.namespaces(HOME, ABROAD):
        made.run_pods([SERVER, FRIEND, STRANGER, NEIGHBOUR], PORT)
        made.core.create_namespaced_service(
            HOME,
            client.V1Service(
                metadata=client.V1ObjectMeta(name="server"),
                spec=client.V1ServiceSpec(
                    selector={"role": "server"}, ports=[client.V1ServicePort(port=80, target_port=PORT)]
                ),
            ),
        )
        yield made


@pytest.fixture
def policy(cluster: Cluster) -> Iterator[t.Callable[[], None]]:
    """A policy on the server that lets in nobody but its friend; the value removes it."""
    networking = client.NetworkingV1Api(cluster.api)
    friend = client.V1NetworkPolicyPeer(pod_selector=client.V1LabelSelector(match_labels={"role": "friend"}))
    networking.create_namespaced_network_policy(
        HOME,
        client.V1NetworkPolicy(
            metadata=client.V1ObjectMeta(name="server"),
            spec=client.V1NetworkPolicySpec(
                pod_selector=client.V1LabelSelector(match_labels={"role": "server"}),
                ingress=[client.V1NetworkPolicyIngressRule(_from=[friend])],
                policy_types=["Ingress"],
            ),
        ),
    )

    def remove() -> None:
        networking.delete_namespaced_network_policy("server", HOME)

    yield remove
    if networking.list_namespaced_network_policy(HOME).items:
        remove()


def test_pods_of_different_nodes_talk_and_see_each_others_address(cluster: Cluster) -> None:
    assert cluster.node_of(SERVER) != cluster.node_of(FRIEND)
    seen = f"server saw {cluster.address_of(FRIEND)}"
    cluster.until(lambda: cluster.ask(FRIEND, cluster.address_of(SERVER), PORT) == seen, seen)


@pytest.mark.parametrize("pod", [STRANGER, NEIGHBOUR], ids=["other node", "same node"])
def test_a_service_is_found_by_name_from_every_node(cluster: Cluster, pod: Pod) -> None:
    seen = f"server saw {cluster.address_of(pod)}"
    cluster.until(lambda: cluster.ask(pod, f"server.{HOME}.svc.cluster.local", 80) == seen, seen)


def test_a_pod_of_the_second_node_reaches_the_api_server_by_its_service(cluster: Cluster) -> None:
    assert cluster.ask(NEIGHBOUR, "kubernetes.default.svc.cluster.local", 443).startswith("open")


def test_a_network_policy_blocks_across_nodes_and_on_the_same_node_and_ends_with_its_removal(
    cluster: Cluster, policy: t.Callable[[], None]
) -> None:
    server = cluster.address_of(SERVER)
    cluster.until(lambda: cluster.ask(STRANGER, server, PORT).startswith("blocked"), "the stranger is blocked")
    assert cluster.ask(NEIGHBOUR, server, PORT).startswith("blocked")
    assert cluster.ask(STRANGER, f"server.{HOME}.svc.cluster.local", 80).startswith("blocked")
    assert cluster.ask(FRIEND, server, PORT) == f"server saw {cluster.address_of(FRIEND)}"
    policy()
    cluster.until(lambda: cluster.ask(STRANGER, server, PORT).startswith("server saw"), "the stranger is let in again")
    assert cluster.ask(NEIGHBOUR, server, PORT).startswith("server saw")
