# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The objects by which Argo CD knows the tree: one Application per component, the root above them, and what they may touch."""

from __future__ import annotations

import dataclasses
import os
import typing as t

from ..kube.objects import Object, identity, track
from ..tree import writer

NAMESPACE = "argocd"
ROOT = "root"
ROOT_WAVE = 61
PROJECT = "platform"
API = "argoproj.io/v1alpha1"
SERVER = "https://kubernetes.default.svc"
FINALIZER = "resources-finalizer.argocd.argoproj.io"
MANUAL = "inference.platform/manual"

Component = tuple[int, str]


@dataclasses.dataclass(frozen=True)
class Source:
    """Where Argo CD reads: ``url`` as its repo-server reaches it. ``manual`` names components that are synced by hand."""

    url: str
    branch: str
    manual: frozenset[str] = frozenset()


def root_folder(tree: str) -> str:
    """The folder of the Applications themselves."""
    return os.path.join(tree, f"{ROOT_WAVE:02d}-{ROOT}")


def components(names: t.Iterable[str]) -> list[Component]:
    """(wave, name) of each component's folder, in order; other folders are not components."""
    found = []
    for folder in names:
        wave, dash, name = folder.partition("-")
        if dash and wave.isdigit() and name:
            found.append((int(wave), name))
    return sorted(found)


def render(tree: str, present: list[Component], source: Source) -> list[Object]:
    """Everything that belongs into the root's folder."""
    children = [entry for entry in present if entry[1] != ROOT]
    objects = {entry: writer.read(os.path.join(tree, f"{entry[0]:02d}-{entry[1]}")) for entry in children}
    apps = [application(wave, name, _namespace(name, objects[(wave, name)]), source) for wave, name in children]
    # The root's folder says of itself what it will hold, not what it holds: the same tree gives the same project.
    own = [_locked_default(), application(ROOT_WAVE, ROOT, NAMESPACE, source), *apps]
    touched = [item for items in objects.values() for item in items] + own
    return [track(item, ROOT, NAMESPACE) for item in (project(touched, source), *own)]


def application(wave: int, name: str, namespace: str, source: Source) -> Object:
    """One Application. Deleting it through Git deletes its objects (the finalizer); the root's deletion deletes nothing."""
    sync: Object = {"syncOptions": ["ServerSideApply=true", "FailOnSharedResource=true"]}
    if name not in source.manual:
        sync["automated"] = {"prune": True, "selfHeal": True}
        # 35 s: long enough for a webhook that starts, short enough for a person who waits for an error
        # refresh: what mends a failing sync is a newer commit, which must not wait until the old one has been tried in vain
        sync["retry"] = {"limit": 3, "refresh": True, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "1m"}}
    metadata: Object = {
        "name": name,
        "namespace": NAMESPACE,
        "annotations": {
            # the server's own answer to an apply decides what differs, not a comparison of texts
            "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
            # commits that leave this folder alone need no rendering
            "argocd.argoproj.io/manifest-generate-paths": ".",
            "argocd.argoproj.io/sync-wave": str(wave),
        },
    }
    if name == ROOT:
        metadata["annotations"][MANUAL] = ",".join(sorted(source.manual))
    else:
        metadata["finalizers"] = [FINALIZER]
    spec: Object = {
        "project": PROJECT,
        "source": {"repoURL": source.url, "targetRevision": source.branch, "path": f"{wave:02d}-{name}"},
        "destination": {"server": SERVER, "namespace": namespace},
        "syncPolicy": sync,
    }
    return {"apiVersion": API, "kind": "Application", "metadata": metadata, "spec": spec}


def project(items: list[Object], source: Source) -> Object:
    """The AppProject: this repository, the namespaces and the kinds of the tree, nothing else."""
    keys = [identity(item) for item in items]
    namespaces = sorted(
        {key.namespace for key in keys if key.namespace} | {_destination(item) for item in items} - {""}
    )
    wide = sorted({(key.group, key.kind) for key in keys if not key.namespace} | _defined(items, "Cluster"))
    narrow = sorted({(key.group, key.kind) for key in keys if key.namespace} | _defined(items, "Namespaced"))
    return {
        "apiVersion": API,
        "kind": "AppProject",
        "metadata": {
            "name": PROJECT,
            "namespace": NAMESPACE,
            "annotations": {"argocd.argoproj.io/sync-wave": "-1"},
        },
        "spec": {
            "description": "What the inventory installs; computed from the tree.",
            "sourceRepos": [source.url],
            "destinations": [{"server": SERVER, "namespace": namespace} for namespace in namespaces],
            "clusterResourceWhitelist": [{"group": group, "kind": kind} for group, kind in wide],
            "namespaceResourceWhitelist": [{"group": group, "kind": kind} for group, kind in narrow],
        },
    }


def source_of(root: Object) -> Source:
    """What the living root Application says."""
    spec = root["spec"]["source"]
    names = (root["metadata"].get("annotations") or {}).get(MANUAL, "")
    return Source(str(spec["repoURL"]), str(spec["targetRevision"]), frozenset(filter(None, names.split(","))))


def _locked_default() -> Object:
    """Argo CD makes a project named default that permits everything, if nobody else does."""
    metadata = {"name": "default", "namespace": NAMESPACE, "annotations": {"argocd.argoproj.io/sync-wave": "-1"}}
    return {"apiVersion": API, "kind": "AppProject", "metadata": metadata, "spec": {"description": "Permits nothing."}}


def _defined(items: list[Object], scope: str) -> set[tuple[str, str]]:
    """Kinds of the tree's own definitions: of a kind that it does not permit Argo CD would leave the last object when it goes."""
    specs = [item["spec"] for item in items if item["kind"] == "CustomResourceDefinition"]
    return {(spec["group"], spec["names"]["kind"]) for spec in specs if spec["scope"] == scope}


def _destination(item: Object) -> str:
    if item["kind"] != "Application":
        return ""
    return str(item["spec"]["destination"]["namespace"])


def _namespace(name: str, items: list[Object]) -> str:
    """The destination namespace, as the tracking annotations of the component's cluster-wide objects have it."""
    for item in sorted(items, key=lambda item: bool(item["metadata"].get("namespace"))):
        tracking = (item["metadata"].get("annotations") or {}).get("argocd.argoproj.io/tracking-id", "")
        owner, _colon, rest = tracking.partition(":")
        if owner == name and "/" in rest:
            return str(rest.split(":")[-1].partition("/")[0])
    return "default"
