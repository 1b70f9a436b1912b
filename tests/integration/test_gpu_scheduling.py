# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Engines with GPUs and the real scheduler: nodes advertise the resource as a device plugin does, no card is needed."""

from __future__ import annotations

import pathlib
import time
import typing as t

import pytest
from gateway_fixture.layers import Layers, model
from kube_fixture.nodes import Nodes
from kube_fixture.server import ControlPlane

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

Object = dict[str, t.Any]

SERVING = "namespaces/serving"
ROOM = {"cpu": "32", "memory": "256Gi", "pods": "50"}
TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
# Two replicas with a GPU each, one with two GPUs, and one without any.
MODELS = [
    {**model("small", "chat", 2), "gpus": 1, "cpu": False},
    {**model("large", "chat", 1), "gpus": 2, "cpu": False},
    model("plain", "chat", 1),
]


class Serving:
    """What the scheduler makes of the engines."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def pods(self, name: str) -> list[Object]:
        selector = {"labelSelector": f"app.kubernetes.io/name=vllm,app.kubernetes.io/instance={name}"}
        return self.client.list(f"/api/v1/{SERVING}/pods", selector)[0]

    def places(self, name: str) -> list[str]:
        return sorted(pod["spec"].get("nodeName", "") for pod in self.pods(name))

    def reasons(self, name: str) -> str:
        return " ".join(
            condition.get("message", "")
            for pod in self.pods(name)
            for condition in pod["status"].get("conditions") or ()
            if condition["type"] == "PodScheduled"
        )

    def failure(self, name: str) -> str:
        live = self.client.get(f"/apis/apps/v1/{SERVING}/deployments/vllm-{name}")
        conditions = (live.get("status") or {}).get("conditions") or ()
        return " ".join(one["message"] for one in conditions if one["type"] == "ReplicaFailure")

    def until(self, condition: t.Callable[[], object], what: str) -> None:
        for _try in range(400):
            if condition():
                return
            time.sleep(0.1)
        raise AssertionError(f"not seen within 40 s: {what}")


@pytest.fixture
def serving(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory, tmp_path: pathlib.Path
) -> t.Iterator[tuple[Serving, Nodes]]:
    """The engines, applied by their role, on a node without and a node with a taint for GPUs."""
    client = Client(config.load(control_plane.kubeconfig))
    with Nodes(control_plane, tmp_path) as nodes:
        nodes.add("plain-1", resources=ROOM)
        nodes.add("gpu-1", resources=ROOM, taints=[TAINT])
        Layers(control_plane, tmp_path_factory.mktemp("layers")).apply(
            "--tags", "engines", models=MODELS, gpu_stack="operator"
        )
        yield Serving(client), nodes
    client.close()


def test_the_scheduler_puts_engines_where_gpus_are_and_no_more_than_there_are(
    serving: tuple[Serving, Nodes],
) -> None:
    engines, nodes = serving
    # Without the runtime that knows GPUs no pod is made, and the Deployment says so.
    engines.until(
        lambda: 'RuntimeClass "nvidia" not found' in engines.failure("large"), "the runtime class is asked for"
    )
    assert engines.pods("small") == engines.pods("large") == []
    engines.until(lambda: engines.places("plain") == ["plain-1"], "an engine without GPU keeps off the node with GPUs")

    runtime = {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "nvidia"},
        "handler": "nvidia",
    }
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "gpus"}}
    engines.client.create(
        f"/api/v1/{SERVING}/resourcequotas", {**quota, "spec": {"hard": {"requests.nvidia.com/gpu": "4"}}}
    )
    engines.client.create("/apis/node.k8s.io/v1/runtimeclasses", runtime)
    engines.until(lambda: len(engines.pods("small") + engines.pods("large")) == 3, "pods are made")
    engines.until(lambda: "Insufficient nvidia.com/gpu" in engines.reasons("large"), "no node offers GPUs yet")
    assert "untolerated taint" not in engines.reasons("small")

    # A device plugin reports the cards, but one too few.
    nodes.advertise("gpu-1", {**ROOM, "nvidia.com/gpu": "3"})
    gpus = {"small": 1, "large": 2}

    def used() -> int:
        return sum(gpus[name] for name in gpus for place in engines.places(name) if place == "gpu-1")

    engines.until(lambda: used() in (2, 3), "what fits is placed")
    nodes.advertise("gpu-1", {**ROOM, "nvidia.com/gpu": "4"})
    engines.until(lambda: used() == 4, "the rest is placed")
    assert engines.places("small") == ["gpu-1", "gpu-1"]

    # A fifth GPU is beyond the quota: its pod is not even made.
    engines.client.merge(f"/apis/apps/v1/{SERVING}/deployments/vllm-small", {"spec": {"replicas": 3}})
    engines.until(lambda: "exceeded quota: gpus" in engines.failure("small"), "the quota refuses")
    assert len(engines.pods("small")) == 2

    engines.client.merge(f"/apis/apps/v1/{SERVING}/deployments/vllm-small", {"spec": {"replicas": 2}})
    engines.until(lambda: not engines.failure("small"), "nobody else waits for a GPU")

    # No GPU is to spare, so an engine makes room before its successor comes.
    before = {pod["metadata"]["uid"] for pod in engines.pods("large")}
    template = {"metadata": {"annotations": {"changed": "yes"}}}
    engines.client.merge(f"/apis/apps/v1/{SERVING}/deployments/vllm-large", {"spec": {"template": template}})
    engines.until(lambda: not before & {pod["metadata"]["uid"] for pod in engines.pods("large")}, "it has gone")
    engines.until(lambda: engines.places("large") == ["gpu-1"], "its successor has its GPUs")
