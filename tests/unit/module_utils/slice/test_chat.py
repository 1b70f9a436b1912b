# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Wrong chats, fill-ins, tool calls and structured outputs go red; answers in their real shapes pass."""

from __future__ import annotations

import json
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import chat, fim, structured_output, tools
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

VALID = {"unit": "celsius", "days": 3, "hourly": False}


def test_a_chat_through_the_official_client_passes(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.completion())
    (check,) = chat.checks(context.settings)
    result = run_one(context, check)
    assert result.passed, result.why
    assert "def add(a, b):" in result.response
    assert '"max_tokens": 16' in result.request


def test_a_refusal_is_one_line_with_status_and_cure(context: Context, tenant: t.Any) -> None:
    error = {"message": "OpenAIException - Connection error.\n\nLiteLLM: no fallback", "code": "500"}
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (500, {"error": error})
    result = run_one(context, chat.checks(context.settings)[0])
    assert "HTTP 500" in result.why
    assert "\n" not in result.why
    assert "endpoint_picker" in result.cure
    assert len(tenant.asked) == 1, "the client must not try again"


def test_an_endpoint_that_is_not_there_is_named(context: Context, tenant: t.Any) -> None:
    tenant.shutdown()
    tenant.server_close()
    result = run_one(context, chat.checks(context.settings)[0])
    assert context.settings.endpoint in result.why
    assert "site.yml" in result.cure


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"choices": []}, "0 choices"),
        (
            {"choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}]},
            "no assistant text",
        ),
        ({"choices": [{"message": {"role": "assistant", "content": "x"}, "finish_reason": "abort"}]}, "'abort'"),
        ({"usage": {"prompt_tokens": 27, "completion_tokens": 0, "total_tokens": 27}}, "usage does not add up"),
        ({"usage": {"prompt_tokens": 27, "completion_tokens": 99, "total_tokens": 126}}, "at most 16"),
        ({"usage": {"prompt_tokens": 27, "completion_tokens": 16, "total_tokens": 40}}, "40 in all"),
        ({"usage": None}, "usage does not add up"),
    ],
)
def test_an_incomplete_chat_goes_red(shapes: types.SimpleNamespace, changes: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        chat.judge(shapes.completion(**changes), limit=16)


def test_raw_tokens_are_sent_under_the_fim_name(context: Context, tenant: t.Any) -> None:
    sent: list[dict[str, t.Any]] = []

    def answer(key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        sent.append(body)
        usage = {"prompt_tokens": 3 if body["max_tokens"] == 1 else 25, "completion_tokens": 1, "total_tokens": 4}
        choice = {"text": "a + b", "index": 0, "finish_reason": "length", "logprobs": None}
        return 200, {"id": "cmpl-1", "object": "text_completion", "created": 1, "choices": [choice], "usage": usage}

    tenant.answers["POST /v1/completions"] = answer
    (check,) = fim.checks(context.settings)
    assert run_one(context, check).passed
    assert {body["model"] for body in sent} == {"coder-chat-fim"}
    assert all(body["prompt"].startswith("<|fim_prefix|>") for body in sent)


def test_markers_read_as_plain_text_go_red() -> None:
    with pytest.raises(CheckError, match="21 prompt tokens instead of 3"):
        fim.judge_markers({"usage": {"prompt_tokens": 21}})


@pytest.mark.parametrize(("text", "reason"), [("", "no text"), ("x<|fim_middle|>", "contains the marker")])
def test_an_empty_or_echoing_fill_in_goes_red(text: str, reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        fim.judge({"choices": [{"text": text}]})


def tool_answer(arguments: t.Any, name: str = tools.TOOL, reason: str = "tool_calls") -> dict[str, t.Any]:
    function = {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}
    message = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"id": "call-1", "type": "function", "function": function}],
    }
    return {"choices": [{"finish_reason": reason, "message": message}]}


def test_a_valid_tool_call_passes() -> None:
    tools.judge(tool_answer(VALID))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (tool_answer({**VALID, "days": 9}), "9 is greater than the maximum of 7"),
        (tool_answer({**VALID, "unit": "kelvin"}), "'kelvin' is not one of"),
        (tool_answer({**VALID, "hourly": "no"}), "is not of type 'boolean'"),
        (tool_answer({"unit": "celsius"}), "is a required property"),
        (tool_answer({**VALID, "city": "Paris"}), "Additional properties"),
        (tool_answer('{"unit": "cels'), "are not JSON"),
        (tool_answer(VALID, name="other"), "'other' was called"),
        (tool_answer(VALID, reason="stop"), "finish reason is 'stop'"),
    ],
)
def test_an_invalid_tool_call_goes_red(answer: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        tools.judge(answer)


def test_a_tool_call_that_was_not_parsed_goes_red() -> None:
    message = {"role": "assistant", "content": '<tool_call>\n{"name": "get_forecast"', "tool_calls": None}
    with pytest.raises(CheckError, match=r"0 tool calls instead of one \(finish reason 'length'"):
        tools.judge({"choices": [{"finish_reason": "length", "message": message}]})


def structured(content: t.Any, reason: str = "stop") -> dict[str, t.Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return {"choices": [{"finish_reason": reason, "message": {"role": "assistant", "content": text}}]}


def test_valid_structured_output_passes() -> None:
    structured_output.judge(structured({"language": "go", "lines": 377, "tested": False, "topics": ["io", "math"]}))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (structured({"language": "go", "lines": 0, "tested": False, "topics": ["io"]}), "less than the minimum"),
        (structured({"language": "cobol", "lines": 1, "tested": False, "topics": ["io"]}), "'cobol' is not one of"),
        (structured("Here is a small program"), "are not JSON"),
        (structured('{"language": "go",        ', reason="length"), "the JSON is cut off"),
    ],
)
def test_free_or_cut_output_goes_red(answer: dict[str, t.Any], reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        structured_output.judge(answer)
