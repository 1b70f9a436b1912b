# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Are all Applications (argoproj.io/v1alpha1) in sync and healthy, and if not, what does Argo CD itself say?"""

from __future__ import annotations

import dataclasses
import typing as t

from ..argocd import cluster
from ..kube.client import Client
from ..kube.objects import Object

_MOST_RESOURCES = 10


@dataclasses.dataclass(frozen=True)
class Application:
    """What an Application's status says. ``words`` are Argo CD's own about what is wrong, empty when nothing is."""

    name: str
    sync: str
    health: str
    revision: str
    words: tuple[str, ...]

    @property
    def fine(self) -> bool:
        return self.sync == "Synced" and self.health == "Healthy"

    def sentence(self) -> str:
        words = f": {'; '.join(self.words)}" if self.words else ""
        return f"Application {self.name} is {self.sync} and {self.health}{words}"

    def as_dict(self) -> dict[str, t.Any]:
        return {"name": self.name, "sync": self.sync, "health": self.health, "revision": self.revision}


def read(client: Client, namespace: str) -> list[Application]:
    """All Applications of the namespace; empty when there is none or Argo CD is not installed. Raises KubeError."""
    found = cluster.applications(client, namespace)
    return sorted((application(item) for item in found.values()), key=lambda entry: entry.name)


def application(item: Object) -> Application:
    """Judge one Application object."""
    status = item.get("status") or {}
    sync = status.get("sync") or {}
    health = (status.get("health") or {}).get("status") or "Unknown"
    found = Application(
        name=item["metadata"]["name"],
        sync=str(sync.get("status") or "Unknown"),
        health=str(health),
        revision=str(sync.get("revision") or ""),
        words=(),
    )
    return found if found.fine else dataclasses.replace(found, words=tuple(_words(status)))


def _words(status: Object) -> t.Iterator[str]:
    for condition in status.get("conditions") or []:
        yield f"{condition.get('type')}: {condition.get('message')}"
    operation = status.get("operationState") or {}
    if operation.get("message"):
        yield f"last sync {operation.get('phase')}: {operation['message']}"
    bad = [text for entry in status.get("resources") or [] if (text := _resource(entry))]
    yield from bad[:_MOST_RESOURCES]
    if len(bad) > _MOST_RESOURCES:
        yield f"and {len(bad) - _MOST_RESOURCES} more resources"


def _resource(entry: Object) -> str:
    health = entry.get("health") or {}
    what = [str(entry["status"])] if entry.get("status") not in (None, "Synced") else []
    if health.get("status") not in (None, "Healthy"):
        what.append(f"{health['status']} ({health['message']})" if health.get("message") else str(health["status"]))
    place = f"{entry['namespace']}/{entry.get('name')}" if entry.get("namespace") else entry.get("name")
    return f"{entry.get('kind')} {place} is {' and '.join(what)}" if what else ""
