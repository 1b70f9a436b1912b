# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What drift is told in: objects of one side, what the cluster has of them, and rows that do not agree."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube.objects import Identity, Object

# Row.inventory: against Git.
SAME = "same"
DIFFERS = "differs"
ABSENT = "absent"
NEW = "new"
NOT_RENDERED = "not rendered"
# Row.git
PRESENT = "present"
NOT_SYNCED = "not yet synced"
# Row.live: against Git.
MISSING = "missing"
UNKNOWN = "unknown to Git"
# A column that says nothing of this row.
NOTHING = "-"


@dataclasses.dataclass(frozen=True)
class Entry:
    """An object and where its file lies: ``folder`` is <wave>-<component>, ``name`` the file in it."""

    folder: str
    name: str
    item: Object

    @property
    def component(self) -> str:
        return self.folder.partition("-")[2]

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


# All objects that the inventory renders, or that Git holds.
Side = dict[Identity, Entry]


@dataclasses.dataclass(frozen=True)
class Seen:
    """One object of Git in the cluster: SAME, DIFFERS or MISSING; ``diff`` has texts of Git and of the cluster, where asked for."""

    state: str
    fields: tuple[str, ...] = ()
    text: str = ""
    diff: tuple[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """One object on which inventory, Git and cluster do not agree."""

    component: str
    object: str
    inventory: str
    git: str
    live: str
    detail: str = ""

    def result(self) -> dict[str, t.Any]:
        """The entry of a module's result."""
        return dataclasses.asdict(self)
