# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The list of a component's objects, kept in the cluster so that what leaves the component can be found and pruned.

A ConfigMap with one line per object (group/kind/namespace/name). Before the first write it names old and new objects, so
that an interrupted run forgets none; when the run is through it names exactly the present ones.
"""

from __future__ import annotations

import typing as t

from .client import Client
from .objects import Identity, Object

_MANAGER = "inference-platform-inventory"
_KEY = "objects"


class Inventory:
    """Inventory of one component in one namespace; reads once, writes only what changes."""

    def __init__(self, client: Client, component: str, namespace: str) -> None:
        self._client = client
        self._component = component
        self._namespace = namespace
        self.name = f"inference-platform-inventory-{component}"
        self._path = f"/api/v1/namespaces/{namespace}/configmaps/{self.name}"
        self._known: frozenset[Identity] | None = None
        self._uid = ""

    def read(self) -> frozenset[Identity]:
        """What the last runs applied; empty when there was none."""
        live = self._client.find(self._path)
        self._uid = live["metadata"]["uid"] if live else ""
        lines = ((live or {}).get("data") or {}).get(_KEY, "").splitlines()
        known = frozenset(Identity.from_line(line) for line in lines if line)
        self._known = known if live else None
        return known

    def write(self, keys: t.Iterable[Identity]) -> bool:
        """Make the list exactly ``keys``; returns whether that took a request that writes."""
        wanted = frozenset(keys)
        if wanted == self._known:
            return False
        self._client.apply(self._path, self._object(wanted), manager=_MANAGER)
        self._known = wanted
        return True

    def remove(self) -> bool:
        """Delete the list itself (the component is gone)."""
        if not self._uid:
            return False
        self._client.delete(self._path, uid=self._uid, propagation="Background")
        self._known, self._uid = None, ""
        return True

    def _object(self, keys: frozenset[Identity]) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": self.name,
                "namespace": self._namespace,
                "labels": {
                    "app.kubernetes.io/part-of": "inference-platform",
                    "app.kubernetes.io/component": "inventory",
                    "app.kubernetes.io/instance": self._component,
                },
            },
            "data": {_KEY: "".join(f"{key.line()}\n" for key in sorted(keys))},
        }
