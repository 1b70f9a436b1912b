# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Server-side apply of many objects: compare locally, ask the server only in doubt, write only what differs.

Field manager and force are Argo CD's own, so that Argo CD later adopts the objects without a write.
"""

from __future__ import annotations

import dataclasses
import json
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from . import changes, compare, ownership, replace
from .client import Client
from .discovery import Discovery
from .errors import ApiError, KubeError, ObjectsFailedError, cure, is_immutable
from .live import Live, read
from .objects import Identity, Object, identity, order

MANAGER = "argocd-controller"

_CRD_SECONDS = 60.0
_CUSTOM = 8


@dataclasses.dataclass(frozen=True)
class Options:
    """How to apply. ``replace_seconds`` bounds the wait for a replaced object to be gone."""

    check: bool = False
    diff: bool = False
    force_replace: bool = False
    workers: int = 8
    replace_seconds: float = 120.0


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became (in check mode: would become) of one object."""

    key: Identity
    action: str
    fields: tuple[str, ...] = ()
    diff: dict[str, str] | None = None

    @property
    def changed(self) -> bool:
        return self.action not in ("unchanged", "kept")

    def result(self) -> dict[str, t.Any]:
        return {
            "kind": self.key.kind,
            "namespace": self.key.namespace,
            "name": self.key.name,
            "action": self.action,
            "fields": list(self.fields),
        }


