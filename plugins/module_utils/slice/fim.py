# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fill-in-the-middle: raw Qwen tokens in the prompt of /v1/completions, and proof that the engine reads them as tokens."""

from __future__ import annotations

import functools
import typing as t

from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes
from .sdk import ask

MARKERS = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
PROMPT = f"{MARKERS[0]}def add(a, b):\n    return {MARKERS[1]}\n\nprint(add(1, 2))\n{MARKERS[2]}"


def checks(settings: Settings) -> list[Check]:
    """One check for each model that completes code."""
    return [
        Check(
            f"fim.{model.name}",
            "text between a prefix and a suffix; each of the three markers is one token of the model",
            functools.partial(_fim, model=model),
        )
        for model in settings.models_for("fim")
    ]


def _fim(context: Context, notes: Notes, *, model: Model) -> None:
    client = context.sdk(context.key(model))
    body = {"model": model.fim_name, "prompt": PROMPT, "max_tokens": 16, "temperature": 0}
    judge(ask(notes, "POST /v1/completions", client.completions.create, body).model_dump())
    body = {"model": model.fim_name, "prompt": "".join(MARKERS), "max_tokens": 1}
    judge_markers(ask(notes, "POST /v1/completions", client.completions.create, body).model_dump())


def judge(answer: dict[str, t.Any]) -> None:
    """Raises CheckError unless this is a text completion that does not echo the markers."""
    choices = answer.get("choices") or [{}]
    text = choices[0].get("text")
    if not text:
        raise CheckError(f"the completion has no text: {choices[0]}.", "Look at the log of the engine.")
    echoed = [marker for marker in MARKERS if marker in text]
    if echoed:
        raise CheckError(
            f"the completion contains the marker {echoed[0]}.", "The engine does not treat it as a special token."
        )


def judge_markers(answer: dict[str, t.Any]) -> None:
    """Raises CheckError when the three markers were counted as text (a begin-of-text token more is fine)."""
    tokens = (answer.get("usage") or {}).get("prompt_tokens") or 0
    if not len(MARKERS) <= tokens <= len(MARKERS) + 1:
        raise CheckError(
            f"the three markers alone are {tokens} prompt tokens instead of 3: the model reads them as plain text.",
            "Serve a base coder model whose tokenizer knows the markers, and send completions to the engine unchanged "
            "(text-completion-openai in LiteLLM).",
        )


__all__ = ("MARKERS", "checks", "judge", "judge_markers")
