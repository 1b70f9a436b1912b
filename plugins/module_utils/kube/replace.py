# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Changes that only a new object can have: which they are, and the removal of the old object without loss of data."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from . import changes, compare, live
from .client import Client
from .discovery import Discovery, UnknownKindError
from .errors import ApiError, KubeError, is_immutable
from .objects import PROTECTED, Identity, Object, identity

_WORKERS = 8
_LOOK_SECONDS = 0.2
# With one of these goes what no apply brings back.
_IRREPLACEABLE = PROTECTED | {"PersistentVolume"}


@dataclasses.dataclass(frozen=True)
class Refusal:
    """An object that the API server does not change into what is wanted, because a field cannot change while it lives."""

    key: Identity
    live: Object
    words: str
    fields: tuple[str, ...]


def refusals(client: Client, discovery: Discovery, items: t.Iterable[Object], manager: str) -> list[Refusal]:
    """Asks with dry runs, and only about objects that differ. Whatever else stands against an object is not judged here.

    Raises KubeError.
    """
    wanted = [item for item in items if _is_served(discovery, item)]
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="kube") as pool:
        present = live.read(client, discovery, wanted, pool)
        doubtful = [
            item
            for item in wanted
            if identity(item) in present and compare.doubt(item, present[identity(item)], manager)
        ]
        found = pool.map(lambda item: _ask(client, discovery, item, present[identity(item)], manager), doubtful)
        return sorted((entry for entry in found if entry), key=lambda entry: entry.key)


def _is_served(discovery: Discovery, item: Object) -> bool:
    try:
        return discovery.resource(item["apiVersion"], item["kind"]).served
    except UnknownKindError:
        return False


def _ask(client: Client, discovery: Discovery, item: Object, present: Object, manager: str) -> Refusal | None:
    key = identity(item)
    path = discovery.resource(item["apiVersion"], key.kind).item(key)
    try:
        client.apply(path, item, manager=manager, dry_run=True)
    except ApiError as error:
        if is_immutable(error):
            moved = changes.fields(changes.visible(present), changes.visible(item))
            return Refusal(key, present, error.server_message, tuple(moved))
    return None


def why_not(present: Object) -> str:
    """Why an object must not be deleted in order to make it anew; empty when it may."""
    kind = present["kind"]
    if kind in _IRREPLACEABLE:
        return f"A {kind} is never replaced, because what it holds goes with it: put the field back, or make another one under a new name."
    policy = (present.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}
    if kind == "StatefulSet" and policy.get("whenDeleted") == "Delete":
        return (
            "It is not replaced, because its volume claims would go with it (persistentVolumeClaimRetentionPolicy.whenDeleted is Delete): "
            "set that to Retain first."
        )
    return ""


def refuse(found: t.Iterable[Refusal], *, asked: bool, how: str) -> None:
    """Raises KubeError for what nobody asked to replace and for what is never replaced; ``how`` says how to ask."""
    blocked = [(entry, why_not(entry.live)) for entry in found]
    if asked:
        blocked = [(entry, why) for entry, why in blocked if why]
    if not blocked:
        return
    lines = [f"{entry.key}: {entry.words} {why or how}" for entry, why in blocked]
    noun = "object has" if len(lines) == 1 else "objects have"
    raise KubeError(
        f"{len(lines)} {noun} a field that cannot be changed on a living object, and nothing was changed:\n"
        + "\n".join(lines),
        objects=[{"object": str(entry.key), "message": entry.words, "cure": why or how} for entry, why in blocked],
    )


def delete(client: Client, path: str, present: Object, deadline: float) -> None:
    """Delete exactly this object, its dependents first, and wait until it is gone. Volume claims of a StatefulSet stay.

    Raises KubeError when it may not be deleted, and at the ``deadline`` (time.monotonic).
    """
    why = why_not(present)
    if why:
        raise KubeError(f"{identity(present)}: {why}")
    client.delete(path, uid=present["metadata"]["uid"], propagation="Foreground")
    await_gone(client, path, present, deadline)


def await_gone(client: Client, path: str, present: Object, deadline: float) -> None:
    """Return when this very object is gone. Raises KubeError with what holds it at the ``deadline`` (time.monotonic)."""
    while (rest := client.find(path)) and rest["metadata"]["uid"] == present["metadata"]["uid"]:
        if time.monotonic() > deadline:
            held = ", ".join(rest["metadata"].get("finalizers") or []) or "none"
            raise KubeError(f"{identity(present)} is being deleted and still there; finalizers: {held}")
        time.sleep(_LOOK_SECONDS)
