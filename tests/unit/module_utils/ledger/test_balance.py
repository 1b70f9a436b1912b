# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A counter that is not the sum of its rows is told with the reason; one that is, is not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from ansible_collections.inference.platform.plugins.module_utils.ledger import balance, counters, money

from .making import START, at, call, counter


def test_a_sum_of_many_small_amounts_is_exact() -> None:
    calls = [call(number, "0.0000001") for number in range(100_000)]
    assert not balance.compare([counter("0.01")], calls, Decimal(0))


@pytest.mark.parametrize(
    ("has", "fault", "reason"),
    [
        ("0.2", True, "never reached the counter"),
        ("0.4", True, "rows were lost when a proxy was killed"),
        ("0.30000000001", None, ""),
    ],
)
def test_a_difference_has_its_amount_and_reason(has: str, fault: bool | None, reason: str) -> None:
    found = balance.compare([counter(has)], [call(number) for number in range(3)], money.ROUNDING)
    if fault is None:
        assert found == []
        return
    (one,) = found
    assert (one.rows, one.amount, one.open) == (Decimal("0.3"), Decimal(has) - Decimal("0.3"), fault)
    assert reason in one.why
    assert "repair" in one.cure


def test_each_kind_of_counter_is_compared_with_its_own_calls() -> None:
    calls = [call(0, team="a", user="u", customer="c"), call(1, team="b", user="u", customer=None)]
    right = [
        counter("0.2"),
        counter("0.1", kind="team", identity="a"),
        counter("0.1", kind="team", identity="b"),
        counter("0.2", kind="user", identity="u"),
        counter("0.1", kind="customer", identity="c", since=None),
    ]
    assert not balance.compare(right, calls, money.ROUNDING)
    (one,) = balance.compare([counter("0", kind="team", identity="a")], calls, money.ROUNDING)
    assert "no way to set this counter" in one.cure


def test_what_was_spent_before_the_counter_began_is_not_in_it() -> None:
    calls = [call(0, minute=-30), call(1, minute=-0.5), call(2)]
    assert not balance.compare([counter("0.2")], calls, money.ROUNDING)


def test_a_period_that_ended_and_one_that_was_reset_late_explain_themselves() -> None:
    calls = [call(0, "0.5", minute=2), call(1, "0.1", minute=4), call(2, "0.2", minute=30)]
    (due,) = balance.compare([counter("9", due=True)], calls, money.ROUNDING)
    assert (due.open, "period is over" in due.why) == (False, True)
    (late,) = balance.compare([counter("0.2", periodic=True)], calls, money.ROUNDING)
    assert (late.open, "some minutes after" in late.why) == (False, True)
    # without a period nothing is ever set to zero
    assert balance.compare([counter("0.2")], calls, money.ROUNDING)[0].open
    # and not half an hour later
    assert balance.compare([counter("0", periodic=True)], calls, money.ROUNDING)[0].open


@pytest.mark.parametrize(
    ("ends", "duration", "began"),
    [
        ("2026-03-01", "30d", "2026-02-01"),
        ("2026-03-01", "1mo", "2026-02-01"),
        ("2026-01-01", "3mo", "2025-10-01"),
        ("2026-03-08", "7d", "2026-03-01"),
        ("2026-03-01", None, None),
        (None, "1d", None),
        ("2026-03-01", "soon", None),
    ],
)
def test_a_budget_knows_when_its_period_began(ends: str | None, duration: str | None, began: str | None) -> None:
    assert counters.period_start(counters.moment(ends), duration) == counters.moment(began)


def test_times_without_a_zone_are_utc() -> None:
    assert counters.moment("2026-01-01T00:00:00") == START
    assert counters.moment("2026-01-01T01:00:00Z") == at(60)
    assert counters.moment("") is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.25", "0.25 USD"), ("12", "12.00 USD"), ("0.0000075", "0.0000075 USD"), ("0.1000000000001", "0.10 USD")],
)
def test_money_is_shown_to_the_cent_and_beyond(amount: str, text: str) -> None:
    assert money.shown(Decimal(amount)) == text
