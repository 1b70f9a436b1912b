# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The inventory of Vast against an emulated provider whose instances are real machines: rent, ssh, hosts, Kubernetes, and the bill.

It needs root, no GPU, and the built artefacts. `make vast`.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
import yaml
from emulator.vast import Emulator
from renting import ROOT, Rented, machines

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.tunnel import ssh

OWN = ["inference-platform/tests@here/rented/node-1", "inference-platform/tests@here/rented/node-2"]
# A cluster without layers.
NAMES = ["kubelet", "kubeadm", "kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"]
NAMES += ["etcd", "pause", "coredns", "kube-router"]
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
    client = Client(config.load(str(rented.state / "kubeconfig")))
    try:
        nodes = client.get("/api/v1/nodes")["items"]
    finally:
        client.close()
    up = [
        node["metadata"]["name"]
        for node in nodes
        if any(one["type"] == "Ready" and one["status"] == "True" for one in node["status"]["conditions"])
    ]
    return sorted(up)


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
