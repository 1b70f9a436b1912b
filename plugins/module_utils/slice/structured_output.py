# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Output that a JSON schema constrains."""

from __future__ import annotations

import functools
import typing as t

from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes
from .sdk import ask
from .tools import judge_json

SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "properties": {
        "language": {"type": "string", "enum": ["python", "go", "rust"]},
        "lines": {"type": "integer", "minimum": 1, "maximum": 500},
        "tested": {"type": "boolean"},
        "topics": {
            "type": "array",
            "items": {"type": "string", "enum": ["io", "math", "net"]},
            "minItems": 1,
            "maxItems": 3,
        },
    },
    "required": ["language", "lines", "tested", "topics"],
    "additionalProperties": False,
}


def checks(settings: Settings) -> list[Check]:
    """One check for each model that chats."""
    return [
        Check(
            f"structured_output.{model.name}",
            "a message that is JSON and valid against the schema of response_format",
            functools.partial(_structured, model=model),
        )
        for model in settings.chat_models()
    ]


def _structured(context: Context, notes: Notes, *, model: Model) -> None:
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": "Describe a small program as JSON."}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "program", "strict": True, "schema": SCHEMA},
        },
        "temperature": 1.0,
        "max_tokens": 400,
    }
    client = context.sdk(context.key(model))
    answer = ask(notes, "POST /v1/chat/completions", client.chat.completions.create, body)
    judge(answer.model_dump())


def judge(answer: dict[str, t.Any]) -> None:
    """Raises CheckError unless the message is complete and valid."""
    choice = (answer.get("choices") or [{}])[0]
    if choice.get("finish_reason") != "stop":
        raise CheckError(
            f"the finish reason is {choice.get('finish_reason')!r} instead of 'stop': the JSON is cut off.",
            "Start the engine with disable_any_whitespace in --structured-outputs-config.",
        )
    judge_json(str((choice.get("message") or {}).get("content")), SCHEMA, "the contents of the message")


__all__ = ("SCHEMA", "checks", "judge")
