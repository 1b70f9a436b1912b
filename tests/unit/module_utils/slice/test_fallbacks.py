# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The checks of fallbacks: one for each step, and red when nobody else answers, when nothing says so, or at another price."""

from __future__ import annotations

import dataclasses
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import attribution, fallbacks, models
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import Key, Model
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError, Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one
from ansible_collections.inference.platform.plugins.module_utils.slice.wire import Answer

FAR = Model("far", frozenset({"chat"}), 1, 0.001, 0.002)
NEAR = Model("near", frozenset({"chat"}), 1, 0.1, 0.2, ("far",))
ASKED = Model("asked", frozenset({"chat", "fim"}), 1, 0.1, 0.2, ("near", "far"))
KEY = Key("t", "t", frozenset({"asked", "near", "far"}), "sk-tenant-fallback-1")
ROW = {"request_id": "chatcmpl-1", "model_group": "far", "spend": 27 * 0.001 + 16 * 0.002}
MARK = {"attempted_fallbacks": 2, "original_model_group": "asked"}


@pytest.fixture
def chained(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(attribution, "POLL_SECONDS", 0.01)
    return dataclasses.replace(settings, models=(ASKED, NEAR), external=(FAR,), keys=(KEY,))


def test_each_step_that_a_key_may_take_is_a_check_in_which_all_others_are_down(chained: Settings) -> None:
    names = [check.name for check in fallbacks.checks(chained)]
    assert names == ["fallback.asked.near", "fallback.asked.far", "fallback.near.far"]
    one, two = fallbacks.steps(chained, ASKED)
    assert one.down == ("asked", "asked-fim", "far")
    assert two.down == ("asked", "asked-fim", "near")
    narrow = dataclasses.replace(chained, keys=(dataclasses.replace(KEY, models=frozenset({"asked", "near"})),))
    assert [check.name for check in fallbacks.checks(narrow)] == ["fallback.asked.near"]


def test_steps_go_through_the_api_that_both_models_have(chained: Settings) -> None:
    filler = dataclasses.replace(FAR, served_for=frozenset({"fim"}))
    settings = dataclasses.replace(chained, external=(filler,))
    found = list(fallbacks.steps(settings, ASKED))
    assert [(step.asked, step.answers, step.path) for step in found][1] == ("asked-fim", "far-fim", "/v1/completions")
    embed = Model("e", frozenset({"embeddings"}), 1, 0.1, 0.0, ("f",))
    both = dataclasses.replace(chained, models=(embed,), external=(dataclasses.replace(embed, name="f", fallbacks=()),))
    (step,) = fallbacks.steps(both, embed)
    assert (step.path, step.body) == ("/v1/embeddings", {"model": "e", "input": "fallback"})


def test_external_models_are_listed_for_the_keys_that_may_use_them(chained: Settings) -> None:
    assert models.expected(chained, KEY) == {"asked", "asked-fim", "near", "far"}


def answer(status: int = 200, **headers: str) -> Answer:
    return Answer(status, headers, '{"error": {"message": "down"}}', 0.1)


def judged(judge: t.Callable[..., None], *arguments: t.Any) -> str:
    try:
        judge(*arguments)
    except CheckError as error:
        return f"{error.why} {error.cure}"
    return ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(503), "far did not answer for asked: HTTP 503: down LiteLLM does not know this fallback"),
        (answer(), "a model that counts as down answered for asked"),
        (answer(**{fallbacks.HEADER: "0"}), "without the callback fallbacks"),
        (answer(**{fallbacks.HEADER: "2"}), ""),
    ],
)
def test_an_answer_has_to_come_from_elsewhere_and_to_say_so(chained: Settings, given: Answer, words: str) -> None:
    step = list(fallbacks.steps(chained, ASKED))[1]
    found = judged(fallbacks.judge_answer, given, step)
    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"metadata": {}}, "'far' answered for None"),
        ({"model_group": "near"}, "'near' answered for 'asked'"),
        ({"spend": 0.0}, "charged 0 USD"),
        ({"spend": 27 * 0.1 + 16 * 0.2}, "0.059 USD were due"),
    ],
)
def test_a_row_names_both_models_and_has_the_price_of_the_one_that_answered(
    chained: Settings, change: dict[str, t.Any], words: str
) -> None:
    step = list(fallbacks.steps(chained, ASKED))[1]
    row = {**ROW, "metadata": MARK, **change}
    found = judged(fallbacks.judge_row, row, {"prompt_tokens": 27, "completion_tokens": 16}, step)
    assert words in found
    assert bool(words) == bool(found)


def test_the_key_of_the_check_says_what_counts_as_down_and_goes_again(
    chained: Settings, context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    made: list[t.Any] = []
    tenant.answers["POST /key/generate"] = lambda key, body: (made.append(body), (200, {}))[1]
    tenant.answers["POST /key/delete"] = lambda key, body: (200, {})
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.completion())
    check = next(one for one in fallbacks.checks(chained) if one.name == "fallback.asked.far")
    result: Result = run_one(context, check)
    assert "counts as down answered" in result.why
    (body,) = made
    assert (body["team_id"], body["metadata"]) == ("t", {"fallback_drill": ["asked", "asked-fim", "near"]})
    assert "POST /key/delete" in tenant.asked
