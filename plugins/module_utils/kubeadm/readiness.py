# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Say what a new cluster still lacks, from the objects its API server lists. Pure functions over API objects."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

Object = dict[str, t.Any]


@dataclass(frozen=True)
class Workload:
    """A Deployment or DaemonSet of kube-system that must be up."""

    kind: str
    name: str


def lacking(objects: list[Object], nodes: t.Sequence[str], workloads: t.Sequence[Workload]) -> list[str]:
    """Return one sentence per node or workload that is not up; empty when everything is."""
    found = {(item["kind"], item["metadata"]["name"]): item for item in objects}
    sentences = [_node(name, found.get(("Node", name))) for name in nodes]
    for workload in workloads:
        state = _workload(workload, found.get((workload.kind, workload.name)), len(nodes))
        sentences.append(f"{state}{_pods(objects, workload.name)}" if state else "")
    return [sentence for sentence in sentences if sentence]


def _node(name: str, node: Object | None) -> str:
    if node is None:
        return f"Node {name} has not registered: its kubelet does not reach the API server or does not run"
    conditions = {condition["type"]: condition for condition in node.get("status", {}).get("conditions", [])}
    ready = conditions.get("Ready", {})
    if ready.get("status") == "True":
        return ""
    return f"Node {name} is not Ready: {ready.get('reason', 'no status yet')}: {ready.get('message', '')}".rstrip(": ")


def _workload(workload: Workload, item: Object | None, nodes: int) -> str:
    name = f"{workload.kind} {workload.name}"
    if item is None:
        return f"{name} does not exist"
    status = item.get("status", {})
    if status.get("observedGeneration", 0) < item["metadata"].get("generation", 1):
        return f"{name} was not looked at by its controller yet"
    if workload.kind == "DaemonSet":
        wanted, ready = max(status.get("desiredNumberScheduled", 0), nodes), status.get("numberReady", 0)
    else:
        wanted, ready = item["spec"].get("replicas", 1), status.get("readyReplicas", 0)
    return "" if ready >= wanted else f"{name}: {ready} of {wanted} pods ready"


def _pods(objects: list[Object], prefix: str) -> str:
    """Explain the pods of a workload by the reason each one gives for waiting."""
    reasons = []
    for item in objects:
        if item["kind"] == "Pod" and item["metadata"]["name"].startswith(f"{prefix}-"):
            reasons += [f"{item['metadata']['name']} {reason}" for reason in _reasons(item)]
    return f" ({'; '.join(reasons)})" if reasons else ""


def _reasons(pod: Object) -> list[str]:
    status = pod.get("status", {})
    reasons = []
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        state = container.get("state", {})
        detail = state.get("waiting") or state.get("terminated")
        if detail and detail.get("reason") != "Completed":
            reasons.append(f"{detail.get('reason', '?')} {detail.get('message', '')}".strip())
    if reasons:
        return reasons
    return [
        f"{condition.get('reason', condition['type'])} {condition.get('message', '')}".strip()
        for condition in status.get("conditions", [])
        if condition["type"] in ("PodScheduled", "ContainersReady") and condition["status"] == "False"
    ]


__all__ = ("Object", "Workload", "lacking")
