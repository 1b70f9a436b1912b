# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Drift for people: a table of lines, a sentence, and unified diffs."""

from __future__ import annotations

import dataclasses
import difflib
import typing as t

from ..kube import changes
from ..kube.objects import Identity, Object
from ..kube.yaml_text import dump, load_all
from .compare import Sides
from .records import ABSENT, DIFFERS, MISSING, NEW, NOTHING, UNKNOWN, Row

_HEAD = ("COMPONENT", "OBJECT", "INVENTORY", "GIT", "LIVE", "DETAIL")
_MOST_ROWS = 50
_DETAIL = 160


@dataclasses.dataclass(frozen=True)
class Counts:
    """How many of what. ``objects``: Git's. ``agree``: those of them on which all sides agree."""

    objects: int
    agree: int
    inventory: int
    differs: int
    missing: int
    unknown: int
    applications: int


def count(objects: int, rows: list[Row]) -> Counts:
    """Counts of rows, of which those of Applications have no inventory column."""
    own = [row for row in rows if row.inventory != NOTHING]
    git = [row for row in own if row.git != ABSENT]
    return Counts(
        objects=objects,
        agree=objects - len(git),
        inventory=sum(row.inventory in (DIFFERS, NEW) or (row in git and row.inventory == ABSENT) for row in own),
        differs=sum(row.live == DIFFERS for row in own),
        missing=sum(row.live == MISSING for row in git),
        unknown=sum(row.live == UNKNOWN for row in own),
        applications=len(rows) - len(own),
    )


def table(rows: list[Row]) -> list[str]:
    """Aligned lines with a head; empty when there are no rows."""
    if not rows:
        return []
    cells = [_HEAD, *(_cells(row) for row in rows[:_MOST_ROWS])]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD) - 1)]
    lines = [
        "  ".join([*(text.ljust(width) for text, width in zip(line, widths, strict=False)), line[-1]]).rstrip()
        for line in cells
    ]
    if len(rows) > _MOST_ROWS:
        lines.append(f"... and {len(rows) - _MOST_ROWS} more")
    return lines


def sentence(counts: Counts, parties: str, left_out: list[str]) -> str:
    """Whether the sides agree; ``parties`` are those that were compared, for example "Inventory, the tree and cluster"."""
    limits = f" Not rendered from the inventory: {', '.join(left_out)}." if left_out else ""
    parts = (
        ("not as the inventory renders it", counts.inventory),
        ("different in the cluster", counts.differs),
        ("missing in the cluster", counts.missing),
        ("in the cluster and unknown to Git", counts.unknown),
        ("Applications not in sync", counts.applications),
    )
    found = [f"{text}: {number}" for text, number in parts if number]
    if not found:
        return f"{parties} agree on {counts.objects} objects.{limits}"
    return (
        f"{parties} do not agree ({'; '.join(found)}); they agree on {counts.agree} of "
        f"{counts.objects} objects.{limits}"
    )


def unified(key: Identity, sides: Sides) -> list[dict[str, str]]:
    """Entries of Ansible's diff for one object: inventory to Git, and Git to cluster. Values of Secrets never appear."""
    git = sides.git[key].item if key in sides.git else None
    rendered = sides.inventory[key].item if sides.inventory and key in sides.inventory else None
    entries = []
    if rendered is not None or (sides.inventory is not None and git and sides.git[key].component not in sides.left_out):
        entries.append(_between(key, ("inventory", "Git"), _texts(rendered, git)))
    seen = sides.seen.get(key)
    if git and seen and seen.diff:
        entries.append(_between(key, ("Git", "cluster"), seen.diff))
    elif key in sides.strangers:
        entries.append(_between(key, ("Git", "cluster"), _texts(None, sides.strangers[key])))
    return [entry for entry in entries if entry["prepared"]]


def _between(key: Identity, names: tuple[str, str], texts: tuple[str, str]) -> dict[str, str]:
    before, after = (_in_order(text).splitlines() for text in texts)
    old, new = (f"{name}: {key}" for name in names)
    # Blanks at the end of a line would make Ansible show the whole text quoted, on one line.
    lines = (line.rstrip() for line in difflib.unified_diff(before, after, old, new, lineterm=""))
    return {"object": str(key), "prepared": "\n".join(lines)}


def _in_order(text: str) -> str:
    """The same object with its keys in one order: the server's and the tree's differ."""
    return "".join(dump(_sorted(item)) for item in load_all(text, "diff"))


def _sorted(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(entry) for entry in value] if isinstance(value, list) else value


def _texts(before: Object | None, after: Object | None) -> tuple[str, str]:
    entry = changes.diff(before, after)
    return entry["before"], entry["after"]


def _cells(row: Row) -> tuple[str, ...]:
    detail = " ".join(row.detail.split())
    detail = detail if len(detail) <= _DETAIL else f"{detail[: _DETAIL - 3]}..."
    return (row.component or NOTHING, row.object, row.inventory, row.git, row.live, detail)
