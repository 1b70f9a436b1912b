# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two machines joined into one cluster: pods talk across nodes, names resolve, and network policies really block."""

from __future__ import annotations

import stat
import typing as t
from collections.abc import Iterator

import pytest
from kubernetes import client

from .cluster import Cluster, Pod
from .site import CONTROL_PLANE, Site

HOME, ABROAD = "np-home", "np-abroad"
PORT = 8000
SERVER = Pod("server", HOME, 1, {"role": "server"})
FRIEND = Pod("friend", HOME, 0, {"role": "friend"})
STRANGER = Pod("stranger", ABROAD, 0, {"role": "stranger"})
NEIGHBOUR = Pod("neighbour", ABROAD, 1, {"role": "stranger"})


@pytest.fixture(scope="module")
def cluster(two_nodes: Site) -> Iterator[Cluster]:
    """A cluster of two machines with a server on the second node and clients on both."""
    made = Cluster(str(two_nodes.state / "kubeconfig"))
    with made.namespaces(HOME, ABROAD):
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
    # While kube-router writes a policy, for a moment even those it lets in are refused.
    seen = f"server saw {cluster.address_of(FRIEND)}"
    cluster.until(lambda: cluster.ask(FRIEND, server, PORT) == seen, "the friend is let in")
    assert cluster.ask(STRANGER, server, PORT).startswith("blocked")
    policy()
    cluster.until(lambda: cluster.ask(STRANGER, server, PORT).startswith("server saw"), "the stranger is let in again")
    assert cluster.ask(NEIGHBOUR, server, PORT).startswith("server saw")


def test_a_second_run_and_a_check_change_nothing(two_nodes: Site) -> None:
    for arguments in (["--check"], []):
        done = two_nodes.run("hosts.yml", *arguments)
        assert (done.rc, done.changed) == (0, 0), done.output


def test_the_kubeconfig_is_for_its_owner_alone(two_nodes: Site) -> None:
    assert stat.S_IMODE((two_nodes.state / "kubeconfig").stat().st_mode) == 0o600


def test_a_setting_that_kubeadm_cannot_change_is_refused_by_name(two_nodes: Site) -> None:
    done = two_nodes.run("hosts.yml", kubeadm_pod_subnet="10.9.0.0/16")
    assert done.rc != 0
    assert (
        'ClusterConfiguration.networking.podSubnet: "10.245.0.0/16" -> "10.9.0.0/16". Nothing was changed.'
        in done.message()
    )
    assert done.changed == 0


def test_a_host_of_another_platform_is_refused(two_nodes: Site) -> None:
    done = two_nodes.run("hosts.yml", node_base_cluster="other")
    assert done.rc != 0
    assert "a Kubernetes that this platform (other) did not make: it belongs to two-nodes" in done.message()
    assert done.changed == 0


def test_a_host_with_a_cluster_of_unknown_origin_is_refused(two_nodes: Site) -> None:
    record = "/var/lib/inference-platform/kubeadm.json"
    two_nodes.on(CONTROL_PLANE, "mv", record, "/root/")
    try:
        done = two_nodes.run("hosts.yml")
    finally:
        two_nodes.on(CONTROL_PLANE, "mv", "/root/kubeadm.json", record)
    assert done.rc != 0
    assert "it belongs to no platform, and these were found: /etc/kubernetes/admin.conf" in done.message()
    assert done.changed == 0


def test_no_bootstrap_token_outlives_the_joins(cluster: Cluster) -> None:
    def tokens() -> list[t.Any]:
        selector = "type=bootstrap.kubernetes.io/token"
        return list(cluster.core.list_namespaced_secret("kube-system", field_selector=selector).items)

    cluster.until(lambda: not tokens(), "the tokens are gone", timeout=150)
