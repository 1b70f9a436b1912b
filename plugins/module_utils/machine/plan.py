# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Steps: what a run would change, found by reading only, so that check mode and diff are the plan itself."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Step:
    """One change.

    Attributes:
        subject: what changes, for example C(machine node1).
        before: what is there now, a line for people.
        after: what will be there.
        apply: makes it so.

    """

    subject: str
    before: str
    after: str
    apply: t.Callable[[], None]

    def __str__(self) -> str:
        return f"{self.subject}: {self.before} -> {self.after}"


def diff(steps: t.Sequence[Step]) -> dict[str, str]:
    """Return Ansible's diff of a plan, a line per subject."""
    return {
        "before": "".join(f"{step.subject}: {step.before}\n" for step in steps),
        "after": "".join(f"{step.subject}: {step.after}\n" for step in steps),
    }


__all__ = ("Step", "diff")
