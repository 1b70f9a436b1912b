# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whose a call was: its row names key, team, user and end user; a stream that the caller breaks off is billed as well."""

from __future__ import annotations

import functools
import time
import typing as t

from ..litellm.keys import key_hash
from .context import Context, Settings, must_be_ok
from .ledger import find_row
from .offers import Key, Model
from .passing_keys import PREFIX, passing_key
from .results import Check, CheckError, Notes, Phase

POLL_SECONDS = 1.0
_CHATS = "/v1/chat/completions"
# Events of the stream that are read before the caller goes away, and how much would still come.
BREAK_AFTER, LONG = 5, 200
Row = dict[str, t.Any]


def checks(settings: Settings) -> list[Check]:
    models = settings.chat_models()
    if not models:
        return []
    model = models[0]
    owner = settings.keys_for(model)[0]
    return [
        Check(
            "ledger.attribution",
            "a spend row with the key's SHA-256, its team, its user and the end user of the call",
            functools.partial(_attribution, model=model, owner=owner),
            Phase.BACKGROUND,
        ),
        Check(
            f"ledger.broken_off.{model.name}",
            "a spend row with tokens and a price above zero for a stream that the caller breaks off",
            functools.partial(_broken_off, model=model, owner=owner),
            Phase.BACKGROUND,
        ),
    ]


def _attribution(context: Context, notes: Notes, *, model: Model, owner: Key) -> None:
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": "whose"}],
        "max_tokens": 1,
        "user": f"{PREFIX}-end-user",
    }
    with passing_key(context, notes, owner, user_id=f"{PREFIX}-user") as value:
        notes.sent(f"POST {_CHATS}", body)
        answer = context.http.call("POST", _CHATS, value, body)
        notes.got(answer.text)
        must_be_ok(answer, f"POST {_CHATS}")
        row = row_of(context, notes, str((answer.json() or {}).get("id")))
        wanted = {
            "api_key": key_hash(value),
            "team_id": owner.team,
            "user": f"{PREFIX}-user",
            "end_user": f"{PREFIX}-end-user",
        }
    judge_owner(row, wanted)


def judge_owner(row: Row, wanted: t.Mapping[str, str]) -> None:
    """Raises CheckError naming what the row attributes to somebody else."""
    wrong = [
        f"{name} is {row.get(name)!r} instead of {value!r}" for name, value in wanted.items() if row.get(name) != value
    ]
    if wrong:
        raise CheckError(
            f"the spend row does not say whose the call was: {', '.join(wrong)}.",
            "Costs cannot be told apart: look at LiteLLM's configuration for settings that rewrite users.",
        )


def _broken_off(context: Context, notes: Notes, *, model: Model, owner: Key) -> None:
    body = {
        "model": model.name,
        "messages": [{"role": "user", "content": "go on and on"}],
        "max_tokens": LONG,
        "ignore_eos": True,
        "stream": True,
    }
    notes.sent(f"POST {_CHATS}, broken off after {BREAK_AFTER} events", body)
    stream = context.http.stream(_CHATS, owner.value, body, most=BREAK_AFTER)
    must_be_ok(stream.answer, f"a streamed POST {_CHATS}")
    notes.got(f"{len(stream.events)} events")
    judge_broken_off(row_of(context, notes, str(stream.events[0].json().get("id"))))


def judge_broken_off(row: Row) -> None:
    """Raises CheckError unless the stream was billed for what it made."""
    if float(row.get("spend") or 0) > 0 and int(row.get("completion_tokens") or 0) > 0:
        return
    raise CheckError(
        f"a stream that was broken off was billed {row.get('spend')} USD for {row.get('completion_tokens')} tokens.",
        "Anybody works for free who hangs up in time: look at LiteLLM's version and its setting disable_streaming_logging.",
    )


def row_of(context: Context, notes: Notes, identifier: str) -> Row:
    """The spend row of a request, once it is there. Raises CheckError."""
    deadline = time.monotonic() + context.settings.ledger_timeout
    while (row := find_row(context, notes, (identifier,))) is None:
        if time.monotonic() > deadline:
            raise CheckError(
                f"no spend row for request {identifier} within {context.settings.ledger_timeout:.0f} s.",
                "Spend is not recorded: look at LiteLLM's log and its connection to PostgreSQL.",
            )
        time.sleep(POLL_SECONDS)
    notes.got(
        {
            name: row.get(name)
            for name in ("request_id", "api_key", "team_id", "user", "end_user", "spend", "completion_tokens")
        }
    )
    return row


__all__ = ("checks", "judge_broken_off", "judge_owner", "row_of")
