# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""US dollars in decimal arithmetic: sums of thousands of small amounts must not drift."""

from __future__ import annotations

import decimal
import typing as t

Money = decimal.Decimal

ZERO = Money(0)
# Places that count, in every amount: what is beyond them is the rounding of LiteLLM's binary numbers.
_PLACES = 12
# LiteLLM adds in binary floating point; what is smaller than this is its rounding, and far below a cent.
ROUNDING = Money("0.000001")


def exact(value: float | str | None) -> Money:
    """The amount that a number of LiteLLM's JSON stands for, to a millionth of a millionth of a dollar."""
    return round(Money(str(value)), _PLACES) if value is not None else ZERO


def total(amounts: t.Iterable[Money]) -> Money:
    return sum(amounts, ZERO)


def plain(amount: Money) -> float:
    """For a module's result."""
    return float(round(amount, _PLACES))


def shown(amount: Money) -> str:
    """For a sentence, with as many places as the amount needs beyond its cents: 0.25, 12.00, 0.0000075."""
    text = f"{round(amount, _PLACES):f}"
    whole, _, places = text.partition(".")
    places = places.rstrip("0")
    return f"{whole}.{places:0<2} USD"
