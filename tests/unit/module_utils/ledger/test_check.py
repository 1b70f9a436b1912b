# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The reconciliation waits for batches, tells what moves from what is wrong, and repairs what can be repaired."""

from __future__ import annotations

import typing as t
from decimal import Decimal

import pytest

from ansible_collections.inference.platform.plugins.module_utils.ledger import check
from ansible_collections.inference.platform.plugins.module_utils.ledger.check import Order
from ansible_collections.inference.platform.plugins.module_utils.litellm import spend
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

ROW = {
    "request_id": "r1",
    "call_type": "acompletion",
    "startTime": "2026-01-01T01:00:00+00:00",
    "endTime": "2026-01-01T01:00:01+00:00",
    "api_key": "hash",
    "metadata": {"user_api_key_alias": "ci"},
    "team_id": "research",
    "model_group": "coder-chat",
    "model_id": "coder-chat",
    "spend": 0.0007,
    "prompt_tokens": 10,
    "completion_tokens": 20,
    "total_tokens": 30,
}
MODEL = {
    "model_name": "coder-chat",
    "litellm_params": {"model": "openai/coder-chat", "input_cost_per_token": 1e-05, "output_cost_per_token": 3e-05},
    "model_info": {"id": "coder-chat"},
}
KEY = {"token": "hash", "key_alias": "ci", "created_at": "2026-01-01T00:00:00Z", "spend": 0.0}


class Proxy:
    """A proxy whose key has spent what the list says, one entry for each time that it is read."""

    def __init__(self, *spent: float) -> None:
        self._spent = list(spent)
        self.sent: list[tuple[str, dict[str, t.Any]]] = []
        self.slept = 0.0

    def get(self, path: str, query: t.Mapping[str, str | int] | None = None, *, doing: str) -> t.Any:
        if path == "/v2/model/info":
            return {"data": [MODEL], "total_pages": 1}
        if path == "/key/list":
            now = self._spent.pop(0) if len(self._spent) > 1 else self._spent[0]
            return {"keys": [{**KEY, "spend": now}], "total_pages": 1}
        assert path == "/spend/logs/v2"
        return {"data": [ROW]}

    def post(self, path: str, body: dict[str, t.Any], *, doing: str) -> None:
        self.sent.append((path, body))

    def statement(self, **more: t.Any) -> check.Statement:
        order = Order(spend.period("2026-01-01", "2026-01-01"), kinds=("key",), **more)
        return check.statement(self.client, order, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    @property
    def client(self) -> Client:
        return t.cast(Client, self)


def test_what_agrees_is_read_once() -> None:
    proxy = Proxy(0.0007)
    found = proxy.statement()
    assert (found.differences, found.readings, proxy.slept) == ([], 1, 0.0)


def test_a_batch_that_is_still_written_is_waited_for() -> None:
    found = Proxy(0.0, 0.0003, 0.0007).statement()
    assert (found.differences, found.readings) == ([], 3)


def test_a_difference_that_stands_still_is_a_fault() -> None:
    found = Proxy(0.0, 0.0002).statement()
    assert [one.amount for one in found.faults] == [Decimal("-0.0005")]
    assert found.readings == 3


def test_a_difference_that_moves_to_the_end_is_none() -> None:
    proxy = Proxy(*[number / 10**5 for number in range(20)])
    found = proxy.statement(settle=15.0)
    assert (found.faults, proxy.slept) == ([], 15.0)
    assert "changed while it was watched" in found.differences[0].why


@pytest.mark.parametrize("dry", [False, True])
def test_a_repair_sets_the_sum_of_the_rows_and_nothing_in_check_mode(dry: bool) -> None:
    proxy = Proxy(0.0)
    done = check.repair(proxy.client, proxy.statement().differences, lower=False, check=dry)
    assert [one.name for one in done] == ["ci"]
    assert proxy.sent == ([] if dry else [("/key/update", {"key": "hash", "spend": 0.0007})])


def test_a_counter_with_more_than_its_rows_is_lowered_only_when_asked() -> None:
    proxy = Proxy(9.0)
    differences = proxy.statement().differences
    assert check.repair(proxy.client, differences, lower=False, check=False) == proxy.sent == []
    check.repair(proxy.client, differences, lower=True, check=False)
    assert proxy.sent == [("/key/update", {"key": "hash", "spend": 0.0007})]


def test_calls_of_somebody_who_is_gone_are_named() -> None:
    proxy = Proxy(0.0007)
    found = proxy.statement()
    assert found.orphans() == []
    found.counters.clear()
    assert found.orphans() == [{"kind": "key", "id": "hash", "name": "ci", "spend": 0.0007}]


def test_too_many_rows_are_refused_with_what_to_leave_out() -> None:
    with pytest.raises(InputError, match=r"More than 0 rows were written since 2025-12-31.*Compare fewer counters"):
        Proxy(0.0).statement(most=0)
