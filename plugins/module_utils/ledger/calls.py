# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's spend rows with exact money and real times, read again while they still arrive."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..litellm import spend
from ..litellm.client import Client
from ..litellm.errors import InputError
from ..litellm.fields import State
from . import money
from .money import Money

# A row is written when its call has ended, under the time at which it began: calls may take this long.
LONGEST_CALL = datetime.timedelta(minutes=20)


@dataclasses.dataclass(frozen=True)
class Call:
    """One row. An identity is None where the call had none; ``deployment`` is LiteLLM's model_id.

    A call that its caller broke off has not failed: LiteLLM bills it by an estimate of its tokens. ``model`` answered;
    ``fallback_from`` is the model that was asked for, where that is another one.
    """

    request_id: str
    started: datetime.datetime
    ended: datetime.datetime
    failed: bool
    broken_off: bool
    fallback_from: str | None
    key: str | None
    key_alias: str | None
    team: str | None
    user: str | None
    customer: str | None
    model: str | None
    deployment: str | None
    spend: Money
    prompt_tokens: int
    completion_tokens: int

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


def of_row(row: State) -> Call:
    return Call(
        request_id=row["request_id"],
        started=datetime.datetime.fromisoformat(row["started"]),
        ended=datetime.datetime.fromisoformat(row["ended"]),
        failed=row["status"] == "failure",
        broken_off=row["broken_off"],
        fallback_from=row["fallback_from"],
        key=row["key_hash"],
        key_alias=row["key_alias"],
        team=row["team_id"],
        user=row["user_id"],
        customer=row["customer_id"],
        model=row["model"],
        deployment=row["model_id"],
        spend=money.exact(row["spend"]),
        prompt_tokens=row["prompt_tokens"],
        completion_tokens=row["completion_tokens"],
    )


class Reader:
    """The calls from a moment to now. A second reading asks for the newest alone."""

    def __init__(self, client: Client, start: datetime.datetime, *, most: int) -> None:
        self._client = client
        self._start = start
        self._most = most
        self._found: dict[str, Call] = {}
        self._read_until: datetime.datetime | None = None

    def read(self, now: datetime.datetime) -> list[Call]:
        """All calls that began between the start and ``now``, in UTC. Raises LiteLLMError."""
        start = self._start if self._read_until is None else max(self._start, self._read_until - LONGEST_CALL)
        end = now.replace(microsecond=0) + datetime.timedelta(seconds=1)
        period = spend.Period(start.replace(microsecond=0), end)
        try:
            rows = spend.rows(self._client, period, {}, most=self._most)
        except spend.TooManyRowsError as error:
            raise InputError(
                f"More than {self._most} rows were written since {start:%Y-%m-%d}, where the oldest counter begins. Compare fewer "
                "counters (without customers, for example, whose counters never end), or raise max_rows."
            ) from error
        self._found.update((row["request_id"], of_row(row)) for row in rows)
        self._read_until = now
        return [call for call in self._found.values() if call.started >= self._start]


def within(calls: t.Iterable[Call], period: spend.Period) -> list[Call]:
    return [call for call in calls if period.start <= call.started < period.end]
