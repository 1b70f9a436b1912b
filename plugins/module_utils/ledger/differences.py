# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A difference between what the rows say and what somebody else counted, with its reason in a sentence."""

from __future__ import annotations

import dataclasses
import typing as t

from . import money
from .money import Money

USD = "USD"


@dataclasses.dataclass(frozen=True)
class Difference:
    """What does not agree.

    Attributes:
        kind: key, team, user, customer, model or engine.
        identity: whose it is; a key's SHA-256, or a name.
        name: what people call it.
        unit: USD, prompt_tokens or completion_tokens.
        rows: what LiteLLM's rows say; for a model, what they should say by its price.
        found: what the counter says; for a model, what was charged; for an engine, its tokens.
        why: a sentence.
        cure: what to do; empty when nothing can be done or has to be.
        open: whether it is a fault, rather than something that the reason explains away.

    """

    kind: str
    identity: str
    name: str
    unit: str
    rows: Money
    found: Money
    why: str
    cure: str = ""
    open: bool = True

    @property
    def amount(self) -> Money:
        """Positive where the counter has more than the rows."""
        return self.found - self.rows

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "kind": self.kind,
            "id": self.identity,
            "name": self.name,
            "unit": self.unit,
            "rows": money.plain(self.rows),
            "found": money.plain(self.found),
            "difference": money.plain(self.amount),
            "why": self.why,
            "cure": self.cure,
            "open": self.open,
            "text": self.sentence(),
        }

    def sentence(self) -> str:
        amount = money.shown(abs(self.amount)) if self.unit == USD else f"{abs(self.amount)} {self.unit}"
        direction = "more" if self.amount > 0 else "less"
        other = "was due" if self.kind == "model" else "the rows say"
        return f"{self.kind} {self.name}: {amount} {direction} than {other}. {self.why} {self.cure}".strip()


def worth_saying(rows: Money, found: Money, tolerance: Money) -> bool:
    return abs(found - rows) > tolerance
