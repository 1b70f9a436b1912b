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
from .live import Live, read
from .objects import BUILTIN_GROUPS, PROTECTED, Identity, Object, tracked_by

# Only these are gone when their pods are. For others a foreground deletion has nothing to wait for but the garbage collector,
# which takes half a minute to learn of a new CRD.
_OWNERS = frozenset(
    {("apps", "DaemonSet"), ("apps", "Deployment"), ("apps", "StatefulSet"), ("batch", "CronJob"), ("batch", "Job")}
)

_SAY_SECONDS = 10.0

Entry = tuple[Identity, Resource, Object]


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
            found = self._find(phase)
            doomed = [entry for entry in found if self._is_ours(entry, also)]
            outcomes += [Outcome(entry[0], "kept") for entry in found if entry not in doomed]
            self._delete(doomed, wait=seconds > 0)
            if seconds > 0 and not self._check:
                self._await_gone(doomed, deadline, notify)
            outcomes += [self._outcome(entry) for entry in doomed]
        return outcomes

    def _outcome(self, entry: Entry) -> Outcome:
        key, _resource, live = entry
        return Outcome(key, "pruned", (), changes.diff(live, None) if self._diff else None)

    def _find(self, keys: list[Identity]) -> list[Entry]:
        kinds = sorted({(key.group, key.kind) for key in keys})
        resources = dict(zip(kinds, self._pool.map(lambda kind: self._discovery.preferred(*kind), kinds), strict=True))
        served = [(key, resource) for key in keys if (resource := resources[(key.group, key.kind)])]
        now = self._now(served)
        return [(key, resource, now[key]) for key, resource in served if key in now]

    def _now(self, wanted: list[tuple[Identity, Resource]]) -> Live:
        stubs = [
            {
                "apiVersion": resource.api_version,
                "kind": key.kind,
                "metadata": {"namespace": key.namespace, "name": key.name},
            }
            for key, resource in wanted
        ]
        return read(self._client, self._discovery, stubs, self._pool)

    def _is_ours(self, entry: Entry, also: frozenset[str]) -> bool:
        key, _resource, live = entry
        if key.kind in PROTECTED and key.kind not in also:
            return False
        # CRDs carry no tracking id (Argo CD would call them out of sync); the inventory alone speaks for them.
        named = not self._component or key.kind == "CustomResourceDefinition"
        return named or tracked_by(live, self._component)

    def _delete(self, entries: list[Entry], *, wait: bool) -> None:
        if self._check:
            return

        def one(entry: Entry) -> KubeError | None:
            key, resource, live = entry
            propagation = "Foreground" if wait and (key.group, key.kind) in _OWNERS else "Background"
            try:
                self._client.delete(resource.item(key), uid=live["metadata"]["uid"], propagation=propagation)
            except KubeError as error:
                return error
            return None

        results = zip(entries, self._pool.map(one, entries), strict=True)
        failures = [(entry[0], error) for entry, error in results if error is not None]
        if failures:
            raise failed("delete", failures)

    def _await_gone(self, entries: list[Entry], deadline: float, notify: t.Callable[[str], None]) -> None:
        rest = entries
        pause, say = 0.05, time.monotonic() + _SAY_SECONDS
        while rest:
            left = self._remaining(rest)
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

    def _remaining(self, entries: list[Entry]) -> list[tuple[Entry, Object]]:
        """Those that still exist, as they are now; another object of the same name does not count."""
        now = self._now([(key, resource) for key, resource, _live in entries])
        same = ((entry, now.get(entry[0])) for entry in entries)
        return [
            (entry, live) for entry, live in same if live and live["metadata"]["uid"] == entry[2]["metadata"]["uid"]
        ]


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
