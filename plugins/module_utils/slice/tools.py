# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A tool call whose arguments are valid against the tool's JSON schema."""

from __future__ import annotations

import functools
import json
import typing as t

from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes
from .sdk import ask

# Closed types only: a weak model can always finish them, and xgrammar has no gap for them (it has one for maxLength).
PARAMETERS: dict[str, t.Any] = {
    "type": "object",
    "properties": {
        "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 7},
        "hourly": {"type": "boolean"},
    },
    "required": ["unit", "days", "hourly"],
    "additionalProperties": False,
}
TOOL = "get_forecast"


def checks(settings: Settings) -> list[Check]:
    """One check for each model that agents use."""
    return [
        Check(
            f"tools.{model.name}",
            f"one call of {TOOL} with arguments valid against its JSON schema",
            functools.partial(_tools, model=model),
        )
        for model in settings.models_for("agent")
    ]


def _tools(context: Context, notes: Notes, *, model: Model) -> None:
    function = {"name": TOOL, "description": "Weather of the next days", "parameters": PARAMETERS}
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": "What is the weather in Paris for three days, in celsius?"}],
        "tools": [{"type": "function", "function": function}],
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "temperature": 1.0,
        "max_tokens": 1000,
    }
    client = context.sdk(context.key(model))
    answer = ask(notes, "POST /v1/chat/completions", client.chat.completions.create, body)
    judge(answer.model_dump())


def judge(answer: dict[str, t.Any]) -> None:
    """Raises CheckError unless the answer calls the tool once with valid arguments."""
    choice = (answer.get("choices") or [{}])[0]
    message = choice.get("message") or {}
    calls = message.get("tool_calls") or []
    if len(calls) != 1:
        raise CheckError(
            f"the answer has {len(calls)} tool calls instead of one (finish reason {choice.get('finish_reason')!r}, "
            f"content {str(message.get('content'))[:200]!r}).",
            "Start the engine with --enable-auto-tool-choice, the tool call parser of the model, and its chat template.",
        )
    if choice.get("finish_reason") != "tool_calls":
        raise CheckError(f"the finish reason is {choice.get('finish_reason')!r} instead of 'tool_calls'.")
    function = calls[0].get("function") or {}
    if function.get("name") != TOOL:
        raise CheckError(f"the tool {function.get('name')!r} was called, which was not offered.")
    judge_json(str(function.get("arguments")), PARAMETERS, "the arguments of the tool call")


def judge_json(text: str, schema: dict[str, t.Any], what: str) -> None:
    """Raises CheckError unless ``text`` is JSON and valid against ``schema`` (JSON Schema 2020-12)."""
    import jsonschema  # noqa: PLC0415 - loaded only when a check really needs it

    try:
        value = json.loads(text)
    except ValueError as error:
        raise CheckError(f"{what} are not JSON: {text[:200]!r} ({error}).", _STRICT) from error
    try:
        jsonschema.validate(value, schema, cls=jsonschema.Draft202012Validator)
    except jsonschema.ValidationError as error:
        raise CheckError(f"{what} break the schema: {error.message} in {text[:200]!r}.", _STRICT) from error


_STRICT = "Start the engine with --tool-strict-level parameter and the structured outputs backend xgrammar."

__all__ = ("PARAMETERS", "TOOL", "checks", "judge", "judge_json")
