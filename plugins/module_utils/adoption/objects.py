# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Did an object move between two snapshots, which field, and who wrote it? Pure functions."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube import changes
from ..kube.objects import Object
from .records import LEADER, Entry, Record, Snapshot, Target

_MOST_FIELDS = 20
_LEADER_PATH = f"metadata.annotations.{LEADER}"
# A write may touch the map's own mark besides the annotation.
_LEADER_PATHS = frozenset({_LEADER_PATH, "metadata.annotations"})


@dataclasses.dataclass(frozen=True)
class Moved:
    """A finding about one object: what happened to it, on which fields, and the manager that wrote (when known)."""

    object: str
    what: str
    fields: tuple[str, ...] = ()
    manager: str = ""

    def sentence(self) -> str:
        fields = f": {', '.join(self.fields)}" if self.fields else ""
        return f"{self.object} {self.what}{fields}" + (f" (written by {self.manager})" if self.manager else "")

    def as_dict(self) -> dict[str, t.Any]:
        return {"object": self.object, "what": self.what, "fields": list(self.fields), "manager": self.manager}


@dataclasses.dataclass(frozen=True)
class Movement:
    """What all objects did: findings, how many only got a new status, and objects that the tree has got since."""

    moved: tuple[Moved, ...]
    status_only: int
    added: tuple[Target, ...]


def compare(before: Snapshot, after: Snapshot) -> Movement:
    """``after`` has to hold all objects of ``before``; those it has beyond them are new and not judged."""
    now = {entry.target.key: entry for entry in after.objects}
    moved = [found for entry in before.objects if (found := _judge(entry, now.get(entry.target.key)))]
    status_only = sum(1 for entry in before.objects if _status_only(entry, now.get(entry.target.key)))
    known = {entry.target.key for entry in before.objects}
    for target in before.missing:
        there = now.get(target.key)
        moved.append(_created(there) if there else Moved(str(target.key), "did not exist before and does not now"))
        known.add(target.key)
    new = [target for target in after.missing if target.key not in known]
    moved += [Moved(str(target.key), "is in the tree and not in the cluster") for target in new]
    added = tuple(entry.target for entry in after.objects if entry.target.key not in known)
    return Movement(tuple(moved), status_only, added)


def _created(entry: Record) -> Moved:
    return Moved(str(entry.target.key), "was created", ("metadata.uid",), _newest(entry.entries))


def _judge(before: Record, after: Record | None) -> Moved | None:
    key = str(before.target.key)
    if after is None:
        return Moved(key, "was deleted")
    paths = changes.fields(before.body, after.body)
    if before.uid != after.uid:
        return Moved(key, "was deleted and created again", ("metadata.uid", *paths), _newest(after.entries))
    changed = _changed(before, after)
    claims = [path for one, other in changed for path in _claims(one, other)]
    if paths or before.generation != after.generation:
        found = paths or ["metadata.generation", *claims]
        what = "changed" if paths else "was written"
        return Moved(key, what, tuple(found[:_MOST_FIELDS]), _writer(changed, before, after))
    if changed:
        return Moved(
            key, "was written without a new value", tuple(claims[:_MOST_FIELDS]), _writer(changed, before, after)
        )
    if before.resource_version != after.resource_version and not _status_moved(before, after):
        return Moved(key, "was written without a trace", ("metadata.resourceVersion",), _writer([], before, after))
    return None


def _status_only(before: Record, after: Record | None) -> bool:
    if after is None or before.resource_version == after.resource_version:
        return False
    return _judge(before, after) is None


def _status_moved(before: Record, after: Record) -> bool:
    return before.status != after.status or _by_key(before, quiet=True) != _by_key(after, quiet=True)


Change = tuple[Entry | None, Entry | None]


def _changed(before: Record, after: Record) -> list[Change]:
    """Entries of managedFields that are new, gone or other than before; those of a status and of a leader do not count."""
    old, new = _by_key(before, quiet=False), _by_key(after, quiet=False)
    return [(old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]


def _by_key(entry: Record, *, quiet: bool) -> dict[tuple[str, str, str, str], Entry]:
    return {one.key: one for one in entry.entries if _is_quiet(one) == quiet}


def _is_quiet(entry: Entry) -> bool:
    if entry.subresource == "status":
        return True
    paths = set(leaves(entry.fields))
    return _LEADER_PATH in paths and paths <= _LEADER_PATHS


def _claims(before: Entry | None, after: Entry | None) -> list[str]:
    """Paths inside managedFields that say what is owned otherwise than before, or the time alone."""
    known = after or before
    label = f"metadata.managedFields[{known.label if known else ''}]"
    old = set(leaves(before.fields)) if before else set()
    new = set(leaves(after.fields)) if after else set()
    return [f"{label}.{path}" for path in sorted(old ^ new)] or [f"{label}.time"]


def leaves(fields: Object, path: str = "") -> t.Iterator[str]:
    """Paths of the owned values of a FieldsV1: {"f:a": {"k:{\\"name\\":\\"x\\"}": {}}} gives a[{"name":"x"}]."""
    inner = [key for key in fields if key != "."]
    if path and len(inner) < max(1, len(fields)):
        yield path
    for key in inner:
        kind, _, name = key.partition(":")
        step = f"[{name}]" if kind != "f" else f".{name}" if path else name
        yield from leaves(fields[key] or {}, path + step)


def _writer(changed: list[Change], before: Record, after: Record) -> str:
    """Managers whose entries are new or newer; where the second did not even turn, those that could have been it."""
    written = {entry.manager for _before, entry in changed if entry}
    if not written:
        # A controller may write an annotation together with the status.
        old = _by_key(before, quiet=True)
        turned = [entry for key, entry in _by_key(after, quiet=True).items() if entry != old.get(key)]
        written = {entry.manager for entry in turned if not all(map(_is_status, leaves(entry.fields)))}
    if not written:
        written = {entry.manager for entry in after.entries if not _is_quiet(entry)}
    return " or ".join(sorted(written))


def _is_status(path: str) -> bool:
    return path.partition(".")[0] == "status"


def _newest(entries: t.Iterable[Entry]) -> str:
    loud = [entry for entry in entries if not _is_quiet(entry)]
    return max(loud, key=lambda entry: entry.time).manager if loud else ""
