# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where inventory, Git and cluster do not agree: pure functions over the three."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube.changes import fields
from ..kube.objects import Identity, Object
from .records import (
    ABSENT,
    DIFFERS,
    MISSING,
    NEW,
    NOT_RENDERED,
    NOT_SYNCED,
    PRESENT,
    SAME,
    UNKNOWN,
    Entry,
    Row,
    Seen,
    Side,
)

_SHOWN = 4


@dataclasses.dataclass(frozen=True)
class Sides:
    """All that is compared.

    Attributes:
        inventory: None when nothing was rendered.
        git: the objects of Git.
        left_out: components that are not rendered from the inventory.
        seen: what the cluster has of Git's objects, and of those that only the inventory has.
        strangers: live objects that Git does not know.
        coming: objects whose newest commit Argo CD has not synced yet.

    """

    inventory: Side | None
    git: Side
    left_out: frozenset[str]
    seen: t.Mapping[Identity, Seen]
    strangers: t.Mapping[Identity, Object]
    coming: frozenset[Identity] = frozenset()


def rows(sides: Sides) -> list[tuple[Identity, Row]]:
    """What does not agree, in the order of the components."""
    found = [(entry.folder, key, _known(key, entry, sides)) for key, entry in sides.git.items()]
    new = {key: entry for key, entry in (sides.inventory or {}).items() if key not in sides.git}
    found += [(entry.folder, key, _new(key, entry, sides)) for key, entry in new.items()]
    for key, item in sides.strangers.items():
        if key not in new:
            found.append(("~", key, Row(_owner(item), str(key), ABSENT, ABSENT, UNKNOWN)))
    return [(key, row) for _folder, key, row in sorted(found, key=lambda entry: entry[:2]) if _is_disagreement(row)]


def inventory_state(
    key: Identity, entry: Entry, inventory: Side | None, left_out: frozenset[str]
) -> tuple[str, list[str]]:
    """What the inventory says of an object of Git, and the fields in which the two differ."""
    if inventory is None or entry.component in left_out:
        return NOT_RENDERED, []
    wanted = inventory.get(key)
    if wanted is None:
        return ABSENT, []
    moved = fields(entry.item, wanted.item)
    if wanted.folder != entry.folder:
        moved.insert(0, f"folder {wanted.folder}")
    return (DIFFERS, moved) if moved else (SAME, [])


def _known(key: Identity, entry: Entry, sides: Sides) -> Row:
    state, moved = inventory_state(key, entry, sides.inventory, sides.left_out)
    seen = sides.seen.get(key, Seen(MISSING))
    details = [f"inventory: {_listed(moved)}"] if moved else []
    if state == ABSENT:
        details.append("the inventory does not render it")
    live = "; ".join(filter(None, (_listed(seen.fields), seen.text)))
    details += [f"live: {live}"] if live else []
    git = NOT_SYNCED if key in sides.coming else PRESENT
    return Row(entry.component, str(key), state, git, seen.state, "; ".join(details))


def _new(key: Identity, entry: Entry, sides: Sides) -> Row:
    there = key in sides.strangers or sides.seen.get(key, Seen(MISSING)).state != MISSING
    live = UNKNOWN if there else MISSING
    return Row(entry.component, str(key), NEW, ABSENT, live, "the inventory renders it, Git does not have it")


def _is_disagreement(row: Row) -> bool:
    return row.live != SAME or row.inventory not in (SAME, NOT_RENDERED)


def _owner(item: Object) -> str:
    """The component that an object was tracked by, if any."""
    annotations = item["metadata"].get("annotations") or {}
    return str(annotations.get("argocd.argoproj.io/tracking-id", "")).partition(":")[0]


def _listed(names: t.Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
