# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Deleting what left a component (prune) or all of it (absent): only what carries its tracking id, users before used."""

from __future__ import annotations

import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from . import changes
from .apply import Outcome, failed
from .client import Client
from .discovery import Discovery, Resource
from .errors import KubeError
from .objects import BUILTIN_GROUPS, Identity, Object, tracked_by

# Deleting one of these deletes what others keep inside.
PROTECTED = frozenset({"Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"})

_SAY_SECONDS = 10.0


class Remover:
    """Deletes objects of one component."""

    def __init__(
        self, client: Client, discovery: Discovery, pool: ThreadPoolExecutor, component: str, *, check: bool, diff: bool
    ) -> None:
        self._client = client
        self._discovery = discovery
        self._pool = pool
        self._component = component
        self._check = check
        self._diff = diff

    def remove(
        self, keys: t.Iterable[Identity], *, also: frozenset[str], seconds: float, notify: t.Callable[[str], None]
    ) -> list[Outcome]:
        """Delete what exists and is ours, and wait until it is gone when ``seconds`` is more than 0.

        Kinds in PROTECTED stay unless named in ``also``; so do objects without our tracking id. Raises ObjectsFailedError.
        """
        outcomes: list[Outcome] = []
        deadline = time.monotonic() + seconds
        for phase in _phases(keys):
            found = [entry for entry in self._pool.map(self._find, phase) if entry is not None]
            doomed = [entry for entry in found if self._is_ours(entry, also)]
            outcomes += [Outcome(entry[0], "kept") for entry in found if entry not in doomed]
            self._delete(doomed, foreground=seconds > 0)
            if seconds > 0 and not self._check:
                self._await_gone(doomed, deadline, notify)
            outcomes += [self._outcome(entry) for entry in doomed]
        return outcomes

    def _outcome(self, entry: tuple[Identity, Resource, Object]) -> Outcome:
        key, _resource, live = entry
        return Outcome(key, "pruned", (), changes.diff(live, None) if self._diff else None)

    def _find(self, key: Identity) -> tuple[Identity, Resource, Object] | None:
        resource = self._discovery.preferred(key.group, key.kind)
        live = self._client.find(resource.item(key)) if resource else None
        return (key, resource, live) if resource and live else None

    def _is_ours(self, entry: tuple[Identity, Resource, Object], also: frozenset[str]) -> bool:
        key, _resource, live = entry
        if key.kind in PROTECTED and key.kind not in also:
            return False
        # CRDs carry no tracking id (Argo CD would call them out of sync); the inventory alone speaks for them.
        named = not self._component or key.kind == "CustomResourceDefinition"
        return named or tracked_by(live, self._component)

    def _delete(self, entries: list[tuple[Identity, Resource, Object]], *, foreground: bool) -> None:
        if self._check:
            return
        propagation = "Foreground" if foreground else "Background"

        def one(entry: tuple[Identity, Resource, Object]) -> KubeError | None:
            key, resource, live = entry
            try:
                self._client.delete(resource.item(key), uid=live["metadata"]["uid"], propagation=propagation)
            except KubeError as error:
                return error
            return None

        results = zip(entries, self._pool.map(one, entries), strict=True)
        failures = [(entry[0], error) for entry, error in results if error is not None]
        if failures:
            raise failed("delete", failures)

    def _await_gone(
        self, entries: list[tuple[Identity, Resource, Object]], deadline: float, notify: t.Callable[[str], None]
    ) -> None:
        rest = entries
        pause, say = 0.05, time.monotonic() + _SAY_SECONDS
        while rest:
            states = zip(rest, self._pool.map(self._remains, rest), strict=True)
            left = [(entry, live) for entry, live in states if live is not None]
            rest = [entry for entry, _live in left]
            if not rest:
                return
            if time.monotonic() > deadline:
                raise failed("delete", [(entry[0], _stuck(live)) for entry, live in left])
            if time.monotonic() > say:
                say = time.monotonic() + _SAY_SECONDS
                notify("waiting until gone: " + ", ".join(str(entry[0]) for entry in rest[:8]))
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)

    def _remains(self, entry: tuple[Identity, Resource, Object]) -> Object | None:
        key, resource, live = entry
        now = self._client.find(resource.item(key))
        return now if now and now["metadata"]["uid"] == live["metadata"]["uid"] else None


def _phases(keys: t.Iterable[Identity]) -> t.Iterator[list[Identity]]:
    """Custom resources while their controller still runs, then everything, then definitions, then namespaces."""
    groups: dict[int, list[Identity]] = {}
    for key in keys:
        groups.setdefault(_phase(key), []).append(key)
    for number in sorted(groups):
        yield sorted(groups[number])


def _phase(key: Identity) -> int:
    if key.group not in BUILTIN_GROUPS:
        return 0
    return {"CustomResourceDefinition": 2, "PersistentVolumeClaim": 2, "Namespace": 3}.get(key.kind, 1)


def _stuck(live: Object) -> KubeError:
    finalizers = ", ".join(live["metadata"].get("finalizers") or []) or "none"
    conditions = (live.get("status") or {}).get("conditions") or []
    told = "; ".join(
        str(entry.get("message")) for entry in conditions if entry.get("status") == "True" and entry.get("message")
    )
    return KubeError(
        f"it was deleted and is still there; finalizers: {finalizers}." + (f" {told}" if told else ""),
        finalizers=live["metadata"].get("finalizers") or [],
    )
