# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The node and what runs on it, as the API server has them."""

from __future__ import annotations

import typing as t

from ..kube.client import Client
from ..kube.errors import KubeError
from .pods import OUT, Bindings, Object, Pod, leavers

_NODES = "/api/v1/nodes"
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_ENGINES = "app.kubernetes.io/name=vllm,app.kubernetes.io/part-of=inference-platform"


class Nodes:
    """Reads and marks nodes. All methods raise KubeError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, name: str) -> Object | None:
        return self._client.find(f"{_NODES}/{name}")

    def get(self, name: str) -> Object:
        """The node. Raises KubeError that names those there are."""
        found = self.find(name)
        if found is None:
            items, _version = self._client.list(_NODES)
            names = ", ".join(item["metadata"]["name"] for item in items) or "none"
            raise KubeError(f"There is no node {name}; there are: {names}. Nothing was changed.", object=f"Node {name}")
        return found

    def cordon(self, name: str, *, on: bool) -> None:
        """Let no new pods onto the node, or let them again."""
        self._client.merge(f"{_NODES}/{name}", {"spec": {"unschedulable": on or None}})

    def remove(self, node: Object) -> None:
        metadata = node["metadata"]
        self._client.delete(f"{_NODES}/{metadata['name']}", uid=metadata["uid"], propagation="Background")

    def pods(self, name: str) -> list[Pod]:
        """The pods that a drain takes off this node."""
        items, _version = self._client.list("/api/v1/pods", {"fieldSelector": f"spec.nodeName={name}"})
        claimed = any(
            "persistentVolumeClaim" in volume for item in items for volume in item["spec"].get("volumes") or ()
        )
        return leavers(items, self._bindings() if claimed else Bindings({}, {}))

    def _bindings(self) -> Bindings:
        claims, _version = self._client.list("/api/v1/persistentvolumeclaims")
        volumes, _version = self._client.list("/api/v1/persistentvolumes")
        return Bindings(
            {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in claims},
            {item["metadata"]["name"]: item for item in volumes},
        )

    def warnings(self, name: str, pods: t.Sequence[Pod]) -> list[str]:
        """What a drain of these pods takes away from tenants, one sentence each."""
        found = []
        if pods and not self._others(name):
            found.append(f"No other node takes pods: what leaves {name} waits until a node does.")
        here = {pod.uid for pod in pods}
        served = {pod.engine for pod in self._engines() if pod.uid not in here and pod.ready and pod.rotation != OUT}
        lost = sorted({pod.engine for pod in pods if pod.engine} - served)
        if lost:
            found.append(f"No other node serves {', '.join(lost)}: it answers again when a new engine is up.")
        return found

    def alone_in_control(self, node: Object) -> bool:
        """Whether it carries the control plane and no other node does."""
        if not _controls(node):
            return False
        items, _version = self._client.list(_NODES)
        return not any(_controls(item) for item in items if item["metadata"]["name"] != node["metadata"]["name"])

    def _others(self, name: str) -> list[Object]:
        items, _version = self._client.list(_NODES)
        return [item for item in items if item["metadata"]["name"] != name and _takes_pods(item)]

    def _engines(self) -> list[Pod]:
        items, _version = self._client.list("/api/v1/pods", {"labelSelector": _ENGINES})
        return leavers(items, Bindings({}, {}))


def _takes_pods(node: Object) -> bool:
    if cordoned(node):
        return False
    conditions = (node.get("status") or {}).get("conditions") or ()
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
    control_plane = any("control-plane" in taint.get("key", "") for taint in node["spec"].get("taints") or ())
    return ready and not control_plane


def _controls(node: Object) -> bool:
    return _CONTROL_PLANE in (node["metadata"].get("labels") or {})


def cordoned(node: Object) -> bool:
    """Whether the node takes no new pods."""
    return bool(node["spec"].get("unschedulable"))
