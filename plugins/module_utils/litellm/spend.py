# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What was spent in a period, from LiteLLM's own rows: one per call. US dollars and tokens."""

from __future__ import annotations

import dataclasses
import datetime
import math
import typing as t

from .client import Client
from .errors import InputError
from .fields import State
from .keys import key_hash

PAGE = 1000
GROUPS = {"key": "key_hash", "team": "team_id", "user": "user_id", "customer": "customer_id", "model": "model"}
_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")
_SECOND = "%Y-%m-%d %H:%M:%S"


class TooManyRowsError(InputError):
    """There are more rows than somebody wants to read."""


@dataclasses.dataclass(frozen=True)
class Period:
    """From ``start`` to before ``end``, in UTC."""

    start: datetime.datetime
    end: datetime.datetime


def period(start: str, end: str) -> Period:
    """A date alone begins its day as a start, and ends it as an end. Raises InputError."""
    first, last = _moment("start", start), _moment("end", end)
    if len(end.strip()) == len("YYYY-MM-DD"):
        last += datetime.timedelta(days=1)
    if last <= first:
        raise InputError(f"The period from {start} to {end} is empty: end must be after start.")
    return Period(first, last)


def _moment(option: str, text: str) -> datetime.datetime:
    for form in (_SECOND, "%Y-%m-%d"):
        try:
            return datetime.datetime.strptime(text.strip(), form).replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
    raise InputError(f"{option} must look like 2026-01-31 or 2026-01-31 23:59:59, in UTC, not {text!r}.")


def rows(client: Client, within: Period, filters: t.Mapping[str, str | None], *, most: int) -> list[State]:
    """GET /spend/logs/v2, every page. Raises InputError when there are more than ``most`` rows.

    LiteLLM counts at most 10000 rows and sorts rows of one moment anyhow, so its page numbers are not relied upon:
    each request goes on at the second of the last row, and rows that come again are told by their request_id.
    """
    found: dict[str, State] = {}
    moment, page = within.start, 1
    while True:
        got = _page(client, moment, within.end, filters, page)
        found.update((entry["request_id"], _row(entry)) for entry in got)
        if len(found) > most:
            raise TooManyRowsError(
                f"More than {most} rows are in the period. Ask for a shorter one, filter more, or raise max_rows."
            )
        if len(got) < PAGE:
            break
        last = _started(got[-1]).replace(microsecond=0)
        moment, page = (last, 1) if last > moment else (moment, page + 1)
    return [row for row in found.values() if _inside(row, within) and _wanted_alias(row, filters)]


def _page(
    client: Client, start: datetime.datetime, end: datetime.datetime, filters: t.Mapping[str, str | None], page: int
) -> list[State]:
    query: dict[str, str | int] = {name: value for name, value in filters.items() if value is not None}
    window = {"start_date": start.strftime(_SECOND), "end_date": end.strftime(_SECOND)}
    order: dict[str, str | int] = {"sort_by": "startTime", "sort_order": "asc", "page": page, "page_size": PAGE}
    answer = client.get("/spend/logs/v2", {**query, **window, **order}, doing="reading the spend rows")
    return t.cast(list[State], answer["data"])


def _started(entry: State) -> datetime.datetime:
    return datetime.datetime.fromisoformat(entry["startTime"])


def _row(entry: State) -> State:
    return {
        "request_id": entry["request_id"],
        "started": entry["startTime"],
        "ended": entry["endTime"],
        "call_type": entry["call_type"],
        "status": "failure" if entry.get("status") == "failure" else "success",
        "key_hash": _hash(entry["api_key"]),
        "key_alias": (entry.get("metadata") or {}).get("user_api_key_alias"),
        "team_id": entry.get("team_id") or None,
        "user_id": entry.get("user") or None,
        "customer_id": entry.get("end_user") or None,
        "model": entry.get("model_group") or entry.get("model") or None,
        "model_id": entry.get("model_id") or None,
        "broken_off": _broken_off(entry),
        "fallback_from": fallback_from(entry),
        "spend": float(entry["spend"] or 0.0),
        **{name: int(entry[name] or 0) for name in _TOKENS},
    }


def _broken_off(entry: State) -> bool:
    """Whether the caller went away in the middle: LiteLLM bills such a call as answered, by its own estimate."""
    error = (entry.get("metadata") or {}).get("error_information") or {}
    return bool(error.get("error_class") == "ClientDisconnected")


def fallback_from(entry: State) -> str | None:
    """The model that the caller asked for, where another one answered in its place."""
    metadata = entry.get("metadata") or {}
    return (metadata.get("original_model_group") or None) if metadata.get("attempted_fallbacks") else None


def _hash(key: str | None) -> str | None:
    """A row has the hash already; should one ever have the value itself, it goes no further."""
    return key_hash(key) if key and key.startswith("sk-") else key or None


def _inside(row: State, within: Period) -> bool:
    """LiteLLM takes the very moment of the end with it."""
    return datetime.datetime.fromisoformat(row["started"]) < within.end


def _wanted_alias(row: State, filters: t.Mapping[str, str | None]) -> bool:
    """LiteLLM finds aliases that contain the one asked for."""
    return filters.get("key_alias") in (None, row["key_alias"])


def total(of: t.Sequence[State]) -> State:
    """Calls, US dollars and tokens of these rows. A fallback that failed is a failed call alone."""
    return {
        "calls": len(of),
        "failed_calls": sum(row["status"] == "failure" for row in of),
        "fallback_calls": sum(_answered_by_fallback(row) for row in of),
        "spend": math.fsum(row["spend"] for row in of),
        **{name: sum(row[name] for row in of) for name in _TOKENS},
    }


def _answered_by_fallback(row: State) -> bool:
    return row["fallback_from"] is not None and row["status"] != "failure"


def grouped(of: t.Sequence[State], by: str) -> list[State]:
    """Totals by key, team, user, customer or model, the dearest first. The identity is None where a call had none."""
    field = GROUPS[by]
    parts: dict[str | None, list[State]] = {}
    for row in of:
        parts.setdefault(row[field], []).append(row)
    totals = [{field: identity, **_alias(by, part), **total(part)} for identity, part in parts.items()]
    return sorted(totals, key=lambda entry: (-entry["spend"], str(entry[field])))


def _alias(by: str, part: list[State]) -> State:
    return {"key_alias": part[-1]["key_alias"]} if by == "key" else {}
