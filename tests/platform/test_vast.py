# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The inventory of Vast against an emulated provider whose instances are real machines: rent, ssh, hosts, Kubernetes, and the bill.

It needs root, no GPU, and the built artefacts. `make vast`.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import socket
import struct
import time
import typing as t

import pytest
import yaml
from emulator.vast import Emulator
from kubernetes import client
from kubernetes.config import new_client_from_config
from renting import ROOT, Rented, machines

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

OWN = ["inference-platform/tests@here/rented/node-1", "inference-platform/tests@here/rented/node-2"]
# A cluster without layers.
NAMES = ["kubelet", "kubeadm", "kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"]
NAMES += ["etcd", "pause", "coredns", "kube-router", "nvidia-ctk", "nvidia-container-runtime", "nvidia-cdi-hook"]
HOSTS_ONLY: dict[str, t.Any] = {
    "platform_profile": "platform",
    "platform_models": [],
    "platform_tenants": [],
    "artifacts_names": NAMES,
    "kubeadm_schedulable": True,
}


def whole() -> dict[str, t.Any]:
    """The models and tenants of the local inventory, on rented machines that see the images of this host."""
    local = yaml.safe_load((ROOT / "inventories/local/group_vars/all.yml").read_text())
    same = ("platform_profile", "platform_models", "platform_tenants")
    return {
        **{name: local[name] for name in same},
        "node_base_images_source": "mounted",
        "kubeadm_schedulable": True,
        "platform_handover": True,
    }


@pytest.fixture
def rented(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> t.Iterator[Rented]:
    """An empty account, and a platform of which nothing is there yet; nothing of it is left."""
    variables = request.param
    mounted = variables.get("node_base_images_source") == "mounted"
    with Emulator(machines(tmp_path / "provider", images_mounted=mounted)) as vast:
        made = Rented(vast, tmp_path, variables)
        made.prepare()
        yield made
        ssh.end(ssh.running(str(made.state / "ssh/known_hosts")))


def ready_nodes(rented: Rented) -> list[str]:
    """Names of the nodes that are Ready, asked through the tunnel."""
    cluster = Client(config.load(str(rented.state / "kubeconfig")))
    try:
        nodes = cluster.get("/api/v1/nodes")["items"]
    finally:
        cluster.close()
    up = [
        node["metadata"]["name"]
        for node in nodes
        if any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])
    ]
    return sorted(up)


def resolves_through_the_endpoint(rented: Rented, patience: float = 60) -> bool:
    """Whether the tunnel leads to the node port of the endpoint: for the while of it, the cluster's name server stands there."""
    name = (
        b"".join(bytes([len(part)]) + part.encode() for part in ["kubernetes", "default", "svc", "cluster", "local"])
        + b"\0"
    )
    query = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + name + struct.pack(">2H", 1, 1)
    ports = [client.V1ServicePort(port=53, node_port=30400, protocol="TCP")]
    service = client.V1Service(
        metadata=client.V1ObjectMeta(name="endpoint"),
        spec=client.V1ServiceSpec(type="NodePort", selector={"k8s-app": "kube-dns"}, ports=ports),
    )
    core = client.CoreV1Api(new_client_from_config(config_file=str(rented.state / "kubeconfig")))
    core.create_namespaced_service("kube-system", service)
    deadline = time.monotonic() + patience
    try:
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", rented.endpoint_port), 5) as one:
                one.settimeout(5)
                one.sendall(struct.pack(">H", len(query)) + query)
                if len(one.recv(512)) > len(query):
                    return True
            time.sleep(0.5)
    finally:
        core.delete_namespaced_service("endpoint", "kube-system")
    return False


def torn_down(rented: Rented) -> None:
    """The teardown proves that nothing is left, and the bill has ended with the destroy."""
    rented.must("teardown")
    assert rented.labels() == []
    report = json.loads((rented.state / "report/bill.json").read_text())
    assert (report["left"], report["usd_per_hour"]) == (0, 0)
    bill = rented.vast.bill()
    assert all(one.ended for one in bill)
    destroyed = [call.at for call in rented.vast.calls if call.method == "DELETE" and "/instances/" in call.path]
    started = [instance.started for instance in rented.vast.account.instances.values()]
    assert [one.seconds for one in bill] == [
        pytest.approx(end - begin, abs=2) for begin, end in zip(started, destroyed, strict=True)
    ]
    assert rented.must("teardown").changed == 0


@pytest.mark.parametrize("rented", [HOSTS_ONLY], indirect=True)
def test_two_rented_machines_become_one_cluster_and_end_with_their_bill(rented: Rented) -> None:
    rented.must("substrate")
    assert rented.labels() == OWN
    rented.must("hosts")
    assert ready_nodes(rented) == ["node-1", "node-2"]
    assert resolves_through_the_endpoint(rented)
    before = rented.writes()
    assert [rented.must(playbook).changed for playbook in ("substrate", "hosts")] == [0, 0]
    assert rented.writes() == before
    torn_down(rented)


@pytest.mark.parametrize("rented", [whole()], indirect=True)
def test_the_whole_platform_on_two_rented_machines(rented: Rented) -> None:
    shown = rented.must("site", "--check", "--diff")
    assert "node-1: would cost" in shown.output
    assert rented.writes() == []
    rented.must("site")
    assert rented.labels() == OWN
    before = rented.writes()
    assert rented.must("site").changed == 0
    assert rented.writes() == before
    torn_down(rented)
