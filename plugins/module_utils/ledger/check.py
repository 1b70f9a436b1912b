# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The whole reconciliation: read counters and rows until they stand still, compare, set counters from rows."""

from __future__ import annotations

import dataclasses
import datetime
import time
import typing as t

from ..litellm.client import Client
from ..litellm.spend import Period
from . import balance, calls, counters, money, prices, pricing, sums, tokens
from .calls import LONGEST_CALL, Call
from .counters import Counter
from .differences import Difference
from .engines import Work
from .money import Money

# The first rows of any LiteLLM are younger: for counters that do not say since when they count.
BEGINNING = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
# LiteLLM writes its batches every few seconds.
PAUSE = 5.0


@dataclasses.dataclass(frozen=True)
class Order:
    """What to reconcile; settle and times in seconds, tolerance in US dollars.

    Attributes:
        period: of the sums and of the prices.
        kinds: of counters: key, team, user, customer.
        work: what engines did.
        tolerance: what is no difference.
        token_share: the part of the engines' tokens that may differ without being a fault.
        settle: how long to wait for calls that LiteLLM has yet to write.
        most: rows to read at most.

    """

    period: Period
    kinds: tuple[str, ...]
    work: tuple[Work, ...] = ()
    tolerance: Money = money.ROUNDING
    token_share: Money = money.ZERO
    settle: float = 30.0
    most: int = 200000


@dataclasses.dataclass(frozen=True)
class Statement:
    """What was found: the calls of the period, all differences, and how often everything was read."""

    calls: list[Call]
    differences: list[Difference]
    counters: list[Counter]
    kinds: tuple[str, ...]
    deployments: dict[str, prices.Deployment]
    readings: int

    @property
    def faults(self) -> list[Difference]:
        return [difference for difference in self.differences if difference.open]

    def orphans(self) -> list[dict[str, t.Any]]:
        """Sums of the calls whose key, team, user or customer has no counter: it was deleted, or never made."""
        known = {(counter.kind, counter.identity) for counter in self.counters}
        names = {call.key: call.key_alias for call in self.calls}
        return [
            {
                "kind": kind,
                "id": identity,
                "name": names.get(identity) if kind == "key" else identity,
                "spend": money.plain(part.spend),
            }
            for kind in self.kinds
            for (identity,), part in sums.by(self.calls, kind).items()
            if identity is not None and (kind, identity) not in known
        ]


def statement(client: Client, order: Order, *, sleep: t.Callable[[float], None] = time.sleep) -> Statement:
    """Reads and compares. Raises LiteLLMError."""
    deployments = prices.deployments(client)
    found = _Watch(client, order)
    unbalanced = found.until_still(sleep)
    inside = calls.within(found.calls, order.period)
    differences = [
        *unbalanced,
        *pricing.compare(inside, deployments, order.tolerance),
        *tokens.compare(order.work, found.calls, deployments, order.token_share),
    ]
    return Statement(inside, differences, found.counters, order.kinds, deployments, found.readings)


class _Watch:
    """Reads again while there are differences that still change."""

    def __init__(self, client: Client, order: Order) -> None:
        self._client = client
        self._order = order
        self._reader: calls.Reader | None = None
        self.calls: list[Call] = []
        self.counters: list[Counter] = []
        self.readings = 0

    def until_still(self, sleep: t.Callable[[float], None]) -> list[Difference]:
        waited = 0.0
        last = self._differences()
        while last and waited < self._order.settle:
            sleep(PAUSE)
            waited += PAUSE
            now = self._differences()
            if [one.amount for one in now] == [one.amount for one in last]:
                return now
            last = _moving(last, now)
        return last

    def _differences(self) -> list[Difference]:
        now = datetime.datetime.now(datetime.UTC)
        self.counters = counters.read(self._client, self._order.kinds, now)
        if self._reader is None:
            self._reader = calls.Reader(self._client, self._start(), most=self._order.most)
        self.calls = self._reader.read(datetime.datetime.now(datetime.UTC))
        self.readings += 1
        return balance.compare(self.counters, self.calls, self._order.tolerance)

    def _start(self) -> datetime.datetime:
        """Early enough for every counter and every reading of an engine."""
        starts = [counter.since or BEGINNING for counter in self.counters if counter.spend or counter.since]
        starts += [work.start for work in self._order.work]
        return min([self._order.period.start, *(start - LONGEST_CALL for start in starts)])


def _moving(last: list[Difference], now: list[Difference]) -> list[Difference]:
    """The present differences; those that were others a moment ago are calls on their way."""
    before = {(one.kind, one.identity): one.amount for one in last}
    why = "The difference changed while it was watched: LiteLLM has yet to write calls that ended just now."
    return [
        one
        if before.get((one.kind, one.identity)) == one.amount
        else dataclasses.replace(one, why=why, cure="Read again in a quiet moment.", open=False)
        for one in now
    ]


def repair(client: Client, differences: t.Iterable[Difference], *, lower: bool, check: bool) -> list[Difference]:
    """Sets the counters of keys and users to the sums of their rows; those that were set, or in check mode would be.

    Counters that have more than their rows are set with ``lower`` alone: a killed proxy loses rows, too, and then the
    counter is nearer to the truth.
    """
    done = []
    for one in differences:
        request = _request(one)
        if request is None or not one.open or (one.amount > 0 and not lower):
            continue
        path, body = request
        if not check:
            client.post(path, body, doing=f"setting the counter of {one.kind} '{one.name}'")
        done.append(one)
    return done


def _request(one: Difference) -> tuple[str, dict[str, t.Any]] | None:
    """Other kinds of counters cannot be set in any way that LiteLLM documents."""
    spend = money.plain(one.rows)
    if one.kind == "key":
        return "/key/update", {"key": one.identity, "spend": spend}
    if one.kind == "user":
        return "/user/update", {"user_id": one.identity, "spend": spend}
    return None
