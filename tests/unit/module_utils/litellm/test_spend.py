# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import spend
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

from .answers import Answers

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
NO_FILTER: dict[str, str | None] = {}


def entry(number: int, second: float, **more: t.Any) -> dict[str, t.Any]:
    started = (START + datetime.timedelta(seconds=second)).isoformat(timespec="milliseconds")
    row = {"request_id": f"r{number}", "startTime": started, "endTime": started, "call_type": "acompletion"}
    usage = {"spend": 0.1, "prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    return {**row, **usage, "api_key": "h", "team_id": "", "user": None, "model_group": "m", "status": None, **more}


class Ledger:
    """Rows as LiteLLM gives them: from a second on, sorted by time, in pages."""

    def __init__(self, *rows: dict[str, t.Any]) -> None:
        self.answers = Answers(self._answer)
        self._rows = sorted(rows, key=lambda row: row["startTime"])

    def _answer(self, _path: str, query: dict[str, t.Any]) -> t.Any:
        first = query["start_date"].replace(" ", "T")
        last = query["end_date"].replace(" ", "T") + ".000"
        found = [row for row in self._rows if first <= row["startTime"][:23] <= last]
        skip = (query["page"] - 1) * query["page_size"]
        return {"data": found[skip : skip + query["page_size"]]}

    def read(self, most: int = 10**6) -> list[dict[str, t.Any]]:
        within = spend.period("2026-01-01", "2026-01-01")
        return spend.rows(self.answers.client, within, NO_FILTER, most=most)


def test_a_date_alone_ends_with_its_day() -> None:
    assert spend.period("2026-01-01", "2026-01-01").end == START + datetime.timedelta(days=1)
    exact = spend.period("2026-01-01 08:00:00", "2026-01-01 09:30:00")
    assert exact.end - exact.start == datetime.timedelta(minutes=90)


@pytest.mark.parametrize(("start", "end"), [("x", "2026-01-01"), ("2026-01-02", "2026-01-01"), ("2026-13-01", "2027")])
def test_a_wrong_period_is_refused(start: str, end: str) -> None:
    with pytest.raises(InputError):
        spend.period(start, end)


def test_every_row_is_read_once_even_where_pages_end_inside_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spend, "PAGE", 4)
    seconds = [0.1, 0.2, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 9.0, 86_399.9]
    ledger = Ledger(*[entry(number, second) for number, second in enumerate(seconds)])
    assert [row["request_id"] for row in ledger.read()] == [f"r{number}" for number in range(len(seconds))]


def test_the_moment_of_the_end_belongs_to_the_next_period() -> None:
    assert [row["request_id"] for row in Ledger(entry(1, 0), entry(2, 86_400)).read()] == ["r1"]


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(InputError, match="More than 1 rows"):
        Ledger(entry(1, 0), entry(2, 1)).read(most=1)


def test_sums_are_exact_and_the_dearest_comes_first() -> None:
    rows = Ledger(
        *[entry(number, number) for number in range(10)],
        entry(10, 10, model_group="dear", spend=5, api_key="k", metadata={"user_api_key_alias": "ci"}),
        entry(11, 11, model_group="", model="unknown-model", status="failure", spend=None, total_tokens=None),
    ).read()
    assert spend.total(rows)["spend"] == 6.0
    assert (spend.total(rows)["calls"], spend.total(rows)["failed_calls"]) == (12, 1)
    by_model = spend.grouped(rows, "model")
    assert [group["model"] for group in by_model] == ["dear", "m", "unknown-model"]
    assert by_model[1]["spend"] == 1.0
    assert spend.grouped(rows, "key")[0]["key_alias"] == "ci"
    assert spend.grouped(rows, "team")[0]["team_id"] is None


def test_a_key_in_the_clear_is_never_passed_on() -> None:
    (row,) = Ledger(entry(1, 0, api_key="sk-0123456789abcdef")).read()
    assert "sk-" not in str(row)
    assert len(row["key_hash"]) == 64


def test_a_call_that_another_model_answered_says_who_was_asked() -> None:
    marked = {"attempted_fallbacks": 1, "original_model_group": "asked"}
    ledger = Ledger(
        entry(1, 1, metadata=marked),
        entry(2, 2, metadata={"attempted_fallbacks": 0, "original_model_group": "m"}),
        entry(3, 3, metadata=marked, status="failure"),
        entry(4, 4),
    )
    rows = ledger.read()
    assert [row["fallback_from"] for row in rows] == ["asked", None, "asked", None]
    assert spend.total(rows)["fallback_calls"] == 1
