# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A revoked key is refused by every proxy within two seconds, not when their memory of it runs out."""

from __future__ import annotations

import functools
import time

from .context import Context, Settings, must_be_ok
from .offers import Model
from .results import Check, CheckError, Notes, Phase
from .temporary_keys import temporary_key

PROMISE_SECONDS = 2.0
# Enough for each of two proxies to get some: the connections are spread by chance.
_CALLS = 8


def checks(settings: Settings) -> list[Check]:
    """One check, with the first model that chats."""
    return [
        Check(
            "revocation.key",
            f"401 for every call that begins {PROMISE_SECONDS:g} seconds after the key was blocked, at every proxy",
            functools.partial(_revoked, model=model),
            Phase.BACKGROUND,
        )
        for model in settings.chat_models()[:1]
    ]


def _revoked(context: Context, notes: Notes, *, model: Model) -> None:
    with temporary_key(context, model) as key:
        for _number in range(_CALLS):
            must_be_ok(key.chat(), "a chat with a new key")
        notes.sent("POST /key/block, then POST /v1/chat/completions again and again")
        key.administer("/key/block", key=key.value)
        time.sleep(PROMISE_SECONDS)
        statuses = [key.chat().status for _number in range(_CALLS)]
    notes.got(f"after {PROMISE_SECONDS:g} s: {statuses}")
    if set(statuses) != {401}:
        raise CheckError(
            f"{PROMISE_SECONDS:g} s after a key was blocked, chats with it were answered with {statuses}.",
            "A proxy still remembers the key: litellm_settings.callbacks must name revocations.callback. Run platform.yml.",
        )


__all__ = ("PROMISE_SECONDS", "checks")