class Applier:
    """Applies one set of objects. All objects of a phase are tried; the first phase with a failure is the last one."""

    def __init__(self, client: Client, discovery: Discovery, options: Options, pool: ThreadPoolExecutor) -> None:
        self._client = client
        self._discovery = discovery
        self._options = options
        self._pool = pool
        self._live: Live = {}
        self._new_namespaces: set[str] = set()
        self._untried: set[Identity] = set()
        self.outcomes: list[Outcome] = []

    def look(self, items: list[Object]) -> Live:
        """Read the live state once; apply() decides by it. What is being deleted is waited for and counts as absent."""
        self._discovery.learn(items)
        live = read(self._client, self._discovery, items, self._pool)
        going = [key for key, found in live.items() if found["metadata"].get("deletionTimestamp")]
        if going and not self._options.check:
            for item in items:
                if identity(item) in going:
                    self._await_gone(self._path(identity(item), item), live[identity(item)])
            live = read(self._client, self._discovery, items, self._pool)
        elif going:
            spaces = {key.name for key in going if key.kind == "Namespace"}
            live = {key: found for key, found in live.items() if key not in going and key.namespace not in spaces}
            self._untried = set(going)
        self._live = live
        self._new_namespaces = {
            item["metadata"]["name"]
            for item in items
            if item["kind"] == "Namespace" and identity(item) not in self._live
        }
        return self._live

    def apply(self, items: list[Object]) -> list[Outcome]:
        """Raises ObjectsFailedError naming every object that was refused. Call look() first."""
        ordered = sorted(items, key=lambda item: (order(item), -_weight(item)))
        first = [item for item in ordered if order(item) == 0]
        middle = [item for item in ordered if 0 < order(item) < _CUSTOM]
        last = [item for item in ordered if order(item) == _CUSTOM]
        self._phase(first)
        self._phase(middle)
        if last:
            self._await_definitions(last, middle)
            self._phase(last)
        return self.outcomes

    def _phase(self, items: list[Object]) -> None:
        failures: list[tuple[Identity, KubeError]] = []
        for item, result in zip(items, self._pool.map(self._try, items), strict=True):
            if isinstance(result, KubeError):
                failures.append((identity(item), result))
            else:
                self.outcomes.append(result)
        if failures:
            raise failed("apply", failures)

    def _try(self, item: Object) -> Outcome | KubeError:
        try:
            return self._one(item)
        except KubeError as error:
            return error

    def _one(self, item: Object) -> Outcome:
        key = identity(item)
        live = self._live.get(key)
        if live is None:
            return self._create(key, item)
        if compare.doubt(item, live, MANAGER) is None:
            return Outcome(key, "unchanged")
        path = self._path(key, item)
        try:
            predicted = self._client.apply(path, item, manager=MANAGER, dry_run=True)
        except ApiError as error:
            if not self._options.force_replace or not is_immutable(error):
                raise
            return self._replace(key, item, live)
        moved = changes.fields(changes.visible(live), changes.visible(predicted))
        if not moved and ownership.claim(live, MANAGER) == ownership.claim(predicted, MANAGER):
            return Outcome(key, "unchanged")
        if not self._options.check:
            self._client.apply(path, item, manager=MANAGER)
        return Outcome(key, "configured", tuple(moved or ["metadata.managedFields"]), self._diff(live, predicted))

    def _create(self, key: Identity, item: Object) -> Outcome:
        path = self._path(key, item)
        if not self._options.check:
            self._create_when_served(path, item)
        elif self._can_be_tried(key, item):
            self._foresee(path, item)
        return Outcome(key, "created", (), self._diff(None, item))

    def _foresee(self, path: str, item: Object) -> None:
        """Ask whether the object would be taken. An earlier component's namespace is not there yet in check mode."""
        try:
            self._client.apply(path, item, manager=MANAGER, dry_run=True)
        except ApiError as error:
            if not is_namespace_missing(error):
                raise

    def _can_be_tried(self, key: Identity, item: Object) -> bool:
        """In check mode nothing that comes with the same set exists yet: its objects cannot be asked about."""
        served = self._discovery.resource(item["apiVersion"], key.kind).served
        return served and key not in self._untried and key.namespace not in self._new_namespaces

    def _create_when_served(self, path: str, item: Object) -> None:
        # A CRD is Established a moment before every API server serves its URL.
        deadline = time.monotonic() + (_CRD_SECONDS if order(item) == _CUSTOM else 0)
        while True:
            try:
                self._client.apply(path, item, manager=MANAGER)
                return
            except ApiError as error:
                if error.status != 404 or error.details or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def _replace(self, key: Identity, item: Object, live: Object) -> Outcome:
        why = replace.why_not(live)
        if why:
            raise KubeError(why)
        moved = changes.fields(changes.visible(live), changes.visible(item))
        outcome = Outcome(key, "replaced", tuple(moved), self._diff(live, item))
        if self._options.check:
            return outcome
        path = self._path(key, item)
        replace.delete(self._client, path, live, time.monotonic() + self._options.replace_seconds)
        self._client.apply(path, item, manager=MANAGER)
        return outcome

    def _await_gone(self, path: str, live: Object) -> None:
        replace.await_gone(self._client, path, live, time.monotonic() + self._options.replace_seconds)

    def _await_definitions(self, items: list[Object], definitions: list[Object]) -> None:
        if self._options.check:
            return
        needed = {(item["apiVersion"].rsplit("/", 1)[0], item["kind"]) for item in items}
        deadline = time.monotonic() + _CRD_SECONDS
        for item in definitions:
            spec = item.get("spec") or {}
            if item["kind"] == "CustomResourceDefinition" and (spec["group"], spec["names"]["kind"]) in needed:
                self._await_definition(item, deadline)

    def _await_definition(self, item: Object, deadline: float) -> None:
        path = self._path(identity(item), item)
        while True:
            conditions = (self._client.get(path).get("status") or {}).get("conditions") or []
            states = {condition["type"]: condition for condition in conditions}
            if states.get("Established", {}).get("status") == "True":
                return
            if time.monotonic() > deadline:
                told = "; ".join(
                    f"{name}={state['status']} {state.get('message', '')}" for name, state in states.items()
                )
                raise KubeError(
                    f"{identity(item)} is not Established after {_CRD_SECONDS:.0f} s: {told or 'no condition'}"
                )
            time.sleep(0.03)

    def _path(self, key: Identity, item: Object) -> str:
        return self._discovery.resource(item["apiVersion"], key.kind).item(key)

    def _diff(self, before: Object | None, after: Object | None) -> dict[str, str] | None:
        return changes.diff(before, after) if self._options.diff else None


def is_namespace_missing(error: ApiError) -> bool:
    """Whether the server found no namespace to put the object into."""
    return error.status == 404 and error.server_message.startswith("namespaces ")


def _weight(item: Object) -> int:
    """Size of a CRD: the server takes half a second for a big one, so it must not be the last to start."""
    return len(json.dumps(item)) if item["kind"] == "CustomResourceDefinition" else 0


def failed(verb: str, failures: list[tuple[Identity, KubeError]]) -> ObjectsFailedError:
    """One error for many objects: each with status, the server's words and the cure."""
    lines = []
    for key, error in failures:
        advice = cure(error, key.kind)
        lines.append(f"{key}: {error}" + (f" {advice}" if advice else ""))
    noun = "object" if len(failures) == 1 else "objects"
    return ObjectsFailedError(
        f"Could not {verb} {len(failures)} {noun}:\n" + "\n".join(lines),
        objects=[{"object": str(key), "cure": cure(error, key.kind), **error.failure} for key, error in failures],
    )
