# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The filters and orders of searches and lists."""

from __future__ import annotations

import operator
import typing as t
from collections.abc import Callable

from .catalogue import driver_number
from .errors import invalid

_SETTINGS = frozenset({"order", "type", "limit", "allocated_storage", "disable_bundling", "target_reliability"})
_COMPARE: dict[str, Callable[[t.Any, t.Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def _same_type(value: t.Any, wanted: t.Any) -> t.Any:
    """Clients send numbers and truths as text, too."""
    if isinstance(value, bool) and isinstance(wanted, str):
        return wanted.lower() == "true"
    if isinstance(value, int | float) and isinstance(wanted, str):
        try:
            return float(wanted)
        except ValueError as error:
            raise invalid(f"error 400/3301: Invalid args: {wanted!r} is not a number") from error
    return wanted


def _comparable(field: str, row: dict[str, t.Any], wanted: t.Any) -> tuple[t.Any, t.Any]:
    value = row.get(field)
    if field == "driver_version":
        number = driver_number(wanted) if isinstance(wanted, str) and "." in wanted else wanted
        return row.get("driver_vers", driver_number(str(value))), _same_type(0, number)
    if field == "geolocation" and isinstance(value, str) and isinstance(wanted, str) and len(wanted) == 2:
        return value.rpartition(", ")[2], wanted
    return value, _same_type(value, wanted)


def _holds(field: str, name: str, row: dict[str, t.Any], wanted: t.Any) -> bool:
    if name in ("in", "notin", "nin"):
        if not isinstance(wanted, list):
            raise invalid(f"error 400/3302: Invalid args: {field}.{name} needs a list")
        found = any(left == right for left, right in (_comparable(field, row, one) for one in wanted))
        return found is (name == "in")
    value, compared = _comparable(field, row, wanted)
    if name in ("eq", "neq"):
        return (value == compared) is (name == "eq")
    if name not in _COMPARE:
        raise invalid(f"error 400/3303: Invalid args: unknown operator {name!r} of {field!r}")
    return value is not None and compared is not None and _COMPARE[name](value, compared)


def select(rows: list[dict[str, t.Any]], filters: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """The rows for which every operator of every field holds."""
    found = rows
    for field, operators in filters.items():
        if field in _SETTINGS:
            continue
        if not isinstance(operators, dict):
            raise invalid(f"error 400/3304: Invalid args: {field!r} needs an operator, such as {{'eq': ...}}")
        for name, wanted in operators.items():
            found = [row for row in found if _holds(field, name, row, wanted)]
    return found


def _key(field: str) -> Callable[[dict[str, t.Any]], tuple[bool, t.Any]]:
    return lambda row: (row.get(field) is not None, row.get(field) if row.get(field) is not None else 0)


def ordered(rows: list[dict[str, t.Any]], order: list[tuple[str, str]]) -> list[dict[str, t.Any]]:
    """The rows by several fields, the first one first."""
    result = list(rows)
    for field, direction in reversed(order):
        result.sort(key=_key(field), reverse=direction == "desc")
    return result
