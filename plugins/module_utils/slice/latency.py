# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long a tenant waits: streamed chats one after the other. The times are data for the report, not a verdict."""

from __future__ import annotations

import functools
import math
import typing as t

from .context import Context, Settings, must_be_ok
from .offers import Model
from .results import Check, CheckError, Notes, Phase
from .streaming import body, text_of

TOKENS = 16
WARM_UP = 2


def checks(settings: Settings) -> list[Check]:
    """One check with the first model that chats; alone, because it measures."""
    return [
        Check(
            f"latency.{model.name}",
            f"{settings.latency_samples} streamed chats of {TOKENS} tokens are all answered; the times are data",
            functools.partial(_latency, model=model),
            Phase.ALONE,
        )
        for model in settings.chat_models()[:1]
    ]


def _latency(context: Context, notes: Notes, *, model: Model) -> None:
    wanted = body(model.name, TOKENS)
    notes.sent(f"POST /v1/chat/completions, {context.settings.latency_samples} times", wanted)
    first: list[float] = []
    total: list[float] = []
    for number in range(WARM_UP + context.settings.latency_samples):
        stream = context.http.stream("/v1/chat/completions", context.key(model), wanted)
        must_be_ok(stream.answer, f"chat {number + 1}")
        arrivals = [event.seconds for event in stream.events if text_of(event)]
        if not arrivals:
            raise CheckError(f"chat {number + 1} had no content.", "Look at the log of the engine.")
        if number >= WARM_UP:
            first.append(round(arrivals[0] * 1000, 2))
            total.append(round(stream.answer.seconds * 1000, 2))
    notes.data.update(first_token_ms=first, total_ms=total, first_token=spread(first), total=spread(total))
    notes.got({"first token, ms": spread(first), "whole answer, ms": spread(total)})


def spread(values: t.Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile (nearest rank) and extremes."""
    ordered = sorted(values)
    return {"p50": _rank(ordered, 0.5), "p95": _rank(ordered, 0.95), "min": ordered[0], "max": ordered[-1]}


def _rank(ordered: t.Sequence[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


__all__ = ("checks", "spread")
