# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sums of calls: one total, and the same by key, team, user, customer and model. Every part adds up to the total."""

from __future__ import annotations

import dataclasses
import typing as t

from . import money
from .calls import Call
from .counters import OWNER
from .money import Money

GROUPS: dict[str, t.Callable[[Call], str | None]] = {**OWNER, "model": lambda call: call.model}


@dataclasses.dataclass(frozen=True)
class Sum:
    """US dollars and tokens of some calls; tokens of failed calls were not billed and do not count.

    ``fallbacks`` are the calls that another model answered than the one that was asked for.
    """

    calls: int
    failed: int
    broken_off: int
    fallbacks: int
    spend: Money
    prompt_tokens: int
    completion_tokens: int

    def as_dict(self) -> dict[str, t.Any]:
        return {
            "calls": self.calls,
            "failed_calls": self.failed,
            "broken_off_calls": self.broken_off,
            "fallback_calls": self.fallbacks,
            "spend": money.plain(self.spend),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
        }


def of(calls: t.Sequence[Call]) -> Sum:
    return Sum(
        calls=len(calls),
        failed=sum(call.failed for call in calls),
        broken_off=sum(call.broken_off for call in calls),
        fallbacks=sum(call.fallback_from is not None and not call.failed for call in calls),
        spend=money.total(call.spend for call in calls),
        prompt_tokens=sum(call.prompt_tokens for call in calls if not call.failed),
        completion_tokens=sum(call.completion_tokens for call in calls if not call.failed),
    )


def by(calls: t.Iterable[Call], *groups: str) -> dict[tuple[str | None, ...], Sum]:
    """Sums by one or several of GROUPS, the dearest first."""
    parts: dict[tuple[str | None, ...], list[Call]] = {}
    for call in calls:
        parts.setdefault(tuple(GROUPS[group](call) for group in groups), []).append(call)
    sums = {identity: of(part) for identity, part in parts.items()}
    return dict(sorted(sums.items(), key=lambda entry: (-entry[1].spend, [str(part) for part in entry[0]])))


def listed(calls: t.Sequence[Call], group: str) -> list[dict[str, t.Any]]:
    """The plain form of one grouping; a key has its alias, too."""
    names = {call.key: call.key_alias for call in calls} if group == "key" else {}
    return [
        {"id": identity, **({"name": names.get(identity)} if names else {}), **part.as_dict()}
        for (identity,), part in by(calls, group).items()
    ]
