# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Live objects as the API server returns them, and snapshots of them."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.adoption.records import (
    Mark,
    Pod,
    Record,
    Snapshot,
    Target,
    pod,
    record,
)

Object = dict[str, t.Any]

MARK = Mark("2026-11-21T10:00:00Z", "a0000000-0000-0000-0000-000000000001", "cluster-1")
LATER = Mark("2026-11-21T10:05:00Z", "a0000000-0000-0000-0000-000000000002", "cluster-1")
DEPLOYMENT = Target("vllm", "apps/v1", "Deployment", "serving", "web", "deployments")

_APPLIED: Object = {
    "manager": "argocd-controller",
    "operation": "Apply",
    "apiVersion": "apps/v1",
    "time": "2026-11-21T09:00:00Z",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {}}}}}},
}
_STATUS: Object = {
    "manager": "kube-controller-manager",
    "operation": "Update",
    "apiVersion": "apps/v1",
    "subresource": "status",
    "time": "2026-11-21T09:00:05Z",
    "fieldsType": "FieldsV1",
    "fieldsV1": {"f:status": {"f:readyReplicas": {}}},
}


def deployment() -> Object:
    """A Deployment that was applied by Argo CD's manager and has got a status."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "serving",
            "uid": "uid-1",
            "resourceVersion": "100",
            "generation": 1,
            "managedFields": [copy.deepcopy(_APPLIED), copy.deepcopy(_STATUS)],
        },
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}}},
        "status": {"readyReplicas": 2},
    }


def written(item: Object, manager: str = "argocd-controller", version: str = "101", **changes: t.Any) -> Object:
    """A copy that ``manager`` wrote at a later time, with its spec's keys replaced by ``changes``."""
    result = copy.deepcopy(item)
    result["spec"] |= changes
    result["metadata"] |= {"resourceVersion": version, "generation": item["metadata"]["generation"] + bool(changes)}
    entries = result["metadata"]["managedFields"]
    mine = next((entry for entry in entries if entry["manager"] == manager and "subresource" not in entry), None)
    if mine is None:
        mine = {**copy.deepcopy(_APPLIED), "manager": manager, "operation": "Update", "fieldsV1": {}}
        entries.append(mine)
    mine["time"] = "2026-11-21T10:01:00Z"
    mine["fieldsV1"]["f:spec"] = mine["fieldsV1"].get("f:spec", {}) | {f"f:{key}": {} for key in changes}
    return result


def with_status(item: Object, version: str = "101", **status: t.Any) -> Object:
    """A copy of which the controller wrote the status."""
    result = copy.deepcopy(item)
    result["status"] = status
    result["metadata"]["resourceVersion"] = version
    result["metadata"]["managedFields"][1]["time"] = "2026-11-21T10:01:00Z"
    return result


def live_pod(name: str = "web-5d9f-abcde", uid: str = "pod-1", restarts: int = 0, **more: t.Any) -> Object:
    """A running pod of Deployment web; ``more`` may give kind, owner, phase and terminating."""
    owner = {"kind": more.get("kind", "ReplicaSet"), "name": more.get("owner", "web-5d9f"), "controller": True}
    running = {"running": {"startedAt": more.get("started", "2026-11-21T09:00:00Z")}}
    status = {"name": "web", "restartCount": restarts, "state": running}
    return {
        "metadata": {
            "namespace": "serving",
            "name": name,
            "uid": uid,
            "labels": {"pod-template-hash": "5d9f"},
            "ownerReferences": [owner] if owner["name"] else [],
            **({"deletionTimestamp": "2026-11-21T09:59:00Z"} if more.get("terminating") else {}),
        },
        "status": {"phase": more.get("phase", "Running"), "startTime": "x", "containerStatuses": [status]},
    }


def snapshot(
    *items: Object, pods: t.Iterable[Object] = (), missing: t.Iterable[Target] = (), mark: Mark = MARK
) -> Snapshot:
    records: tuple[Record, ...] = tuple(record(target_of(item), item) for item in items)
    seen: tuple[Pod, ...] = tuple(pod(item) for item in pods)
    return Snapshot(mark, records, tuple(missing), ("serving",), seen)


def target_of(item: Object, component: str = "vllm") -> Target:
    metadata = item["metadata"]
    plural = f"{item['kind'].lower()}s"
    return Target(component, item["apiVersion"], item["kind"], metadata.get("namespace", ""), metadata["name"], plural)
