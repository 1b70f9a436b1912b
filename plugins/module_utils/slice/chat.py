# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A plain chat through the official client."""

from __future__ import annotations

import functools
import typing as t

from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes
from .sdk import ask


def checks(settings: Settings) -> list[Check]:
    """One check for each model that chats."""
    return [
        Check(
            f"chat.{model.name}",
            "an assistant message with text, a finish reason, and usage that adds up",
            functools.partial(_chat, model=model),
        )
        for model in settings.chat_models()
    ]


def _chat(context: Context, notes: Notes, *, model: Model) -> None:
    client = context.sdk(context.key(model))
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": "Write a Python function that adds two numbers."}],
        "max_tokens": 16,
    }
    answer = ask(notes, "POST /v1/chat/completions", client.chat.completions.create, body)
    judge(answer.model_dump(), limit=16)


def judge(answer: dict[str, t.Any], *, limit: int) -> None:
    """Raises CheckError unless this is a complete chat completion of at most ``limit`` tokens."""
    choices = answer.get("choices") or []
    if len(choices) != 1:
        raise CheckError(f"the answer has {len(choices)} choices instead of 1.")
    message = choices[0].get("message") or {}
    if message.get("role") != "assistant" or not message.get("content"):
        raise CheckError(f"the answer has no assistant text: {message}.", "Look at the log of the engine.")
    if choices[0].get("finish_reason") not in ("stop", "length"):
        raise CheckError(f"the finish reason is {choices[0].get('finish_reason')!r}, not stop or length.")
    judge_usage(answer.get("usage") or {}, limit=limit)


def judge_usage(usage: dict[str, t.Any], *, limit: int) -> None:
    """Raises CheckError unless both sides were counted and add up."""
    prompt, completion = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    if prompt <= 0 or not 0 < completion <= limit or usage.get("total_tokens") != prompt + completion:
        raise CheckError(
            f"the usage does not add up: {prompt} prompt and {completion} completion tokens (at most {limit} were asked "
            f"for), {usage.get('total_tokens')} in all.",
            "Spend is computed from usage: look at the log of the engine.",
        )


__all__ = ("checks", "judge", "judge_usage")
