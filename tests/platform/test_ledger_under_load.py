# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""10,000 mixed calls of 20 keys in 4 teams: the ledger has each of them, and what is lost when servers are killed is shown.

usage: INVENTORY=inventories/local pytest -s tests/platform/test_ledger_under_load.py
The inventory's platform must be up with platform_tier=prod (two proxies). The teams are removed at the end.
CALLS=1000 makes fewer calls.
"""

from __future__ import annotations

import json
import os
import pathlib
import secrets
import threading
import time
import typing as t
from decimal import Decimal

import pytest
from callers import ABORTED, FAILING, PLAIN, STREAMED, Account, Callers, Kind
from running import Platform

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

CALLS = int(os.environ.get("CALLS", "10000"))
# Rows of an earlier run stay in the ledger.
RUN = f"load-{secrets.token_hex(3)}"
TEAMS = [f"{RUN}-{letter}" for letter in "abcd"]
# The last key of each team hangs up on its answers; nobody but the ledger knows what those calls came to.
ALIASES = ["one", "two", "three", "four", "hasty"]
PODS = "/api/v1/namespaces/llm-gateway/pods"
WRITTEN_WITHIN = 120.0


@pytest.fixture(scope="module")
def keys(platform: Platform) -> t.Iterator[dict[str, str]]:
    """The values of 20 keys in 4 teams, by <team>-<alias>; gone at the end, with what they spent in the ledger."""
    budget = {"usd": 1000, "period": "30d"}
    teams = [
        {"team": team, "models": ["coder-chat"], "budget": budget, "keys": [{"alias": alias} for alias in ALIASES]}
        for team in TEAMS
    ]
    platform.must("tenants", platform_tier="prod", platform_tenants=[*platform.variables["platform_tenants"], *teams])
    names = [f"{team}-{alias}" for team in TEAMS for alias in ALIASES]
    yield {name: (platform.state / "keys" / name).read_text().strip() for name in names}
    for team in TEAMS:
        platform.must("remove_tenant", platform_tier="prod", team=team, confirm=team)


def plan(keys: dict[str, str], calls: int) -> list[tuple[str, Kind]]:
    """Of ten calls five are plain, three streamed, one fails; hasty keys hang up on all."""
    names = sorted(keys)
    kinds = [PLAIN] * 5 + [STREAMED] * 4 + [FAILING]
    found = []
    for number in range(calls):
        name = names[number % len(names)]
        found.append((name, ABORTED if name.endswith("-hasty") else kinds[number // len(names) % len(kinds)]))
    return found


class Ledger:
    """What the ledger says of the teams."""

    def __init__(self, platform: Platform, folder: pathlib.Path) -> None:
        self._platform = platform
        self._file = folder / "ledger.json"

    def read(self) -> dict[str, t.Any]:
        self._platform.must("../tests/platform/ledger_of_teams", platform_tier="prod", into=str(self._file))
        return t.cast("dict[str, t.Any]", json.loads(self._file.read_text()))

    def rows(self, calls: int | None = None) -> tuple[dict[str, dict[str, t.Any]], dict[str, t.Any]]:
        """Rows by key (<team>-<alias>), once there are as many calls as wanted or, for None, none has come for a while."""
        deadline = time.monotonic() + WRITTEN_WITHIN
        before = -1
        while True:
            result = self.read()
            found = {row["name"]: row for row in result["groups"]["key"] if str(row["name"]).startswith(RUN)}
            count = sum(row["calls"] for row in found.values())
            if count == calls or (calls is None and count == before) or time.monotonic() > deadline:
                return found, result
            before = count
            time.sleep(10)


def faults(result: dict[str, t.Any]) -> list[str]:
    """Counters of the teams and of their keys that differ from their rows."""
    return [
        f"{one['kind']} {one['name']}: {one['difference']} {one['unit']}: {one['why']}"
        for one in result["differences"]
        if one["open"] and str(one["name"]).startswith(RUN)
    ]


def test_every_call_has_a_row_and_all_sums_agree_to_the_last_digit(
    platform: Platform, keys: dict[str, str], tmp_path: pathlib.Path
) -> None:
    callers = Callers(platform.endpoint, keys)
    seconds = callers.call(plan(keys, CALLS), at_once=24)
    print(f"\n{CALLS} calls in {seconds:.0f} s, {CALLS / seconds:.0f} per second")
    assert sum(account.broken for account in callers.accounts.values()) == 0
    rows, result = Ledger(platform, tmp_path).rows(CALLS)
    assert {name: row["calls"] for name, row in rows.items()} == {
        name: account.sent for name, account in callers.accounts.items()
    }
    price = next(model for model in platform.variables["platform_models"] if model["name"] == "coder-chat")["price"]
    for name, account in callers.accounts.items():
        row = rows[name]
        assert row["failed_calls"] == account.refused, name
        if not name.endswith("-hasty"):
            assert (row["prompt_tokens"], row["completion_tokens"]) == (
                account.prompt_tokens,
                account.completion_tokens,
            )
        owed = row["prompt_tokens"] * Decimal(str(price["input_per_token"]))
        owed += row["completion_tokens"] * Decimal(str(price.get("output_per_token", 0)))
        assert abs(Decimal(str(row["spend"])) - owed) < Decimal("0.000000001"), name
    assert faults(result) == []


def answered(accounts: t.Iterable[Account]) -> int:
    return sum(account.whole for account in accounts)


@pytest.mark.parametrize("victim", ["proxy", "database"])
def test_a_server_that_ends_in_the_middle_loses_no_row_of_an_answered_call(
    platform: Platform, cluster: Client, keys: dict[str, str], tmp_path: pathlib.Path, victim: str
) -> None:
    ledger = Ledger(platform, tmp_path)
    before, _result = ledger.rows()
    callers = Callers(platform.endpoint, keys)
    pod = next(
        pod
        for pod in cluster.list(PODS)[0]
        if pod["metadata"]["labels"].get("app.kubernetes.io/name") == SERVER[victim]
    )
    ending = threading.Timer(5, lambda: delete(cluster, pod))
    ending.start()
    calls = [entry for entry in plan(keys, 4 * CALLS // 10) if entry[1] in (PLAIN, STREAMED)]
    seconds = callers.call(calls, at_once=16)
    ending.join()
    after, _result = ledger.rows()
    rows = sum(row["calls"] - row["failed_calls"] for row in after.values())
    rows -= sum(row["calls"] - row["failed_calls"] for row in before.values())
    broken = sum(account.broken for account in callers.accounts.values())
    print(f"\n{victim} ended: {len(calls)} calls in {seconds:.0f} s, {broken} broken, {rows} rows")
    # A call that broke may have been answered by the engine, and then has its row.
    assert answered(callers.accounts.values()) <= rows <= len(calls)


SERVER = {"proxy": "litellm", "database": "postgres"}


def delete(cluster: Client, pod: dict[str, t.Any]) -> None:
    cluster.delete(f"{PODS}/{pod['metadata']['name']}", uid=pod["metadata"]["uid"], propagation="Background")
