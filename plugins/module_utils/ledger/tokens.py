# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engines' own token counts against the tokens that were billed."""

from __future__ import annotations

import dataclasses
import typing as t

from . import money
from .calls import Call
from .differences import Difference
from .engines import UNITS, Work
from .money import Money
from .prices import Deployment

# LiteLLM's tokenizer is not the model's: so many times its estimate of a call may be wrong.
ESTIMATE = 3


@dataclasses.dataclass(frozen=True)
class _Billed:
    """The calls of a model between two readings of its engines, and those that one of the readings cut in two."""

    calls: list[Call]
    cut: list[Call]

    def tokens(self, unit: str) -> int:
        return sum(getattr(call, unit) for call in self.calls)

    @property
    def broken_off(self) -> int:
        return sum(call.broken_off for call in self.calls)


def compare(
    work: t.Iterable[Work], calls: t.Sequence[Call], deployments: t.Mapping[str, Deployment], share: Money
) -> list[Difference]:
    """One difference for each model and kind of token where engines and rows do not agree.

    Args:
        work: of the engines.
        calls: of the same time; those that failed are not billed.
        deployments: of LiteLLM, by model_id.
        share: the part of the engines' tokens that may differ without being a fault.

    """
    found = []
    for one in work:
        billed = _billed(one, calls, deployments)
        price = _price(one.model, deployments)
        for unit in UNITS:
            rows, counted = Money(billed.tokens(unit)), Money(getattr(one, unit))
            if rows == counted:
                continue
            why, cure, fault = _reason(one, billed, unit, counted - rows)
            fault = fault and abs(counted - rows) > share * counted
            worth = abs(counted - rows) * price[unit]
            why = f"{why} At today's price that is {money.shown(worth)}."
            found.append(Difference("engine", one.model, one.model, unit, rows, counted, why, cure, fault))
    return found


def _billed(work: Work, calls: t.Sequence[Call], deployments: t.Mapping[str, Deployment]) -> _Billed:
    own = [
        call
        for call in calls
        if not call.failed
        and engine_of(call, deployments) == work.model
        and call.ended > work.start
        and call.started < work.end
    ]
    cut = [call for call in own if call.started < work.start or call.ended > work.end]
    return _Billed(own, cut)


def engine_of(call: Call, deployments: t.Mapping[str, Deployment]) -> str | None:
    """What the engine calls the model of a call."""
    deployment = deployments.get(call.deployment or "")
    if deployment is not None:
        return deployment.engine
    return next((one.engine for one in deployments.values() if one.model == call.model), call.model)


def _price(engine: str, deployments: t.Mapping[str, Deployment]) -> dict[str, Money]:
    own = [one for one in deployments.values() if one.engine == engine]
    return {
        "prompt_tokens": max((one.input_price for one in own), default=money.ZERO),
        "completion_tokens": max((one.output_price for one in own), default=money.ZERO),
    }


def _reason(work: Work, billed: _Billed, unit: str, more: Money) -> tuple[str, str, bool]:
    """Why, what to do, and whether it is a fault."""
    if work.lost:
        return f"The counters of {', '.join(work.lost)} ended with their process between the two readings.", "", False
    if billed.cut and abs(more) <= sum(getattr(call, unit) for call in billed.cut):
        count = len(billed.cut)
        return f"{count} {_calls(count)} under way at one of the two readings.", "Read again in a quiet moment.", False
    if billed.broken_off:
        count = billed.broken_off
        return (
            f"{count} {_calls(count)} broken off by the caller: LiteLLM bills such a chat by its own estimate of the tokens, and a "
            "stream of /v1/completions not at all.",
            "",
            abs(more) > ESTIMATE * sum(getattr(call, unit) for call in billed.calls if call.broken_off),
        )
    if more > 0:
        return (
            "The engines worked for calls that have no row: streams of /v1/completions that the caller broke off (LiteLLM "
            "writes none), calls past LiteLLM, or rows that could not be written.",
            "Look for database errors in LiteLLM's log and for who else reaches the engines (verify).",
            True,
        )
    return (
        "More was billed than the engines counted: another server answered for this model, or a reading misses a replica.",
        "Read the counters of every server that LiteLLM's deployments of this model point to.",
        True,
    )


def _calls(count: int) -> str:
    return "call was" if count == 1 else "calls were"
