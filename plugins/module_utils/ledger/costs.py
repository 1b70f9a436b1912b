# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What teams spent with which models, day by day: the sums of the ledger, ready for a table and for plots."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
import typing as t

from ..litellm.spend import Period
from . import money, sums
from .calls import Call
from .money import Money
from .sums import Sum

# How calls without a team, for example the administrator's, are called.
NOBODY = "(no team)"
UNKNOWN = "(no model)"
COLUMNS = (
    "team",
    "model",
    "calls",
    "failed_calls",
    "broken_off_calls",
    "fallback_calls",
    "prompt_tokens",
    "completion_tokens",
    "spend_usd",
)


@dataclasses.dataclass(frozen=True)
class Costs:
    """Sums of a period; ``days`` has one entry for every day, with US dollars by team."""

    period: Period
    total: Sum
    lines: dict[tuple[str, str], Sum]
    teams: dict[str, Sum]
    models: dict[str, Sum]
    days: dict[datetime.date, dict[str, Money]]


def of(calls: t.Sequence[Call], period: Period) -> Costs:
    lines = {
        (team or NOBODY, model or UNKNOWN): part for (team, model), part in sums.by(calls, "team", "model").items()
    }
    return Costs(
        period=period,
        total=sums.of(calls),
        lines=lines,
        teams={team or NOBODY: part for (team,), part in sums.by(calls, "team").items()},
        models={model or UNKNOWN: part for (model,), part in sums.by(calls, "model").items()},
        days=_days(calls, period),
    )


def _days(calls: t.Sequence[Call], period: Period) -> dict[datetime.date, dict[str, Money]]:
    last = (period.end - datetime.timedelta(seconds=1)).date()
    count = (last - period.start.date()).days + 1
    days: dict[datetime.date, dict[str, Money]] = {
        period.start.date() + datetime.timedelta(days=number): {} for number in range(count)
    }
    for call in calls:
        day = days[call.started.astimezone(datetime.UTC).date()]
        team = call.team or NOBODY
        day[team] = day.get(team, money.ZERO) + call.spend
    return days


def table(costs: Costs) -> str:
    """CSV (RFC 4180), a line for each team and model; US dollars as exact decimal numbers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for (team, model), part in costs.lines.items():
        numbers = (
            part.calls,
            part.failed,
            part.broken_off,
            part.fallbacks,
            part.prompt_tokens,
            part.completion_tokens,
        )
        writer.writerow([_harmless(team), _harmless(model), *numbers, f"{part.spend:f}"])
    return text.getvalue()


def _harmless(name: str) -> str:
    """A caller chooses the name of a model that is refused; a spreadsheet must not take it for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name
