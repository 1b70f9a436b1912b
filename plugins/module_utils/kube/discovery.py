# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which URL a kind has. Asked once per group and version, and learnt from CRDs that are about to be applied."""

from __future__ import annotations

import dataclasses
import threading
import typing as t
import urllib.parse

from .client import Client
from .errors import ApiError, KubeError
from .objects import Identity, Object, group_of

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclasses.dataclass(frozen=True)
class Resource:
    """One resource of the API, as in APIResource of meta/v1."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool
    served: bool = True

    @property
    def group(self) -> str:
        return group_of(self.api_version)

    def collection(self, namespace: str = "") -> str:
        """Path of the collection in one namespace, or in all when ``namespace`` is empty."""
        root = "/api/v1" if self.api_version == "v1" else f"/apis/{self.api_version}"
        if self.namespaced and namespace:
            root += "/namespaces/" + urllib.parse.quote(namespace)
        return f"{root}/{self.plural}"

    def item(self, key: Identity) -> str:
        return f"{self.collection(key.namespace)}/{urllib.parse.quote(key.name)}"


class UnknownKindError(KubeError):
    """The cluster serves no such kind."""


class Discovery:
    """Thread-safe cache over the discovery API. Nothing is kept on disk: a stale cache costs more than it saves."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._versions: dict[str, dict[str, Resource] | None] = {}
        self._coming: dict[tuple[str, str], Resource] = {}

    def learn(self, items: t.Iterable[Object]) -> None:
        """Take the kinds of the CRDs among ``items`` as known, before the cluster serves them."""
        for item in items:
            if item["kind"] != "CustomResourceDefinition":
                continue
            spec = item.get("spec") or {}
            names = spec.get("names") or {}
            for version in spec.get("versions") or []:
                api_version = f"{spec.get('group')}/{version.get('name')}"
                namespaced = spec.get("scope") == "Namespaced"
                resource = Resource(
                    api_version, names.get("kind", ""), names.get("plural", ""), namespaced, served=False
                )
                self._coming[(api_version, resource.kind)] = resource

    def resource(self, api_version: str, kind: str) -> Resource:
        """Raises UnknownKindError when the cluster does not serve the kind and no CRD, of this run or in the cluster, brings it."""
        found = (self._served(api_version) or {}).get(kind) or self._coming.get((api_version, kind))
        if found is None:
            found = self._defined(api_version, kind)
        if found is None:
            raise UnknownKindError(
                f"The cluster knows no kind {kind} in {api_version}. Correct the apiVersion, or apply the CRD or the "
                "API service that brings it first.",
                status=404,
            )
        return found

    def preferred(self, group: str, kind: str) -> Resource | None:
        """The kind in the version the server prefers, None when it is not served at all (its CRD is gone)."""
        if not group:
            return (self._served("v1") or {}).get(kind)
        answer = self._client.find(f"/apis/{group}")
        if answer is None:
            return None
        versions = [entry["groupVersion"] for entry in answer.get("versions") or []]
        first = (answer.get("preferredVersion") or {}).get("groupVersion")
        for api_version in sorted(versions, key=lambda version: version != first):
            found = (self._served(api_version) or {}).get(kind)
            if found is not None:
                return found
        return None

    def forget(self, api_version: str) -> None:
        """Ask again for this version next time (its CRD has just been established)."""
        with self._lock:
            self._versions.pop(api_version, None)

    def _defined(self, api_version: str, kind: str) -> Resource | None:
        """What a CRD in the cluster says of the kind: discovery tells of new kinds a moment late."""
        try:
            definitions, _version = self._client.list(_DEFINITIONS)
        except ApiError as error:
            if error.status in (403, 404):
                return None
            raise
        served = [item for item in definitions if _serves(item, api_version, kind)]
        self.learn({**item, "kind": "CustomResourceDefinition"} for item in served)
        return self._coming.get((api_version, kind))

    def _served(self, api_version: str) -> dict[str, Resource] | None:
        with self._lock:
            if api_version in self._versions:
                return self._versions[api_version]
        found = self._ask(api_version)
        with self._lock:
            self._versions[api_version] = found
        return found

    def _ask(self, api_version: str) -> dict[str, Resource] | None:
        path = "/api/v1" if api_version == "v1" else f"/apis/{api_version}"
        try:
            answer = self._client.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return {
            entry["kind"]: Resource(api_version, entry["kind"], entry["name"], bool(entry["namespaced"]))
            for entry in answer.get("resources") or []
            if "/" not in entry["name"]
        }


def _serves(definition: Object, api_version: str, kind: str) -> bool:
    """Whether a CRD is there to stay and means to serve the kind in this version."""
    spec = definition["spec"]
    group, _slash, version = api_version.rpartition("/")
    versions = {entry["name"] for entry in spec["versions"] if entry["served"]}
    going = definition["metadata"].get("deletionTimestamp")
    return not going and spec["group"] == group and spec["names"]["kind"] == kind and version in versions
