# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The ledger of a real LiteLLM on a real PostgreSQL: what agrees, what does not, and what sets it right."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import pathlib
import secrets
import time
import typing as t
from decimal import Decimal

import pytest
from litellm_fixture import modules
from litellm_fixture.fixtures import Database, Proxy
from litellm_fixture.modules import Calls

from ansible_collections.inference.platform.plugins.module_utils.ledger import check as ledger

Result = dict[str, t.Any]
WRITTEN_WITHIN = 60.0
PRICES = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.0025}


@dataclasses.dataclass(frozen=True)
class Book:
    """A team whose two keys made plain, streamed and failing calls; other tests' objects are on the proxy as well."""

    proxy: Proxy
    name: str
    hashes: tuple[str, str]
    day: str

    def check(self, *, check: bool = False, **options: t.Any) -> Result:
        """ledger_check over today, with the differences and orphans of this team's objects alone."""
        access = {"url": self.proxy.url, "master_key": self.proxy.master_key}
        period = {"start": self.day, "end": datetime.datetime.now(tz=datetime.UTC).date().isoformat()}
        given = {**access, **period, "fail": False, "settle": 2, **options}
        result = modules.run("ledger_check", given, check=check)
        assert "differences" in result, result
        for part in ("differences", "orphans"):
            result[part] = [one for one in result[part] if self.name in str(one["name"])]
        return result


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests made has long been written."""
    monkeypatch.setattr(ledger, "PAUSE", 0.2)


@pytest.fixture(scope="module")
def book(litellm: Proxy) -> t.Iterator[Book]:
    call = Calls(litellm.url, litellm.master_key)
    name = f"led{secrets.token_hex(5)}"
    params = {"model": "openai/x", "mock_response": "one two three", **PRICES}
    call("model", model_id=name, model_name=name, litellm_params=params, api_key="sk-upstream-1")
    free = {"model": "openai/x", "mock_response": "four", "input_cost_per_token": 0, "output_cost_per_token": 0}
    call("model", model_id=f"{name}-free", model_name=f"{name}-free", litellm_params=free, api_key="sk-upstream-1")
    call("team", team_id=name, models=[name, f"{name}-free"])
    call("user", user_id=name)
    values = [f"sk-{secrets.token_hex(16)}" for _ in range(2)]
    hashes = []
    for number, value in enumerate(values):
        request = {"key": value, "key_alias": f"{name}-{number}", "team_id": name, "user_id": name}
        hashes.append(litellm.post("/key/generate", request, litellm.master_key)[1]["token_id"])
    body = {"model": name, "user": f"{name}-customer", "messages": [{"role": "user", "content": "count"}]}
    for value in values:
        for more in ({}, {}, {"stream": True}, {"model": "no-such-model"}):
            litellm.text("/v1/chat/completions", {**body, **more}, value)
    litellm.text("/v1/chat/completions", {**body, "model": f"{name}-free"}, values[0])
    made = Book(litellm, name, (hashes[0], hashes[1]), datetime.datetime.now(tz=datetime.UTC).date().isoformat())
    _until_written(made)
    yield made
    for model in (name, f"{name}-free"):
        call("model", model_id=model, state="absent")


def _until_written(book: Book) -> None:
    deadline = time.monotonic() + WRITTEN_WITHIN
    while time.monotonic() < deadline:
        result = book.check(group_by=["team"])
        calls = [one["calls"] for one in result["groups"]["team"] if one["id"] == book.name]
        if calls == [9] and {one["kind"] for one in result["differences"]} <= {"model"}:
            return
        time.sleep(0.5)
    raise AssertionError("LiteLLM has not written all calls within a minute")


def team(book: Book, result: Result) -> Result:
    return t.cast(Result, next(one for one in result["groups"]["team"] if one["id"] == book.name))


def test_rows_counters_and_prices_agree_to_the_last_digit(book: Book) -> None:
    result = book.check(group_by=["team", "key", "customer", "model"])
    assert [one for one in result["differences"] if one["kind"] != "model"] == []
    own = team(book, result)
    # the model without a price has tokens as well
    paid = next(one for one in result["groups"]["model"] if one["id"] == book.name)
    due = paid["prompt_tokens"] * Decimal("0.001") + paid["completion_tokens"] * Decimal("0.0025")
    assert Decimal(str(own["spend"])) == due > 0
    assert (own["calls"], own["failed_calls"]) == (9, 2)
    for group in result["groups"].values():
        assert sum(Decimal(str(one["spend"])) for one in group) == Decimal(str(result["total"]["spend"]))
    counters = book.proxy.get(f"/team/info?team_id={book.name}", book.proxy.master_key)[1]["team_info"]
    assert Decimal(str(counters["spend"])) == pytest.approx(due)


def test_a_model_without_a_price_is_named(book: Book) -> None:
    (free,) = book.check()["differences"]
    assert (free["kind"], free["name"], free["open"]) == ("model", f"{book.name}-free", True)
    assert "the model has no price" in free["why"]
    assert "ledger does not add up" in book.check(fail=True)["msg"]


def test_a_counter_that_lost_spend_is_told_and_set_from_the_rows(book: Book) -> None:
    admin = book.proxy.master_key
    right = {one["id"]: one["spend"] for one in book.check(group_by=["key"])["groups"]["key"]}
    book.proxy.post("/key/update", {"key": book.hashes[0], "spend": 0.001}, admin)
    book.proxy.post("/user/update", {"user_id": book.name, "spend": 99.0}, admin)
    wrong = {one["kind"]: one for one in book.check()["differences"]}
    assert wrong["key"]["rows"] == right[book.hashes[0]]
    assert wrong["key"]["difference"] == pytest.approx(0.001 - right[book.hashes[0]])
    assert "never reached the counter" in wrong["key"]["why"]
    assert "what no row explains" in wrong["user"]["why"]

    own = {f"key {book.name}-0", f"user {book.name}"}
    planned = book.check(repair=True, check=True)
    # the user's counter has more than the rows: rows get lost, too
    assert own & set(planned["repaired"]) == {f"key {book.name}-0"}
    assert book.check()["differences"] == list(wrong.values())
    done = book.check(repair=True, lower=True)
    assert own <= set(done["repaired"])
    assert done["diff"]["after"][f"key {book.name}-0"] == pytest.approx(right[book.hashes[0]])
    again = book.check(repair=True, lower=True)
    assert not own & set(again["repaired"])
    assert {one["kind"] for one in again["differences"]} == {"model"}


def test_the_rows_of_a_deleted_key_stay_and_its_team_still_agrees(book: Book) -> None:
    before = team(book, book.check())
    book.proxy.post("/key/delete", {"keys": [book.hashes[1]]}, book.proxy.master_key)
    result = book.check(group_by=["team", "key"])
    assert team(book, result) == before
    orphans = {(one["kind"], one["name"]): one["spend"] for one in result["orphans"]}
    spend = next(one["spend"] for one in result["groups"]["key"] if one["id"] == book.hashes[1])
    assert orphans[("key", f"{book.name}-1")] == spend > 0
    assert {one["kind"] for one in result["differences"]} == {"model"}


def test_more_rows_than_litellm_counts_are_all_read(book: Book, postgres: Database) -> None:
    columns = 'request_id, call_type, api_key, spend, "startTime", "endTime", team_id, status'
    values = (
        "'many-' || n, 'acompletion', 'many', 0.0000123, timestamp '2020-02-02' + n * interval '5 s', "
        "timestamp '2020-02-02' + n * interval '5 s', 'many', 'success' from generate_series(1, 12345) n"
    )
    sql = f'insert into "LiteLLM_SpendLogs" ({columns}) select {values}'
    inserted = postgres.image.run(["psql", "-q", postgres.url("litellm"), "-c", sql])
    assert inserted.returncode == 0, inserted.stderr
    result = book.check(start="2020-02-02", end="2020-02-02", counters=[], group_by=["team"])
    assert (result["total"]["calls"], result["agrees"]) == (12345, True)
    assert Decimal(str(result["total"]["spend"])) == 12345 * Decimal("0.0000123")
    postgres.image.run(
        ["psql", "-q", postgres.url("litellm"), "-c", "delete from \"LiteLLM_SpendLogs\" where team_id = 'many'"]
    )


def test_the_cost_report_has_the_ledgers_total_and_is_written_once(book: Book, tmp_path: pathlib.Path) -> None:
    access = {"url": book.proxy.url, "master_key": book.proxy.master_key}
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    given = {**access, "start": book.day, "end": today, "report_dir": str(tmp_path / "report")}
    planned = modules.run("cost_report", given, check=True)
    assert (planned["changed"], (tmp_path / "report").exists()) == (True, False)
    done = modules.run("cost_report", given)
    assert done["total"] == book.check(group_by=["team"])["total"] == planned["total"]
    rows = list(csv.DictReader(pathlib.Path(done["reports"]["csv"]).read_text(encoding="utf-8").splitlines()))
    assert sum(Decimal(row["spend_usd"]) for row in rows) == Decimal(str(done["total"]["spend"]))
    assert sum(int(row["calls"]) for row in rows) == done["total"]["calls"]
    assert {book.name, f"{book.name}-free"} <= {row["model"] for row in rows if row["team"] == book.name}
    assert book.name in pathlib.Path(done["reports"]["html"]).read_text(encoding="utf-8")
    assert not modules.run("cost_report", given)["changed"]


def test_engines_that_do_not_answer_and_readings_that_are_none_are_named(book: Book) -> None:
    result = modules.run("engine_tokens_info", {"urls": {"m": ["http://127.0.0.1:9"]}})
    assert "The engine at http://127.0.0.1:9 does not answer /metrics" in result["msg"]
    result = modules.run("engine_tokens_info", {"urls": {"m": [book.proxy.url]}})
    assert "Is this really vLLM's /metrics?" in result["msg"]
