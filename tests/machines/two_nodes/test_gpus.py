# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's device plugin as it is built from packages, brought up by its role, and a real kubelet that offers what it says.

The cards are replayed: a library of NVML's name answers for two H100, and a runtime of NVIDIA's name gives it to containers.
"""

from __future__ import annotations

import pathlib
import subprocess
import typing as t

import pytest
from gpu_fixture import nvml
from kubernetes import client
from kubernetes.stream import stream
from sealed_fixture.fixtures import run_play

from ansible_collections.inference.platform.plugins.module_utils.config import gpus

from .cluster import IMAGE, Cluster
from .site import CONTROL_PLANE, Site

FIXTURE = nvml.SOURCE.parent
ACCEPTED = "inference.platform/gpu-acceptance"
GPU = "nvidia.com/gpu"


class Gpus:
    """The cluster as far as GPUs go; its control plane has two cards."""

    def __init__(self, site: Site, cluster: Cluster, folder: pathlib.Path) -> None:
        self.cluster = cluster
        self.node = cluster.nodes[0]
        self._site = site
        self._folder = folder

    def plug_in(self) -> None:
        """Give the first machine its cards."""
        library = self._folder / "libnvidia-ml.so.1"
        nvml.build(library, driver="580.159.04", cards=2)
        self._send(library, "/opt/replay/libnvidia-ml.so.1")
        self._send(FIXTURE / "runtime.py", "/usr/local/bin/nvidia-container-runtime")
        self._site.on(CONTROL_PLANE, "mkdir", "-p", "/run/replay")

    def _send(self, source: pathlib.Path, target: str) -> None:
        command = f"mkdir -p {target.rpartition('/')[0]} && base64 -d > {target} && chmod 755 {target}"
        encoded = subprocess.run(["base64", str(source)], capture_output=True, text=True, check=True).stdout
        self._site.on(CONTROL_PLANE, command, stdin=encoded)

    def apply(self, sharing: dict[str, t.Any]) -> None:
        """Run the role and have it wait until all is up."""
        platform = {
            "tree": str(self._folder / "tree"),
            "images": {"nvidia-device-plugin": "nvcr.io/nvidia/k8s-device-plugin:v0.19.1"},
            "gpu_sharing": gpus.normalised(sharing),
            "gpu_metrics": False,
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"platform": platform, "gpu_device_plugin_timeout": 60},
            "module_defaults": {
                "group/inference.platform.cluster": {"kubeconfig": str(self._site.state / "kubeconfig")}
            },
            "tasks": [{"ansible.builtin.import_role": {"name": "inference.platform.gpu_device_plugin"}}],
        }
        code, said = run_play(play, self._folder)
        assert code == 0, said

    def judge(self, verdict: str | None) -> None:
        self.cluster.core.patch_node(self.node, {"metadata": {"labels": {ACCEPTED: verdict}}})

    def offered(self, what: str = "allocatable") -> str:
        status = self.cluster.core.read_node(self.node).status
        return str((getattr(status, what) or {}).get(GPU, "none"))

    def break_second_card(self) -> None:
        self._site.on(CONTROL_PLANE, "echo 79 > /run/replay/xid")

    def mend_it(self) -> None:
        self._site.on(CONTROL_PLANE, "rm /run/replay/xid")

    def run(self, name: str, gpus_wanted: str) -> None:
        container = client.V1Container(
            name="engine",
            image=IMAGE,
            image_pull_policy="IfNotPresent",
            command=["sleep", "600"],
            resources=client.V1ResourceRequirements(limits={GPU: gpus_wanted}),
        )
        spec = client.V1PodSpec(
            containers=[container],
            runtime_class_name="nvidia",
            termination_grace_period_seconds=0,
            restart_policy="Never",
        )
        self.cluster.core.create_namespaced_pod(
            "default", client.V1Pod(metadata=client.V1ObjectMeta(name=name), spec=spec)
        )

    def state(self, name: str) -> str:
        status = self.cluster.core.read_namespaced_pod(name, "default").status
        return f"{status.phase} {status.reason or ''} {status.message or ''}".strip()

    def devices(self, name: str) -> str:
        """The cards that a running pod was given."""
        run = self.cluster.core.connect_get_namespaced_pod_exec
        words = ["printenv", "NVIDIA_VISIBLE_DEVICES"]
        return str(stream(run, name, "default", command=words, stdout=True, stderr=True)).strip()

    def delete(self, name: str) -> None:
        self.cluster.core.delete_namespaced_pod(name, "default", grace_period_seconds=0)


@pytest.fixture(scope="module")
def cards(two_nodes: Site, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Gpus]:
    made = Gpus(two_nodes, Cluster(str(two_nodes.state / "kubeconfig")), tmp_path_factory.mktemp("gpus"))
    made.plug_in()
    made.apply({})
    yield made
    made.judge(None)
    made.cluster.until(lambda: made.offered() in ("none", "0"), "no GPU is left for other tests")


def test_a_kubelet_offers_the_cards_of_an_accepted_node_whole_and_shared(cards: Gpus) -> None:
    cluster = cards.cluster
    assert cards.offered("capacity") == "none"
    cards.judge("passed")
    cluster.until(lambda: cards.offered() == "2", "both cards are offered")

    cards.run("whole", "2")
    cluster.until(lambda: cards.state("whole") == "Running", "a pod has both cards")
    assert sorted(cards.devices("whole").split(",")) == [
        f"GPU-00000000-0000-0000-0000-00000000000{number}" for number in (1, 2)
    ]
    cards.delete("whole")
    cards.break_second_card()
    cluster.until(lambda: cards.offered() == "1", "a card with a critical error is not offered")
    cards.mend_it()

    cards.apply({"strategy": "timeslice", "replicas": 4})
    cluster.until(lambda: cards.offered() == "8", "each card is offered four times")
    # Two parts may be of one card: who wants two gets none.
    cards.run("greedy", "2")
    cluster.until(lambda: "UnexpectedAdmissionError" in cards.state("greedy"), "more than a part is refused")
    cards.delete("greedy")
    # As docs/gpu.md says: NVIDIA's device plugin takes back one part of a broken card.
    cards.break_second_card()
    cluster.until(lambda: cards.offered() == "7", "one part of a broken card is not offered")
    cards.mend_it()

    cards.judge("failed")
    cluster.until(lambda: cards.offered() == "0", "a node that is refused offers none")
