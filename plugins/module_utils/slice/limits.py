# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A limit of requests holds over all proxies together, and says when to come back."""

from __future__ import annotations

import functools

from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes, Phase
from .temporary_keys import temporary_key

LIMIT = 3
_CALLS = 10


def checks(settings: Settings) -> list[Check]:
    """One check, with the first model that chats."""
    return [
        Check(
            "limits.requests",
            f"with rpm_limit {LIMIT}, {LIMIT} chats pass and the others get 429 with Retry-After, whichever proxy they reach",
            functools.partial(_requests, model=model),
            Phase.BACKGROUND,
        )
        for model in settings.chat_models()[:1]
    ]


def _requests(context: Context, notes: Notes, *, model: Model) -> None:
    with temporary_key(context, model, rpm_limit=LIMIT) as key:
        notes.sent(f"POST /v1/chat/completions, {_CALLS} times with a key of rpm_limit {LIMIT}")
        answers = [key.chat() for _number in range(_CALLS)]
    statuses = [answer.status for answer in answers]
    notes.got(str(statuses))
    # the minute begins with the first call, so it cannot turn in between
    if statuses != [200] * LIMIT + [429] * (_CALLS - LIMIT):
        raise CheckError(
            f"of {_CALLS} chats with a key of rpm_limit {LIMIT}, {statuses.count(200)} passed: {statuses}.",
            "Several proxies count apart: general_settings.coordination_redis must name the Redis, and it must be reachable.",
        )
    refused = next(answer for answer in answers if answer.status == 429)
    if "retry-after" not in refused.headers:
        raise CheckError(
            "the refusal of a chat above the limit has no Retry-After.",
            "Clients cannot know when to come back: another version of LiteLLM?",
        )


__all__ = ("LIMIT", "checks")
