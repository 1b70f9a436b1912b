# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Calls through the official OpenAI client, noted, with a refusal turned into a reason and a cure."""

from __future__ import annotations

import importlib
import typing as t

from .context import cure_for
from .results import CheckError, Notes


def load() -> None:
    """Import the parts of the client that checks use: it does so when they are first used, and threads at once lock each other out."""
    for part in ("chat.completions", "completions", "embeddings", "models"):
        importlib.import_module(f"openai.resources.{part}")


def ask(notes: Notes, line: str, create: t.Callable[..., t.Any], body: dict[str, t.Any]) -> t.Any:
    """Call one ``create`` method of the client and note both sides.

    Raises CheckError when the server refuses and openai.APIConnectionError when it cannot be reached.
    """
    import openai  # noqa: PLC0415 - loaded only when a check really calls it

    notes.sent(line, body)
    try:
        answer = create(**body)
    except openai.APIStatusError as error:
        notes.got(f"HTTP {error.status_code} {error.response.text}")
        detail = error.response.text.strip()[:400]
        raise CheckError(
            f"{line} was answered with HTTP {error.status_code}: {detail}", cure_for(error.status_code)
        ) from error
    if hasattr(answer, "model_dump"):
        notes.got(answer.model_dump(exclude_none=True))
    return answer


__all__ = ("ask", "load")
