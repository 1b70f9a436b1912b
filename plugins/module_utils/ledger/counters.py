# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's running counters: what keys, teams, users and customers have spent, by which budgets are judged."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing as t

from ..litellm import customers
from ..litellm.client import Client
from ..litellm.fields import State
from ..litellm.paging import pages
from . import money
from .money import Money

KINDS = ("key", "team", "user", "customer")
# The field of a call that names whose it is.
OWNER: dict[str, t.Callable[[t.Any], str | None]] = {
    "key": lambda call: call.key,
    "team": lambda call: call.team,
    "user": lambda call: call.user,
    "customer": lambda call: call.customer,
}
_PERIOD = re.compile(r"^(\d+)(s|m|h|d|w|mo)$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclasses.dataclass(frozen=True)
class Counter:
    """A running counter.

    Attributes:
        kind: key, team, user or customer.
        identity: a key's SHA-256, or the id.
        name: what people call it.
        spend: US dollars since ``since``.
        since: when it began to count: the start of the budget's period, or when the object was made. None: not known.
        periodic: whether ``since`` is the start of a budget's period.
        due: whether the budget's period is over and LiteLLM has yet to set the counter to zero.

    """

    kind: str
    identity: str
    name: str
    spend: Money
    since: datetime.datetime | None
    periodic: bool
    due: bool


def read(client: Client, kinds: t.Iterable[str], now: datetime.datetime) -> list[Counter]:
    """The counters of these kinds. Raises LiteLLMError."""
    return [counter for kind in kinds for counter in _READERS[kind](client, now)]


def _keys(client: Client, now: datetime.datetime) -> t.Iterator[Counter]:
    query: dict[str, str | int] = {"return_full_object": "true", "sort_by": "created_at", "sort_order": "asc"}
    for key in pages(client, "/key/list", query, items="keys", size="size", doing="reading the keys' counters"):
        yield _counter("key", key["token"], key.get("key_alias") or key["token"], key, now)


def _teams(client: Client, now: datetime.datetime) -> t.Iterator[Counter]:
    found = pages(client, "/v2/team/list", {}, items="teams", size="page_size", doing="reading the teams' counters")
    for team in found:
        yield _counter("team", team["team_id"], team["team_id"], team, now)


def _users(client: Client, now: datetime.datetime) -> t.Iterator[Counter]:
    query: dict[str, str | int] = {"sort_by": "created_at", "sort_order": "asc"}
    for user in pages(
        client, "/user/list", query, items="users", size="page_size", doing="reading the users' counters"
    ):
        yield _counter("user", user["user_id"], user["user_id"], user, now)


def _customers(client: Client, now: datetime.datetime) -> t.Iterator[Counter]:
    for customer in customers.listed(client):
        budget = customer.get("litellm_budget_table") or {}
        times = {name: budget.get(name) for name in ("budget_duration", "budget_reset_at")}
        yield _counter("customer", customer["user_id"], customer["user_id"], {**customer, **times}, now)


_READERS: dict[str, t.Callable[[Client, datetime.datetime], t.Iterator[Counter]]] = {
    "key": _keys,
    "team": _teams,
    "user": _users,
    "customer": _customers,
}


def _counter(kind: str, identity: str, name: str, found: State, now: datetime.datetime) -> Counter:
    made, ends = moment(found.get("created_at")), moment(found.get("budget_reset_at"))
    began = period_start(ends, found.get("budget_duration"))
    starts = [start for start in (made, began) if start is not None]
    return Counter(
        kind=kind,
        identity=identity,
        name=name,
        spend=money.exact(found.get("spend")),
        since=max(starts) if starts else None,
        periodic=bool(starts) and max(starts) == began,
        due=ends is not None and ends <= now,
    )


def moment(text: str | None) -> datetime.datetime | None:
    """A time of LiteLLM's JSON; without a zone it is in UTC."""
    if not text:
        return None
    found = datetime.datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=datetime.UTC)


def period_start(ends: datetime.datetime | None, duration: str | None) -> datetime.datetime | None:
    """When a budget's period that ends then began; None when there is no such period."""
    match = _PERIOD.match(duration or "")
    if ends is None or match is None:
        return None
    count, unit = int(match[1]), match[2]
    if (count, unit) == (30, "d"):
        # LiteLLM ends such a period with the month
        count, unit = 1, "mo"
    if unit != "mo":
        return ends - datetime.timedelta(seconds=count * _SECONDS[unit])
    months = ends.year * 12 + ends.month - 1 - count
    return ends.replace(year=months // 12, month=months % 12 + 1, day=min(ends.day, 28))
