# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Objects as plain dicts: identity, normal form before sending, order of application."""

from __future__ import annotations

import base64
import copy
import dataclasses
import typing as t

from .errors import ObjectError

Object = dict[str, t.Any]

TRACKING = "argocd.argoproj.io/tracking-id"
PART_OF = "app.kubernetes.io/part-of"
MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER_LABEL = "inference-platform"

# Deleting one of these deletes what others keep inside.
PROTECTED = frozenset({"Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"})
# The same protection in Argo CD's words: it neither deletes such an object nor finds one that left the tree out of sync.
_PROTECTION = {
    "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
    "argocd.argoproj.io/sync-options": "Delete=false,Prune=false",
}

_SERVER_OWNED = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")

# What others need comes first; inside one number everything goes at once.
_ORDER = {
    "Namespace": 0,
    "CustomResourceDefinition": 1,
    "PriorityClass": 2,
    "StorageClass": 2,
    "ServiceAccount": 2,
    "ClusterRole": 2,
    "Role": 2,
    "ClusterRoleBinding": 3,
    "RoleBinding": 3,
    "ConfigMap": 3,
    "Secret": 3,
    "NetworkPolicy": 3,
    "PersistentVolumeClaim": 3,
    "Service": 4,
}
_WORKLOAD = 5
_CUSTOM = 8
_GATES = {"APIService": 7, "MutatingWebhookConfiguration": 7, "ValidatingWebhookConfiguration": 7}

BUILTIN_GROUPS = frozenset(
    {"", "apps", "batch", "policy", "autoscaling", "apiextensions.k8s.io", "apiregistration.k8s.io"}
    | {"admissionregistration.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "networking.k8s.io", "node.k8s.io"}
    | {"rbac.authorization.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "flowcontrol.apiserver.k8s.io"}
    | {"certificates.k8s.io", "events.k8s.io", "resource.k8s.io"}
)


@dataclasses.dataclass(frozen=True, order=True)
class Identity:
    """What makes an object itself; the version is not part of it."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group and self.group not in BUILTIN_GROUPS else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"

    def line(self) -> str:
        """One line of the inventory; parse it back with from_line."""
        return f"{self.group}/{self.kind}/{self.namespace}/{self.name}"

    @classmethod
    def from_line(cls, line: str) -> Identity:
        group, kind, namespace, name = line.split("/", 3)
        return cls(group, kind, namespace, name)


def group_of(api_version: str) -> str:
    return api_version.rsplit("/", 1)[0] if "/" in api_version else ""


def identity(item: Object) -> Identity:
    metadata = item["metadata"]
    return Identity(group_of(item["apiVersion"]), item["kind"], metadata.get("namespace") or "", metadata["name"])


def flatten(documents: t.Iterable[t.Any], origin: str) -> list[Object]:
    """Objects of the documents, Lists opened. Raises ObjectError for what is not a Kubernetes object."""
    result: list[Object] = []
    for number, document in enumerate(documents, start=1):
        place = f"{origin}, document {number}"
        if not isinstance(document, dict):
            raise ObjectError(f"{place}: not a mapping but {type(document).__name__}.", origin=origin)
        if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
            result += flatten(document["items"], place)
            continue
        result.append(_checked(document, place))
    return result


def _checked(item: Object, place: str) -> Object:
    metadata = item.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    for key, value in (
        ("apiVersion", item.get("apiVersion")),
        ("kind", item.get("kind")),
        ("metadata.name", metadata.get("name")),
    ):
        if not isinstance(value, str) or not value:
            known = f"{item.get('kind') or 'object'} {metadata.get('name') or ''}".strip()
            raise ObjectError(
                f"{place} ({known}): {key} must be a text that is not empty, it is {value!r}.", origin=place
            )
    return item


def refuse_duplicates(items: t.Iterable[Object]) -> None:
    """Raises ObjectError when one identity is given twice: the second would silently win."""
    seen: set[Identity] = set()
    for item in items:
        key = identity(item)
        if key in seen:
            raise ObjectError(f"{key} is given twice: give each object once.", object=str(key))
        seen.add(key)


def normalise(item: Object) -> Object:
    """A copy without what only the server writes (status, uid ...), without nulls, with stringData turned into data."""
    result: Object = _without_nulls({key: value for key, value in item.items() if key != "status"})
    for key in _SERVER_OWNED:
        result["metadata"].pop(key, None)
    if result["kind"] == "Secret" and "stringData" in result:
        texts = result.pop("stringData")
        encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in texts.items()}
        result["data"] = {**(result.get("data") or {}), **encoded}
    return result


def _without_nulls(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [_without_nulls(entry) for entry in value]
    return value


def track(item: Object, component: str, destination: str) -> Object:
    """A copy with Argo CD's tracking annotation and our labels.

    CRDs get no annotation: Argo CD finds them out of sync with it. Labels that are there stay as they are.
    """
    result = copy.copy(item)
    metadata = copy.copy(item["metadata"])
    result["metadata"] = metadata
    metadata["labels"] = {PART_OF: "inference-platform", MANAGED_BY: MANAGER_LABEL, **(metadata.get("labels") or {})}
    annotations = dict(metadata.get("annotations") or {})
    if item["kind"] in PROTECTED:
        annotations |= _PROTECTION
    if item["kind"] != "CustomResourceDefinition":
        key = identity(item)
        tracking = f"{component}:{key.group}/{key.kind}:{key.namespace or destination}/{key.name}"
        annotations[TRACKING] = tracking
    if annotations:
        metadata["annotations"] = annotations
    return result


def tracked_by(live: Object, component: str) -> bool:
    """Whether the object in the cluster says that it belongs to ``component``."""
    annotations = live.get("metadata", {}).get("annotations") or {}
    return str(annotations.get(TRACKING, "")).startswith(f"{component}:")


def order(item: Object) -> int:
    """0 Namespaces, 1 CRDs, 2 to 7 what the API server knows by itself, 8 custom resources."""
    kind = item["kind"]
    if group_of(item["apiVersion"]) not in BUILTIN_GROUPS:
        return _CUSTOM
    return _GATES.get(kind, _ORDER.get(kind, _WORKLOAD))
