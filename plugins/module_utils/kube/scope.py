# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Does a kind live in a namespace? Known by heart for built-in kinds, so that a tree can be rendered without a cluster."""

from __future__ import annotations

import typing as t

from .discovery import Discovery, UnknownKindError
from .objects import BUILTIN_GROUPS, Object, group_of

_CLUSTER_KINDS = frozenset(
    {"APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding"}
    | {"ClusterTrustBundle", "ComponentStatus", "CustomResourceDefinition", "DeviceClass", "FlowSchema", "IPAddress"}
    | {"IngressClass", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration"}
    | {"Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice"}
    | {"RuntimeClass", "ServiceCIDR", "StorageClass", "ValidatingAdmissionPolicy"}
    | {"ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment"}
    | {"VolumeAttributesClass"}
)


def place(items: list[Object], namespace: str, discovery: Discovery | None) -> list[Object]:
    """Copies with ``namespace`` where a namespaced object has none, and none where the kind has no place for it.

    Without a cluster (``discovery`` is None) a custom resource whose CRD is not among the items counts as namespaced.
    """
    coming = _coming(items)
    return [_placed(item, namespace, _is_namespaced(item, coming, discovery)) for item in items]


def _coming(items: list[Object]) -> dict[tuple[str, str], bool]:
    scopes: dict[tuple[str, str], bool] = {}
    for item in items:
        if item["kind"] == "CustomResourceDefinition":
            spec: dict[str, t.Any] = item.get("spec") or {}
            kind = (spec.get("names") or {}).get("kind", "")
            scopes[(str(spec.get("group")), kind)] = spec.get("scope") == "Namespaced"
    return scopes


def _is_namespaced(item: Object, coming: dict[tuple[str, str], bool], discovery: Discovery | None) -> bool:
    group, kind = group_of(item["apiVersion"]), item["kind"]
    if group in BUILTIN_GROUPS:
        return kind not in _CLUSTER_KINDS
    if (group, kind) in coming:
        return coming[(group, kind)]
    if discovery is None:
        return True
    try:
        return discovery.resource(item["apiVersion"], kind).namespaced
    except UnknownKindError as error:
        raise UnknownKindError(f"{kind} {item['metadata']['name']}: {error}", **error.failure) from error


def _placed(item: Object, namespace: str, namespaced: bool) -> Object:
    metadata = dict(item["metadata"])
    if not namespaced:
        metadata.pop("namespace", None)
    elif not metadata.get("namespace"):
        metadata["namespace"] = namespace
    return {**item, "metadata": metadata}
