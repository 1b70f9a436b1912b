# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A streamed chat: chunks that arrive one after the other, a usage chunk, [DONE]; and the same through the official client."""

from __future__ import annotations

import functools
import itertools
import typing as t

from .chat import judge_usage
from .context import Context, Settings, must_be_ok
from .offers import Model
from .results import Check, CheckError, Notes, Phase
from .sdk import ask
from .wire import Event, Stream

LIMIT = 96
# On a busy machine one stream may come late and all at once; what buffers does so every time.
ATTEMPTS = 3
_BUFFERED = (
    "Something on the way buffers the answer: look at the gateway's response_body_mode and at proxies in between."
)


def checks(settings: Settings) -> list[Check]:
    """One check for each model that chats; alone, because it looks at moments of arrival."""
    return [
        Check(
            f"streaming.{model.name}",
            "several content chunks that arrive one after the other, a finish reason, a usage chunk, [DONE]",
            functools.partial(_streaming, model=model),
            Phase.ALONE,
        )
        for model in settings.chat_models()
    ]


def body(model: str, limit: int) -> dict[str, t.Any]:
    """A streamed chat of up to ``limit`` tokens; min_tokens keeps a weak model from stopping at once."""
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Count from one to one hundred."}],
        "max_tokens": limit,
        "min_tokens": limit // 2,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def _streaming(context: Context, notes: Notes, *, model: Model) -> None:
    wanted = body(model.name, LIMIT)
    for attempt in range(1, ATTEMPTS + 1):
        stream = _raw(context, notes, model, wanted)
        try:
            judge_arrival([event.seconds for event in stream.events if text_of(event)], stream.answer.seconds)
            break
        except CheckError:
            if attempt == ATTEMPTS:
                raise
    _official(context, notes, model, wanted)


def _raw(context: Context, notes: Notes, model: Model, wanted: dict[str, t.Any]) -> Stream:
    notes.sent("POST /v1/chat/completions", wanted)
    stream = context.http.stream("/v1/chat/completions", context.key(model), wanted)
    notes.got(stream.answer.text if not stream.events else _shown(stream.events))
    must_be_ok(stream.answer, "a streamed POST /v1/chat/completions")
    judge_events(stream.events)
    return stream


def _official(context: Context, notes: Notes, model: Model, wanted: dict[str, t.Any]) -> None:
    standard = {name: value for name, value in wanted.items() if name != "min_tokens"}
    extra = {"min_tokens": wanted["min_tokens"]}
    client = context.sdk(context.key(model))
    chunks = ask(notes, "POST /v1/chat/completions", client.chat.completions.create, {**standard, "extra_body": extra})
    texts = [choice.delta.content for chunk in chunks for choice in chunk.choices if choice.delta.content]
    notes.got(f"through the official client: {len(texts)} chunks with content: {''.join(texts)}")
    if len(texts) < 2:
        raise CheckError(f"the official client saw {len(texts)} content chunks instead of several.", _BUFFERED)


def text_of(event: Event) -> str:
    """The text that a chunk adds; empty for every other event."""
    choices = event.json().get("choices") or [{}]
    return str((choices[0].get("delta") or {}).get("content") or "")


def judge_events(events: t.Sequence[Event]) -> None:
    """Raises CheckError unless the stream is complete."""
    if not events or events[-1].data != "[DONE]":
        last = events[-1].data[:200] if events else "nothing"
        raise CheckError(
            f"the stream does not end with [DONE] but with {last}.",
            "The stream broke off: look for a restarted engine or a timeout on the way.",
        )
    chunks = [event.json() for event in events[:-1]]
    errors = [chunk["error"] for chunk in chunks if "error" in chunk]
    if errors:
        raise CheckError(f"the stream carries an error: {errors[0]}.", "Look at the log of the engine.")
    contents = sum(1 for event in events if text_of(event))
    if contents < 2:
        raise CheckError(f"the stream has {contents} content chunks instead of several.", _BUFFERED)
    if not any(choice.get("finish_reason") for chunk in chunks for choice in chunk.get("choices") or ()):
        raise CheckError("no chunk of the stream has a finish reason.")
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    if not usages:
        raise CheckError(
            "the stream has no usage chunk.",
            "Set general_settings.always_include_stream_usage in LiteLLM's configuration.",
        )
    judge_usage(usages[-1], limit=LIMIT)


def judge_arrival(arrivals: t.Sequence[float], total: float) -> None:
    """Raises CheckError when all content arrived in one burst at the end, as through a proxy that buffers.

    Args:
        arrivals: seconds after the request at which each content chunk arrived.
        total: seconds until the end of the stream.

    """
    spread = arrivals[-1] - arrivals[0]
    moments = 1 + sum(1 for one, two in itertools.pairwise(arrivals) if two - one > 0.0005)
    if spread < 0.1 * total or moments < 3:
        raise CheckError(
            f"{len(arrivals)} content chunks came in {moments} bursts within {spread * 1000:.0f} ms at the end of "
            f"{total * 1000:.0f} ms.",
            _BUFFERED,
        )


def _shown(events: t.Sequence[Event]) -> str:
    some = [*events[:3], *events[-3:]] if len(events) > 6 else list(events)
    lines = [f"{event.seconds * 1000:.0f} ms {event.data}" for event in some]
    return f"{len(events)} events, the first and the last three:\n" + "\n".join(lines)


__all__ = ("body", "checks", "judge_arrival", "judge_events", "text_of")
