# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a snapshot keeps of objects and pods."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from ..kube import changes
from ..kube.objects import Identity, Object, group_of

# Leader election of older controllers writes this annotation every few seconds; it says nothing about the object.
LEADER = "control-plane.alpha.kubernetes.io/leader"

_HASHED = 16


@dataclasses.dataclass(frozen=True)
class Entry:
    """One entry of metadata.managedFields (meta/v1 ManagedFieldsEntry). ``time`` has a resolution of one second."""

    manager: str
    operation: str
    subresource: str
    api_version: str
    time: str
    fields: Object

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.manager, self.operation, self.subresource, self.api_version)

    @property
    def label(self) -> str:
        """For example: kubelet Update status."""
        return " ".join(part for part in (self.manager, self.operation, self.subresource) if part)


@dataclasses.dataclass(frozen=True)
class Target:
    """An object of the tree that a snapshot looks for. ``resource`` is its plural, empty when the kind is not served."""

    component: str
    api_version: str
    kind: str
    namespace: str
    name: str
    resource: str = ""

    @property
    def key(self) -> Identity:
        return Identity(group_of(self.api_version), self.kind, self.namespace, self.name)


@dataclasses.dataclass(frozen=True)
class Record:
    """An object as it was: ``body`` is what people mean by it, ``status`` only a hash."""

    target: Target
    uid: str
    resource_version: str
    generation: int | None
    entries: tuple[Entry, ...]
    body: Object
    status: str


@dataclasses.dataclass(frozen=True)
class Container:
    """A container of a pod. ``started`` is empty while it does not run."""

    name: str
    restarts: int
    started: str


@dataclasses.dataclass(frozen=True)
class Pod:
    """A pod and the workload its owner belongs to, for example Deployment web; empty for a pod of its own."""

    namespace: str
    name: str
    uid: str
    workload_kind: str
    workload_name: str
    phase: str
    started: str
    containers: tuple[Container, ...]
    terminating: bool = False


@dataclasses.dataclass(frozen=True)
class Mark:
    """A moment of the API server: its clock (ISO 8601, whole seconds), one request's audit id, the cluster's identity."""

    time: str
    audit_id: str
    cluster: str


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The objects of the tree, those that do not exist, and all pods of ``namespaces``."""

    mark: Mark
    objects: tuple[Record, ...]
    missing: tuple[Target, ...]
    namespaces: tuple[str, ...]
    pods: tuple[Pod, ...]


def record(target: Target, live: Object) -> Record:
    """The record of a live object (managedFields included)."""
    metadata = live["metadata"]
    return Record(
        target=target,
        uid=str(metadata.get("uid") or ""),
        resource_version=str(metadata.get("resourceVersion") or ""),
        generation=metadata.get("generation"),
        entries=tuple(_entry(entry) for entry in metadata.get("managedFields") or []),
        body=_body(live),
        status=_digest(live["status"]) if "status" in live else "",
    )


def _entry(entry: Object) -> Entry:
    return Entry(
        manager=str(entry.get("manager") or ""),
        operation=str(entry.get("operation") or ""),
        subresource=str(entry.get("subresource") or ""),
        api_version=str(entry.get("apiVersion") or ""),
        time=str(entry.get("time") or ""),
        fields=entry.get("fieldsV1") or {},
    )


def _body(live: Object) -> Object:
    body = changes.visible(live) or {}
    annotations = {key: value for key, value in (body["metadata"].get("annotations") or {}).items() if key != LEADER}
    body["metadata"]["annotations"] = annotations
    if live["kind"] == "Secret":
        # The tree brings no values, but an object of it may have got some in the cluster: they stay out of the file.
        body["data"] = {key: _digest(value) for key, value in (body.get("data") or {}).items()}
        body["metadata"]["annotations"] = {key: _digest(value) for key, value in annotations.items()}
    return body


def _digest(value: t.Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:_HASHED]


def pod(live: Object) -> Pod:
    """The record of a live pod (v1 Pod)."""
    metadata, status = live["metadata"], live.get("status") or {}
    kind, name = _workload(metadata)
    lists = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        workload_kind=kind,
        workload_name=name,
        phase=str(status.get("phase") or ""),
        started=str(status.get("startTime") or ""),
        containers=tuple(_container(entry) for key in lists for entry in status.get(key) or []),
        terminating="deletionTimestamp" in metadata,
    )


def _container(status: Object) -> Container:
    running = (status.get("state") or {}).get("running") or {}
    return Container(status["name"], int(status.get("restartCount") or 0), str(running.get("startedAt") or ""))


def _workload(metadata: Object) -> tuple[str, str]:
    owner = next((entry for entry in metadata.get("ownerReferences") or [] if entry.get("controller")), None)
    if owner is None:
        return "", ""
    template = (metadata.get("labels") or {}).get("pod-template-hash")
    if owner["kind"] == "ReplicaSet" and template and owner["name"].endswith(f"-{template}"):
        return "Deployment", owner["name"].removesuffix(f"-{template}")
    return owner["kind"], owner["name"]


def from_json(plain: Object) -> Snapshot:
    """The inverse of json.dumps(snapshot, default=vars). Raises KeyError or TypeError for anything else."""
    return Snapshot(
        mark=Mark(**plain["mark"]),
        objects=tuple(_record_of(entry) for entry in plain["objects"]),
        missing=tuple(Target(**entry) for entry in plain["missing"]),
        namespaces=tuple(plain["namespaces"]),
        pods=tuple(_pod_of(entry) for entry in plain["pods"]),
    )


def _record_of(plain: Object) -> Record:
    entries = tuple(Entry(**entry) for entry in plain["entries"])
    return Record(**{**plain, "target": Target(**plain["target"]), "entries": entries})


def _pod_of(plain: Object) -> Pod:
    return Pod(**{**plain, "containers": tuple(Container(**entry) for entry in plain["containers"])})
