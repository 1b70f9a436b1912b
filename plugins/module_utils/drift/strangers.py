# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Objects in the cluster that Git does not know."""

from __future__ import annotations

import re
import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..kube.apply import MANAGER
from ..kube.client import Client
from ..kube.discovery import Discovery, Resource, UnknownKindError
from ..kube.errors import ApiError
from ..kube.objects import MANAGED_BY, MANAGER_LABEL, PART_OF, Identity, Object, group_of, identity
from ..kube.ownership import owned
from .records import Side

# What people make by hand in a namespace, whether or not the tree has objects of the kind.
_LOOKED_AT = (
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ResourceQuota"),
    ("v1", "LimitRange"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("networking.k8s.io/v1", "Ingress"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
)
# What comes and goes by itself.
_RESTLESS = frozenset({"Pod", "Event", "Endpoints", "EndpointSlice", "Lease", "ReplicaSet", "ControllerRevision"})
_INVENTORY = "inference-platform-inventory-"
_SEALING_KEY = "sealedsecrets.bitnami.com/sealed-secrets-key"


def find(
    client: Client, discovery: Discovery, pool: ThreadPoolExecutor, git: Side, also: t.Iterable[Object]
) -> dict[Identity, Object]:
    """Objects that Git does not know: in namespaces that Git has, or with this collection's label anywhere. Raises KubeError.

    ``also`` are objects whose kinds are looked at too, beside those of Git.
    """
    namespaces = sorted(key.name for key in git if key.kind == "Namespace")
    items = [*(entry.item for entry in git.values()), *also]
    jobs = [job for resource in _resources(discovery, items) for job in _jobs(resource, namespaces)]
    claims = _claims(git)
    found: dict[Identity, Object] = {}
    for (resource, _path, _query), listed in zip(
        jobs, pool.map(lambda job: _list(client, *job[1:]), jobs), strict=True
    ):
        for entry in listed:
            item = {**entry, "apiVersion": resource.api_version, "kind": resource.kind}
            if is_stranger(item, git, claims):
                found[identity(item)] = item
    return found


def is_stranger(item: Object, git: t.Container[Identity], claims: t.Sequence[re.Pattern[str]] = ()) -> bool:
    """Whether nobody answers for the object: not Git, not another object, not Kubernetes, not this collection."""
    key, metadata = identity(item), item["metadata"]
    if key in git or metadata.get("ownerReferences") or metadata.get("deletionTimestamp") or key.kind in _RESTLESS:
        return False
    if key.kind == "ConfigMap":
        return key.name != "kube-root-ca.crt" and not key.name.startswith(_INVENTORY)
    if key.kind == "ServiceAccount":
        return key.name != "default"
    if key.kind == "Secret" and not key.group:
        return not _is_own_secret(item)
    if key.kind == "PersistentVolumeClaim":
        return not any(pattern.fullmatch(f"{key.namespace}/{key.name}") for pattern in claims)
    return True


def _is_own_secret(item: Object) -> bool:
    """Secrets are never in the tree: they are generated, applied beside it, or a controller's."""
    labels = item["metadata"].get("labels") or {}
    if labels.get(PART_OF) == "inference-platform" or _SEALING_KEY in labels:
        return True
    return owned(item, MANAGER) is not None or item.get("type") == "kubernetes.io/service-account-token"


def _claims(git: Side) -> list[re.Pattern[str]]:
    """Names of the claims that StatefulSets make; they have no owner, so that data outlives the StatefulSet."""
    patterns = []
    for key, entry in git.items():
        if key.kind != "StatefulSet":
            continue
        for template in entry.item["spec"].get("volumeClaimTemplates") or []:
            start = re.escape(f"{key.namespace}/{template['metadata']['name']}-{key.name}-")
            patterns.append(re.compile(start + r"\d+"))
    return patterns


def _resources(discovery: Discovery, items: t.Iterable[Object]) -> list[Resource]:
    wanted = {(group_of(version), kind): version for version, kind in _LOOKED_AT}
    wanted |= {(group_of(item["apiVersion"]), item["kind"]): item["apiVersion"] for item in items}
    found = []
    for (_group, kind), version in sorted(wanted.items()):
        try:
            found.append(discovery.resource(version, kind))
        except UnknownKindError:
            # Not in this cluster: nothing of it can be there.
            continue
    return [resource for resource in found if resource.served and resource.kind not in _RESTLESS]


def _jobs(resource: Resource, namespaces: list[str]) -> t.Iterator[tuple[Resource, str, dict[str, str | int]]]:
    if resource.namespaced:
        for namespace in namespaces:
            yield resource, resource.collection(namespace), {}
    yield resource, resource.collection(), {"labelSelector": f"{MANAGED_BY}={MANAGER_LABEL}"}


def _list(client: Client, path: str, query: dict[str, str | int]) -> list[Object]:
    try:
        return client.list(path, query)[0]
    except ApiError as error:
        if error.status == 404:
            return []
        raise
