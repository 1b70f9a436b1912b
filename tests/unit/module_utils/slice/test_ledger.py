# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A spend row that is missing, wrong or free goes red and says which."""

from __future__ import annotations

import dataclasses
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import ledger
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import Model
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError, Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

CHAT = Model("coder-chat", frozenset({"chat", "fim"}), 2, 0.00001, 0.00003)
BILL = ledger.Bill(("chatcmpl-1",), 27, 16)
ROW = {
    "request_id": "chatcmpl-1",
    "prompt_tokens": 27,
    "completion_tokens": 16,
    "spend": 0.00075,
    "model_group": "coder-chat",
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "POLL_SECONDS", 0.01)


def run(context: Context, name: str) -> Result:
    (check,) = [check for check in ledger.checks(context.settings) if check.name == name]
    return run_one(context, check)


def test_every_form_of_every_model_is_billed(context: Context) -> None:
    assert [check.name for check in ledger.checks(context.settings)] == [
        "ledger.chat.coder-chat",
        "ledger.stream.coder-chat",
        "ledger.fim.coder-chat",
        "ledger.fim_stream.coder-chat",
        "ledger.embeddings.coder-embed",
    ]


def test_the_right_price_passes() -> None:
    ledger.judge(ROW, BILL, CHAT)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spend": 0.0}, "charged nothing for 27 \\+ 16 tokens of coder-chat: its price is missing"),
        ({"spend": 0.00027}, "0.00027 USD for 27 \\+ 16 tokens of coder-chat; 0.00075 USD were due"),
        ({"completion_tokens": 0, "spend": 0.00027}, "27 prompt and 0 completion tokens, the answer had 27 and 16"),
        ({"prompt_tokens": None}, "has 0 prompt"),
    ],
)
def test_a_wrong_row_goes_red(changes: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        ledger.judge({**ROW, **changes}, BILL, CHAT)


@pytest.mark.parametrize(("price", "missing"), [("input_price", "no input price"), ("output_price", "no output price")])
def test_a_configuration_without_a_price_goes_red(price: str, missing: str) -> None:
    with pytest.raises(CheckError, match=missing):
        ledger.judge_configured(dataclasses.replace(CHAT, **{price: 0.0}), "chat")


def test_embeddings_need_no_output_price() -> None:
    ledger.judge_configured(dataclasses.replace(CHAT, output_price=0.0), "embeddings")


def test_a_stream_is_found_by_the_id_of_its_chunks(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.chunks(["a"] * 16))
    tenant.answers["GET /spend/logs/v2"] = lambda key, body: (200, {"data": [ROW]})
    result = run(context, "ledger.stream.coder-chat")
    assert result.passed, result.why
    assert any("request_id=chatcmpl-1" in line for line in tenant.asked)


def test_a_streamed_completion_is_billed_though_its_usage_is_not_asked_for(context: Context, tenant: t.Any) -> None:
    asked: list[dict[str, t.Any]] = []

    def stream(key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        asked.append(body)
        usage = {"prompt_tokens": 27, "completion_tokens": 16}
        return 200, [
            (0.0, {"id": "chatcmpl-1", "choices": [{"text": "a"}]}),
            (0.0, {"id": "chatcmpl-1", "usage": usage}),
        ]

    tenant.answers["POST /v1/completions"] = stream
    tenant.answers["GET /spend/logs/v2"] = lambda key, body: (200, {"data": [ROW]})
    result = run(context, "ledger.fim_stream.coder-chat")
    assert result.passed, result.why
    assert asked[0]["stream"]
    assert "stream_options" not in asked[0]


def test_an_answer_without_id_is_found_by_the_call_id(context: Context, tenant: t.Any) -> None:
    usage = {"prompt_tokens": 6, "total_tokens": 6}
    row = {"request_id": "call-1", "prompt_tokens": 6, "completion_tokens": 0, "spend": 0.000006}
    tenant.answers["POST /v1/embeddings"] = lambda key, body: (200, {"data": [], "usage": usage})
    tenant.answers["GET /spend/logs/v2"] = lambda key, body: (200, {"data": [row]})
    assert run(context, "ledger.embeddings.coder-embed").passed


def test_a_row_that_never_comes_goes_red_with_the_request(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.completion())
    tenant.answers["GET /spend/logs/v2"] = lambda key, body: (200, {"data": []})
    result = run(context, "ledger.chat.coder-chat")
    assert "no spend row for request chatcmpl-1" in result.why
    assert "PostgreSQL" in result.cure


def test_rows_of_other_requests_do_not_count(context: Context, tenant: t.Any, shapes: types.SimpleNamespace) -> None:
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.completion())
    tenant.answers["GET /spend/logs/v2"] = lambda key, body: (200, {"data": [{**ROW, "request_id": "chatcmpl-2"}]})
    assert not run(context, "ledger.chat.coder-chat").passed


def test_only_the_ledger_is_asked_with_the_master_key(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    keys: dict[str, str] = {}

    def remember(name: str, answer: t.Any) -> t.Callable[[str, t.Any], tuple[int, t.Any]]:
        def found(key: str, body: t.Any) -> tuple[int, t.Any]:
            keys[name] = key
            return 200, answer

        return found

    tenant.answers["POST /v1/chat/completions"] = remember("chat", shapes.completion())
    tenant.answers["GET /spend/logs/v2"] = remember("ledger", {"data": [ROW]})
    result = run(context, "ledger.chat.coder-chat")
    assert result.passed
    assert keys == {"chat": context.settings.keys[0].value, "ledger": "sk-master-unit-000001"}
    assert "sk-" not in result.request + result.response
