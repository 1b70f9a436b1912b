# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes a control plane as it was when it started, so that the next file of tests meets nothing of the one before.

An API server takes ten seconds of processor time to start. What a file leaves goes in one or two, and a namespace in ten of waiting.
"""

from __future__ import annotations

import dataclasses
import subprocess
import time
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

_SECONDS = 60.0
# Controllers and the server make and remove these by themselves.
_THEIR_OWN = frozenset(
    {"apiservices", "events", "leases", "endpoints", "endpointslices", "componentstatuses", "controllerrevisions"}
)
# How the namespaces begin that are a single test's own.
OWN_NAMESPACE = "test-"
# What can hinder the removal of everything else goes first.
_HINDERING = (
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicybindings",
    "validatingadmissionpolicies",
)
# What every namespace gets, and keeps until it goes.
_MADE_FOR_NAMESPACES = frozenset({("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")})


@dataclasses.dataclass(frozen=True)
class _Left:
    """An object that was not there at the start."""

    resource: str
    path: str
    uid: str
    namespace: str
    finalizers: bool


class Beginning:
    """What a control plane had at its start; back() removes everything that came since."""

    def __init__(self, kubeconfig: str, kubectl: str) -> None:
        self._kubeconfig = kubeconfig
        self._kubectl = kubectl
        client = self._client()
        self._known = frozenset(entry.uid for entry in _objects(client))
        client.close()

    def back(self) -> None:
        """Raises AssertionError with the paths of what does not go."""
        client = self._client()
        deadline = time.monotonic() + _SECONDS
        asked: set[str] = set()
        _remove_foreign_apis(client)
        while left := self._left(client, asked):
            assert time.monotonic() < deadline, f"still there: {[entry.path for entry in left]}"
            if any(entry.resource == "pods" for entry in left):
                self._end_pods()
            for entry in sorted(_apart(left), key=_order):
                _remove(client, entry, again=entry.uid in asked)
                asked.add(entry.uid)
            time.sleep(0.1)
        client.close()

    def _left(self, client: Client, asked: set[str]) -> list[_Left]:
        left = [entry for entry in _objects(client) if entry.uid not in self._known]
        # No other test ever uses the namespace that one had for itself: it may take its time, with what is in it.
        gone = {_name(entry.path) for entry in left if entry.resource == "namespaces" and entry.uid in asked}
        gone = {namespace for namespace in gone if namespace.startswith(OWN_NAMESPACE)}
        return [entry for entry in left if not {entry.namespace, _name(entry.path)} & gone]

    def _client(self) -> Client:
        return Client(config.load(self._kubeconfig))

    def _end_pods(self) -> None:
        """Without a kubelet nobody else says that they ended."""
        now = ("--all", "--all-namespaces", "--force", "--grace-period=0", "--wait=false")
        command = [self._kubectl, "--kubeconfig", self._kubeconfig, "delete", "pods", *now]
        subprocess.run(command, check=True, capture_output=True)


def _name(path: str) -> str:
    """The name of the object at a path."""
    return path.rpartition("/")[2]


def _apart(left: list[_Left]) -> list[_Left]:
    """Without what goes with its namespace anyway; a finalizer that nobody takes away would keep it there."""
    namespaces = {_name(entry.path) for entry in left if entry.resource == "namespaces"}
    return [entry for entry in left if entry.finalizers or entry.namespace not in namespaces]


def _order(left: _Left) -> tuple[bool, bool, bool]:
    return (
        left.resource not in _HINDERING,
        left.resource == "customresourcedefinitions",
        left.resource == "namespaces",
    )


def _remove(client: Client, left: _Left, *, again: bool) -> None:
    """Deletes it; at the second time its finalizers go as well, because the controllers that own them do not run."""
    try:
        if not again:
            client.delete(left.path, uid=left.uid, propagation="Background")
        elif left.finalizers and left.resource not in ("namespaces", "customresourcedefinitions"):
            client.merge(left.path, {"metadata": {"finalizers": None}})
    except KubeError:
        # It went by itself, or with its owner; if not, the next look finds it.
        return


def _remove_foreign_apis(client: Client) -> None:
    """An API whose server is not there would hold up every look at everything."""
    collection = "/apis/apiregistration.k8s.io/v1/apiservices"
    for entry in client.list(collection)[0]:
        if entry["spec"].get("service"):
            client.delete(
                f"{collection}/{entry['metadata']['name']}", uid=entry["metadata"]["uid"], propagation="Background"
            )


def _objects(client: Client) -> t.Iterator[_Left]:
    for version in _versions(client):
        # A group that is on its way out is listed a little longer.
        for resource in (client.find(version) or {"resources": []})["resources"]:
            if {"list", "delete"} <= set(resource["verbs"]) and resource["name"] not in _THEIR_OWN:
                yield from _of(client, version, resource)


def _versions(client: Client) -> list[str]:
    groups = client.get("/apis")["groups"]
    return ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]


def _of(client: Client, version: str, resource: dict[str, t.Any]) -> t.Iterator[_Left]:
    try:
        items, _version = client.list(f"{version}/{resource['name']}")
    except KubeError:
        # A kind that is on its way out.
        return
    for item in items:
        meta = item["metadata"]
        namespace = meta.get("namespace", "")
        if (resource["name"], meta["name"]) in _MADE_FOR_NAMESPACES:
            continue
        folder = f"/namespaces/{namespace}" if namespace else ""
        path = f"{version}{folder}/{resource['name']}/{meta['name']}"
        yield _Left(resource["name"], path, meta["uid"], namespace, bool(meta.get("finalizers")))
