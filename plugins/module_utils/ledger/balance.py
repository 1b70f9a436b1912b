# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Running counters against the rows that they should be the sum of."""

from __future__ import annotations

import datetime
import typing as t

from . import money
from .calls import Call
from .counters import OWNER, Counter
from .differences import USD, Difference, worth_saying
from .money import Money

# LiteLLM's job sets counters to zero some minutes after the budget's period began.
RESET_WITHIN = datetime.timedelta(minutes=15)


def compare(counters: t.Iterable[Counter], calls: t.Sequence[Call], tolerance: Money) -> list[Difference]:
    """One difference for each counter that is not the sum of its rows.

    Args:
        counters: as they are.
        calls: every call since the earliest of the counters began.
        tolerance: US dollars that are no difference.

    """
    owned: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        for kind, owner in OWNER.items():
            identity = owner(call)
            if identity is not None:
                owned.setdefault((kind, identity), []).append(call)
    found = []
    for counter in counters:
        own = _since(counter, owned.get((counter.kind, counter.identity), []))
        rows = money.total(call.spend for call in own)
        if worth_saying(rows, counter.spend, tolerance):
            found.append(_difference(counter, own, rows, tolerance))
    return found


def _since(counter: Counter, calls: list[Call]) -> list[Call]:
    """A call is counted when it ends."""
    return [call for call in calls if counter.since is None or call.ended >= counter.since]


def _difference(counter: Counter, own: list[Call], rows: Money, tolerance: Money) -> Difference:
    why, cure, fault = _reason(counter, own, rows, tolerance)
    return Difference(counter.kind, counter.identity, counter.name, USD, rows, counter.spend, why, cure, fault)


def _reason(counter: Counter, own: list[Call], rows: Money, tolerance: Money) -> tuple[str, str, bool]:
    """Why, what to do, and whether it is a fault."""
    if counter.due:
        return "The budget's period is over, and LiteLLM sets the counter to zero within some minutes.", "", False
    if _reset_late(counter, own, tolerance):
        why = "The counter was set to zero some minutes after the budget's period began; what was spent until then is not in it."
        return why, "", False
    repairable = counter.kind in REPAIRABLE
    if counter.spend < rows:
        lost = (
            "Spend that LiteLLM had in memory never reached the counter: a proxy was killed, or its database was away"
        )
        return f"{lost}. The budget lets that much more be spent.", RAISE if repairable else NO_REPAIR, True
    gone = "The counter has what no row explains: rows were lost when a proxy was killed, they were deleted, or somebody set the counter"
    if counter.periodic:
        gone += ", or the budget got its period when something had been spent already"
    return (
        f"{gone}. If the rows are right, the budget ends earlier by that much.",
        LOWER if repairable else NO_REPAIR,
        True,
    )


def _reset_late(counter: Counter, own: list[Call], tolerance: Money) -> bool:
    """Whether the counter lacks exactly the first calls of the budget's period."""
    if counter.since is None or not counter.periodic:
        return False
    missing = money.total(call.spend for call in own) - counter.spend
    early = sorted((call for call in own if call.ended < counter.since + RESET_WITHIN), key=lambda call: call.ended)
    passed = money.ZERO
    for call in early:
        passed += call.spend
        if abs(passed - missing) <= tolerance:
            return True
    return False


REPAIRABLE = ("key", "user")
RAISE = "Run ledger_check with repair to set the counter to the sum of the rows."
LOWER = "See what the engines counted; if the rows are right, run ledger_check with repair and lower."
NO_REPAIR = "LiteLLM has no way to set this counter; it is right again when the budget's next period begins."
