# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What runs on a node: which pods leave it, which stay, and which cannot leave without losing something."""

from __future__ import annotations

import dataclasses
import typing as t

Object = dict[str, t.Any]

# Written on engines by role vllm. Services and InferencePools select by it, Deployments and budgets do not.
ROTATION = "inference.platform/rotation"
IN, OUT = "in", "out"

_ENGINE = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/part-of": "inference-platform"}
_MODEL = "app.kubernetes.io/instance"
_MIRROR = "kubernetes.io/config.mirror"


@dataclasses.dataclass(frozen=True)
class Pod:
    """A pod of the node. ``engine`` is the model it serves, empty for all else; ``stuck`` says why it cannot be moved."""

    namespace: str
    name: str
    uid: str
    engine: str = ""
    rotation: str = ""
    ready: bool = False
    leaving: bool = False
    stuck: str = ""

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def group(self) -> str:
        """The replicas of one model in one namespace."""
        return f"{self.namespace}/{self.engine}"


@dataclasses.dataclass(frozen=True)
class Bindings:
    """What ties claims to nodes: PersistentVolumeClaims by (namespace, name), and PersistentVolumes by name."""

    claims: t.Mapping[tuple[str, str], Object]
    volumes: t.Mapping[str, Object]


def leavers(items: t.Iterable[Object], bindings: Bindings) -> list[Pod]:
    """The pods that a drain takes off the node, by name; not those of DaemonSets, of the kubelet's own files, or that have ended."""
    return sorted((_pod(item, bindings) for item in items if _leaves(item)), key=lambda pod: pod.title)


def _leaves(item: Object) -> bool:
    if _MIRROR in (item["metadata"].get("annotations") or {}):
        return False
    if (item.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return False
    return (_controller(item) or {}).get("kind") != "DaemonSet"


def _controller(item: Object) -> Object | None:
    owners = item["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), None)


def _pod(item: Object, bindings: Bindings) -> Pod:
    metadata, status = item["metadata"], item.get("status") or {}
    labels = metadata.get("labels") or {}
    engine = _ENGINE.items() <= labels.items()
    ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in status.get("conditions") or ())
    return Pod(
        metadata["namespace"],
        metadata["name"],
        metadata["uid"],
        engine=labels.get(_MODEL, metadata["name"]) if engine else "",
        rotation=labels.get(ROTATION, "") if engine else "",
        ready=ready,
        leaving="deletionTimestamp" in metadata,
        stuck=_stuck(item, bindings),
    )


def _stuck(item: Object, bindings: Bindings) -> str:
    if _controller(item) is None:
        return "nothing would make it anew elsewhere (no controller owns it)"
    for volume in (item.get("spec") or {}).get("volumes") or ():
        if "hostPath" in volume:
            return f"it uses the folder {volume['hostPath'].get('path')} of this node"
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        reason = _tied(bindings, item["metadata"]["namespace"], claim) if claim else ""
        if reason:
            return reason
    return ""


def _tied(bindings: Bindings, namespace: str, claim: str) -> str:
    name = ((bindings.claims.get((namespace, claim)) or {}).get("spec") or {}).get("volumeName") or ""
    spec = (bindings.volumes.get(name) or {}).get("spec") or {}
    source = next((kind for kind in ("hostPath", "local") if kind in spec), "")
    if source:
        return f"its claim {claim} keeps its data in {spec[source].get('path')} of a node (PersistentVolume {name})"
    return ""
