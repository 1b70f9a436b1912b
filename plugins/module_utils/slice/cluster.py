# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reading the cluster: workloads, pods, what a pod answers through the API server. Nothing here writes."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube.errors import ApiError
from .context import Reader

SERVING = "serving"
PART_OF = "app.kubernetes.io/part-of=inference-platform"


@dataclasses.dataclass(frozen=True)
class Pod:
    """A pod that is not being deleted. ``trouble`` says why it is not ready, empty when it is."""

    namespace: str
    name: str
    trouble: str
    key_source: str

    @property
    def ready(self) -> bool:
        return not self.trouble


@dataclasses.dataclass(frozen=True)
class Workload:
    """Wanted and ready replicas of a Deployment, StatefulSet or DaemonSet, and the images it runs."""

    kind: str
    namespace: str
    name: str
    wanted: int
    ready: int
    images: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def pods(reader: Reader, namespace: str, selector: str) -> list[Pod]:
    """Pods by label, without those being deleted, in the order of their names."""
    items, _version = reader.list(f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": selector})
    return sorted(
        (_pod(item) for item in items if "deletionTimestamp" not in item["metadata"]), key=lambda pod: pod.name
    )


def engine_pods(reader: Reader, model: str) -> list[Pod]:
    """The engine pods of a model."""
    return pods(reader, SERVING, f"app.kubernetes.io/name=vllm,app.kubernetes.io/instance={model}")


def _pod(item: dict[str, t.Any]) -> Pod:
    status = item.get("status") or {}
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions") or ())
    metadata = item["metadata"]
    trouble = "" if ready else _trouble(status)
    return Pod(metadata["namespace"], metadata["name"], trouble, key_source(item.get("spec") or {}))


def _trouble(status: dict[str, t.Any]) -> str:
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    for container in containers:
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason"):
            return f"{container.get('name')}: {waiting['reason']} {waiting.get('message') or ''}".strip()
    return f"{status.get('phase') or 'unknown'}, not ready"


def key_source(spec: dict[str, t.Any]) -> str:
    """Where the engine's container takes its API key from, in words; never the key itself."""
    for container in spec.get("containers") or ():
        for entry in container.get("env") or ():
            if entry.get("name") == "VLLM_API_KEY":
                reference = (entry.get("valueFrom") or {}).get("secretKeyRef") or {}
                return (
                    f"Secret {reference['name']}, key {reference['key']}" if reference else "a literal value in the pod"
                )
    return "no variable VLLM_API_KEY"


def pod_text(reader: Reader, pod: Pod, port: int, path: str) -> str:
    """GET from a pod through the API server's proxy. Raises KubeError."""
    return reader.text(f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}:{port}/proxy{path}")


def pod_status(reader: Reader, pod: Pod, port: int, path: str) -> tuple[int, str]:
    """Status and body of a GET from a pod through the API server's proxy."""
    try:
        return 200, pod_text(reader, pod, port, path)
    except ApiError as error:
        return error.status, error.server_message


def workload(item: dict[str, t.Any], kind: str) -> Workload:
    """A workload from its object in API group apps/v1."""
    spec, status, metadata = item.get("spec") or {}, item.get("status") or {}, item["metadata"]
    if kind == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    containers = spec.get("template", {}).get("spec", {}).get("containers") or ()
    return Workload(
        kind, metadata["namespace"], metadata["name"], wanted, ready, tuple(one.get("image", "") for one in containers)
    )


def workloads(reader: Reader) -> list[Workload]:
    """Every workload of the platform, in every namespace."""
    found = []
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        items, _version = reader.list(f"/apis/apps/v1/{kind.lower()}s", {"labelSelector": PART_OF})
        found += [workload(item, kind) for item in items]
    return sorted(found, key=lambda one: one.title)


__all__ = ("Pod", "Workload", "engine_pods", "key_source", "pod_status", "pod_text", "pods", "workload", "workloads")
