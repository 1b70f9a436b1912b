# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everything that was found, as one verdict: sentences for people, lists for programs, a dict for the report."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from . import objects, pods
from .applications import Application
from .audit import Trail
from .records import Snapshot

_MOST_SENTENCES = 30


@dataclasses.dataclass(frozen=True)
class Proof:
    """``trail`` is None when no audit log was read, ``applications`` when none were looked at."""

    before: Snapshot
    after: Snapshot
    movement: objects.Movement
    restarts: tuple[pods.Restart, ...]
    trail: Trail | None
    applications: tuple[Application, ...] | None

    def problems(self) -> list[str]:
        """Everything that speaks against the proof, a sentence each; empty when it holds."""
        found: list[str] = []
        if self.before.mark.cluster != self.after.mark.cluster:
            found.append("The snapshot is of another cluster: take a new one.")
        if self.trail:
            found += self.trail.problems(self.before.mark, self.after.mark)
            found += [f"Argo CD wrote {write.sentence()}" for write in self.trail.writes]
        found += [entry.sentence() for entry in self.movement.moved]
        found += [entry.sentence() for entry in self.restarts]
        if self.applications is not None:
            found += [entry.sentence() for entry in self.applications if not entry.fine]
            if not self.applications:
                found.append("There is no Application: Argo CD has taken over nothing.")
        return found

    def as_result(self) -> dict[str, t.Any]:
        """What the module returns."""
        return {
            "passed": not self.problems(),
            "objects": len(self.before.objects),
            "missing": [str(target.key) for target in self.after.missing],
            "writes": [write.as_dict() for write in self.trail.writes] if self.trail else [],
            "moved": [entry.as_dict() for entry in self.movement.moved],
            "restarts": [entry.as_dict() for entry in self.restarts],
            "status_only": self.movement.status_only,
            "applications": [entry.as_dict() for entry in self.applications or ()],
            "report": self._report(),
        }

    def _report(self) -> dict[str, t.Any]:
        components = collections.Counter(entry.target.component for entry in self.before.objects)
        return {
            "passed": not self.problems(),
            "from": self.before.mark.time,
            "until": self.after.mark.time,
            "counts": self._counts(),
            "components": dict(sorted(components.items())),
            "added": [str(target.key) for target in self.movement.added],
            "problems": self.problems(),
            "audit": {"files": list(self.trail.files), "until": self.trail.until} if self.trail else {},
            "applications": [entry.as_dict() for entry in self.applications or ()],
        }

    def _counts(self) -> dict[str, int]:
        counts = {
            "objects": len(self.before.objects),
            "pods": len(self.before.pods),
            "moved": len(self.movement.moved),
            "restarts": len(self.restarts),
            "status_only": self.movement.status_only,
            "added": len(self.movement.added),
        }
        if self.trail:
            counts |= {"writes": len(self.trail.writes), "status_writes": self.trail.status_writes}
        return counts


def message(problems: list[str]) -> str:
    """All problems in one text for people, the first 30 of them in full."""
    rest = len(problems) - _MOST_SENTENCES
    lines = [f"- {problem}" for problem in problems[:_MOST_SENTENCES]]
    lines += [f"- and {rest} more, see report.problems"] if rest > 0 else []
    count = "1 finding" if len(problems) == 1 else f"{len(problems)} findings"
    return "\n".join([f"The handover was not free of consequences: {count}.", *lines])
