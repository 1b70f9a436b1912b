# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Spending as inline SVG: a stack of teams for each day. Colours come from the page."""

from __future__ import annotations

import datetime
import html
import typing as t

from ..slice.plot import ceiling
from .money import ZERO, Money, shown, total

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 18, 34
# As many teams have a colour of their own; the others share the last.
COLOURS = 6
OTHERS = "(others)"

Days = t.Mapping[datetime.date, t.Mapping[str, Money]]


def series(days: Days) -> list[str]:
    """The teams that get a colour, the dearest first, and OTHERS when there are more."""
    teams = {team for day in days.values() for team in day}
    dear = sorted(teams, key=lambda team: (-total(day.get(team, ZERO) for day in days.values()), team))
    return dear if len(dear) <= COLOURS else [*dear[: COLOURS - 1], OTHERS]


def stacks(days: Days) -> str:
    """One stack a day; empty when nothing was spent."""
    highest = max((total(day.values()) for day in days.values()), default=ZERO)
    if not highest:
        return ""
    top = ceiling(float(highest))
    names = series(days)
    return "\n".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="US dollars of each day, by team">',
            *_grid(top),
            *[bar for number, day in enumerate(days) for bar in _stack(days, day, number, names, top)],
            *_dates(list(days)),
            "</svg>",
        ]
    )


def _grid(top: float) -> list[str]:
    found = [f'<text x="6" y="{TOP - 6}">USD</text>']
    for part in range(5):
        value = top * part / 4
        y = _y(value, top)
        found.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        found.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    return found


def _stack(days: Days, day: datetime.date, number: int, names: list[str], top: float) -> list[str]:
    step = (WIDTH - LEFT - RIGHT) / len(days)
    width = max(1.0, min(48.0, step * 0.8))
    x = LEFT + step * number + (step - width) / 2
    below, found = ZERO, []
    for index, name in enumerate(names):
        amount = _amount(days[day], name, names)
        if not amount:
            continue
        upper, lower = _y(float(below + amount), top), _y(float(below), top)
        title = html.escape(f"{day} {name}: {shown(amount)}")
        found.append(
            f'<rect class="s{index}" x="{x:.1f}" y="{upper:.1f}" width="{width:.1f}" height="{lower - upper:.1f}">'
            f"<title>{title}</title></rect>"
        )
        below += amount
    return found


def _amount(day: t.Mapping[str, Money], name: str, names: list[str]) -> Money:
    if name != OTHERS:
        return day.get(name, ZERO)
    return total(amount for team, amount in day.items() if team not in names)


def _dates(days: list[datetime.date]) -> list[str]:
    """The first, the last and some between."""
    step = (WIDTH - LEFT - RIGHT) / len(days)
    every = max(1, -(-len(days) // 8))
    return [
        f'<text x="{LEFT + step * (number + 0.5):.1f}" y="{HEIGHT - 12}" text-anchor="middle">{day:%m-%d}</text>'
        for number, day in enumerate(days)
        if number % every == 0
    ]


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)
