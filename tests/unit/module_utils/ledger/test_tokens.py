# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engines' counts against the rows, and the rows against the prices."""

from __future__ import annotations

import dataclasses
import typing as t
from decimal import Decimal

import pytest

from ansible_collections.inference.platform.plugins.module_utils.ledger import engines, money, pricing, sums, tokens
from ansible_collections.inference.platform.plugins.module_utils.ledger.engines import Reading, Work
from ansible_collections.inference.platform.plugins.module_utils.ledger.prices import Deployment
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

from .making import DEPLOYMENTS, PRICED, at, call

METRICS = """# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="coder-chat"} 26.0
vllm:generation_tokens_total{engine="0",model_name="coder-chat"} 10.0
process_start_time_seconds 1.5e+09
"""


def reading(engine: str, minute: float, prompt: int, completion: int, process: float = 1.0) -> Reading:
    return Reading(engine, "coder-chat", at(minute), process, prompt, completion)


def work(prompt: int, completion: int, lost: tuple[str, ...] = ()) -> Work:
    return Work("coder-chat", at(0), at(100), prompt, completion, lost)


def difference(of: Work, *calls: t.Any, share: str = "0") -> t.Any:
    found = tokens.compare([of], calls, DEPLOYMENTS, Decimal(share))
    return found[0] if found else None


def test_a_reading_comes_from_vllms_text_and_survives_json() -> None:
    found = engines.of_text(METRICS, "pod-a", "coder-chat", at(0))
    assert (found.prompt_tokens, found.completion_tokens, found.process) == (26, 10, 1.5e9)
    assert engines.parse(found.as_dict()) == found
    with pytest.raises(InputError, match="really vLLM"):
        engines.of_text("up 1", "pod-a", "coder-chat", at(0))
    with pytest.raises(InputError, match="not what engine_tokens_info returns"):
        engines.parse({"engine": "a"})


def test_replicas_that_come_and_go_are_counted_from_their_start() -> None:
    before = [reading("a", 0, 100, 10), reading("b", 1, 50, 5), reading("c", 1, 7, 7)]
    after = [reading("a", 10, 130, 15), reading("b", 11, 4, 2, process=2.0), reading("d", 12, 6, 3)]
    (found,) = engines.between(before, after)
    assert (found.prompt_tokens, found.completion_tokens) == (30 + 4 + 6, 5 + 2 + 3)
    assert found.lost == ("b", "c")
    assert (found.start, found.end) == (at(1), at(10))
    with pytest.raises(InputError, match="swapped"):
        engines.between(after, before)


def test_engines_and_rows_that_agree_say_nothing() -> None:
    assert difference(work(20, 40), call(1), call(2, deployment="coder-chat-fim"), call(3, failed=True)) is None


def test_calls_that_an_external_endpoint_answered_are_no_work_of_the_engines() -> None:
    far = {**DEPLOYMENTS, "far": Deployment("far", "", Decimal("0.001"), Decimal("0.002"))}
    elsewhere = call(2, "0.05", model="far", deployment="far", fallback_from="coder-chat")
    assert tokens.compare([work(10, 20)], [call(1), elsewhere], far, Decimal(0)) == []
    assert pricing.compare([elsewhere], far, Decimal("0.01")) == []


@pytest.mark.parametrize(
    ("of", "more", "fault", "reason"),
    [
        (work(25, 20), {}, True, "have no row"),
        (work(5, 20), {}, True, "More was billed"),
        (work(25, 20), {"broken_off": True}, False, "broken off by the caller"),
        (work(99, 20), {"broken_off": True}, True, "broken off by the caller"),
        (work(9, 20), {"ended": at(101)}, False, "under way"),
        (work(99, 20, ("pod-a",)), {}, False, "counters of pod-a ended"),
    ],
)
def test_a_difference_of_tokens_has_its_reason(of: Work, more: dict[str, t.Any], fault: bool, reason: str) -> None:
    found = difference(of, call(1, **more))
    assert (found.unit, found.open) == ("prompt_tokens", fault)
    assert reason in found.why
    assert "At today's price" in found.why


def test_a_small_share_is_no_fault() -> None:
    assert difference(work(25, 20), call(1), share="0.5").open
    assert not difference(work(25, 20), call(1), share="0.7").open


def test_calls_outside_the_readings_and_of_other_models_do_not_count() -> None:
    others = [call(2, minute=200), call(3, minute=-50), call(4, deployment="gone", model="other")]
    assert difference(work(10, 20), call(1), *others) is None


def test_the_right_price_says_nothing_and_a_missing_one_is_a_fault() -> None:
    due = PRICED.cost(call())
    assert due == Decimal("0.0007")
    right = [call(1, "0.0007"), call(2, "0", failed=True), call(3, "0", prompt_tokens=0, completion_tokens=0)]
    assert not pricing.compare([*right, call(4, "5", deployment="gone")], DEPLOYMENTS, money.ROUNDING)
    free = {"coder-chat": Deployment("coder-chat", "coder-chat", Decimal(0), Decimal(0))}
    (none,) = pricing.compare([call(1, "0")], free, money.ROUNDING)
    assert (none.open, "has no price" in none.why) == (True, True)
    (unseen,) = pricing.compare([call(1, "0")], DEPLOYMENTS, money.ROUNDING)
    assert (unseen.open, unseen.amount) == (True, Decimal("-0.0007"))
    (other,) = pricing.compare([call(1, "0.0014"), call(2, "0.0014")], DEPLOYMENTS, money.ROUNDING)
    assert (other.open, other.amount) == (False, Decimal("0.0014"))
    assert "0.0014 USD more than was due" in other.sentence()


def test_every_grouping_adds_up_to_the_total() -> None:
    calls = [call(1), call(2, team=None, key=None, key_alias=None), call(3, "0", failed=True, model="other")]
    total = sums.of(calls)
    assert (total.calls, total.failed, total.spend, total.prompt_tokens) == (3, 1, Decimal("0.2"), 20)
    for group in sums.GROUPS:
        parts = sums.by(calls, group)
        assert money.total(part.spend for part in parts.values()) == total.spend
        assert sum(part.calls for part in parts.values()) == 3
    assert {entry["id"]: entry["name"] for entry in sums.listed(calls, "key")} == {None: None, "hash": "ci"}
    assert set(sums.by(calls, "team", "model")) == {
        ("research", "coder-chat"),
        (None, "coder-chat"),
        ("research", "other"),
    }


def test_a_call_knows_its_engine_though_its_deployment_is_gone() -> None:
    gone = dataclasses.replace(call(), deployment="gone", model="coder-chat-fim")
    assert tokens.engine_of(gone, DEPLOYMENTS) == "coder-chat"
