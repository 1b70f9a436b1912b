# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who must be refused although the key was real: its budget is used up, it has expired or was deleted."""

from __future__ import annotations

import functools
import time
import typing as t

from .context import Context, Settings, must_be_ok
from .offers import Key, Model
from .passing_keys import passing_key
from .refusals import chat
from .results import Check, CheckError, Notes, Phase
from .wire import Answer

# Less than one token of anything costs.
BUDGET = 1e-9
REFUSED = 422
POLL_SECONDS = 0.25
# A revocation has to hold everywhere by then.
REVOKED_SECONDS = 2.0
_CHATS = "/v1/chat/completions"


def checks(settings: Settings) -> list[Check]:
    """One check for each way in which a key goes out of service, with a key of its own."""
    models = settings.chat_models()
    if not models:
        return []
    model = models[0]
    owner = settings.keys_for(model)[0]
    return [
        Check(
            "budgets.exceeded",
            f"{REFUSED} budget_exceeded for a key with a budget of {BUDGET:g} USD once it has spent, while other keys go on",
            functools.partial(_exceeded, model=model, owner=owner),
            Phase.BACKGROUND,
        ),
        Check("keys.expired", "401 expired_key", functools.partial(_expired, owner=owner), Phase.BACKGROUND),
        Check(
            "keys.deleted",
            f"401 within {REVOKED_SECONDS:g} s",
            functools.partial(_deleted, owner=owner),
            Phase.BACKGROUND,
        ),
    ]


def _exceeded(context: Context, notes: Notes, *, model: Model, owner: Key) -> None:
    with passing_key(context, notes, owner, max_budget=BUDGET) as value:
        first = _chat(context, notes, model, value)
        must_be_ok(first, "the first chat of a key with a tiny budget")
        answer = _poll(
            context.settings.ledger_timeout, lambda: context.http.call("POST", _CHATS, value, chat(model.name))
        )
        notes.got(f"HTTP {answer.status} {answer.text}")
        judge_exceeded(answer)
    must_be_ok(_chat(context, notes, model, owner.value), f"a chat with the key of {owner.name} meanwhile")


def judge_exceeded(answer: Answer) -> None:
    """Raises CheckError unless the budget was enforced, with the documented status and type."""
    kind = answer.error().get("type")
    if answer.status == REFUSED and kind == "budget_exceeded":
        return
    if answer.status == 200:
        raise CheckError(
            "a key goes on although its budget is used up.",
            "Does the model have a price, and does spend reach PostgreSQL? See the checks 'ledger'.",
        )
    raise CheckError(
        f"a used-up budget was answered with HTTP {answer.status} ({kind}) instead of {REFUSED} (budget_exceeded).",
        "Set litellm_settings.budget_exceeded_status_code in LiteLLM's configuration (playbook platform.yml).",
    )


def _expired(context: Context, notes: Notes, *, owner: Key) -> None:
    with passing_key(context, notes, owner, duration="1s") as value:
        answer = _until_refused(context, notes, value, context.settings.ledger_timeout)
    if answer.status != 401 or answer.error().get("type") != "expired_key":
        raise CheckError(
            f"a key that has expired is answered with HTTP {answer.status} instead of 401 (expired_key).",
            "LiteLLM does not look at the expiry of keys: compare its clock with PostgreSQL's.",
        )


def _deleted(context: Context, notes: Notes, *, owner: Key) -> None:
    route = "/key/delete"
    with passing_key(context, notes, owner) as value:
        # it is known, and in memory, before it goes
        must_be_ok(context.http.call("GET", "/v1/models", value), "GET /v1/models with a new key")
        notes.sent(f"POST {route} with the master key")
        must_be_ok(context.administer(route, {"keys": [value]}), f"POST {route} with the master key")
        answer = _until_refused(context, notes, value, REVOKED_SECONDS)
        if answer.status != 401:
            raise CheckError(
                f"a key that was deleted is still answered with HTTP {answer.status} after {REVOKED_SECONDS:g} s.",
                "A proxy process answers from its memory: compare litellm_replicas and litellm_workers with the role's README.",
            )


def _until_refused(context: Context, notes: Notes, value: str, seconds: float) -> Answer:
    notes.sent("GET /v1/models until it is refused")
    answer = _poll(seconds, lambda: context.http.call("GET", "/v1/models", value))
    notes.got(f"HTTP {answer.status} {answer.text}")
    return answer


def _poll(seconds: float, ask: t.Callable[[], Answer]) -> Answer:
    """The first answer that is not 200, or the last one."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer.status != 200 or time.monotonic() > deadline:
            return answer
        time.sleep(POLL_SECONDS)


def _chat(context: Context, notes: Notes, model: Model, value: str) -> Answer:
    notes.sent(f"POST {_CHATS}", chat(model.name))
    answer = context.http.call("POST", _CHATS, value, chat(model.name))
    notes.got(f"HTTP {answer.status} {answer.text}")
    return answer


__all__ = ("checks", "judge_exceeded")
