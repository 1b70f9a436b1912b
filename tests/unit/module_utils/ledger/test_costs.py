# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The cost report: its parts add up to its total, every day is there, and no name can do harm."""

from __future__ import annotations

import csv
import html.parser
import io
import re
from decimal import Decimal

import pytest

from ansible_collections.inference.platform.plugins.module_utils.ledger import costs, costs_page, costs_plot
from ansible_collections.inference.platform.plugins.module_utils.litellm import spend

from .making import call

PERIOD = spend.period("2026-01-01", "2026-01-03")
CALLS = [
    call(1, "0.1", team="research"),
    call(2, "0.2", team="drawing", minute=1500),
    call(3, "0.7", team="research", model="coder-chat-fim", minute=1500),
    call(4, "0.05", team=None),
    call(5, "0", team="research", failed=True, model='=cmd|"/c calc"!A1'),
]


def test_the_table_adds_up_and_has_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(costs.table(costs.of(CALLS, PERIOD)))))
    assert sum(Decimal(row["spend_usd"]) for row in rows) == Decimal("1.05")
    assert sum(int(row["calls"]) for row in rows) == len(CALLS)
    assert [(row["team"], row["model"]) for row in rows[:2]] == [
        ("research", "coder-chat-fim"),
        ("drawing", "coder-chat"),
    ]
    assert {row["team"] for row in rows} == {"research", "drawing", "(no team)"}
    assert not any(row["model"].startswith("=") for row in rows)


def test_calls_that_a_fallback_answered_are_counted_where_they_cost() -> None:
    calls = [
        *CALLS,
        call(7, "0.3", model="far", fallback_from="coder-chat"),
        call(8, "0", failed=True, fallback_from="x"),
    ]
    rows = list(csv.DictReader(io.StringIO(costs.table(costs.of(calls, PERIOD)))))
    assert {row["model"]: row["fallback_calls"] for row in rows if row["fallback_calls"] != "0"} == {"far": "1"}


def test_every_day_of_the_period_is_there() -> None:
    found = costs.of(CALLS, PERIOD)
    assert [(f"{day:%d}", sum(teams.values())) for day, teams in found.days.items()] == [
        ("01", Decimal("0.15")),
        ("02", Decimal("0.9")),
        ("03", 0),
    ]
    assert len(costs.of([], spend.period("2026-01-01 10:00:00", "2026-01-01 11:00:00")).days) == 1


class Checker(html.parser.HTMLParser):
    """Notes tags, and what would be loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_nothing_else_and_escapes_every_name() -> None:
    calls = [*CALLS, call(6, "1", team="<script>alert(1)</script>")]
    text = costs_page.page(costs.of(calls, PERIOD), "demo & co")
    page = Checker()
    page.feed(text)
    assert page.tags.count("svg") == 1
    assert not {"script", "link", "img"} & set(page.tags)
    assert (page.loaded, "url(" in text) == ([], False)
    assert "<h1>demo &amp; co: 2.05 USD</h1>" in text
    assert "2026-01-01 to 2026-01-03" in text


def test_a_stack_is_as_high_as_its_day_and_the_smallest_teams_share_a_colour() -> None:
    calls = [call(number, str(number + 1), team=f"team-{number}") for number in range(9)]
    days = costs.of(calls, PERIOD).days
    names = costs_plot.series(days)
    assert names == ["team-8", "team-7", "team-6", "team-5", "team-4", "(others)"]
    drawn = re.findall(r'<rect class="s(\d)".*? height="([\d.]+)"><title>[^:]+: ([\d.]+) USD', costs_plot.stacks(days))
    assert sum(Decimal(amount) for _colour, _height, amount in drawn) == 45
    assert drawn[-1] == ("5", drawn[-1][1], "10.00")
    heights = {Decimal(amount): float(height) for _colour, height, amount in drawn}
    assert heights[Decimal("10.00")] == pytest.approx(2 * heights[Decimal("5.00")], abs=0.2)


def test_nothing_spent_is_said() -> None:
    assert "Nothing was spent." in costs_page.page(costs.of([], PERIOD), "demo")
