# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Each fallback answers when those before it are down, says so, and is billed at its own price with a mark.

Nothing is stopped for that: a key of the check's own carries the list of models that count as down for its calls alone
(callback fallbacks of the role litellm).
"""

from __future__ import annotations

import dataclasses
import functools
import math
import typing as t

from ..litellm.spend import fallback_from
from .attribution import row_of
from .context import Context, Settings
from .offers import Key, Model
from .passing_keys import passing_key
from .results import Check, CheckError, Notes, Phase
from .wire import Answer

DRILL = "fallback_drill"
HEADER = "x-litellm-attempted-fallbacks"
_MESSAGES = [{"role": "user", "content": "Say one word."}]


@dataclasses.dataclass(frozen=True)
class Step:
    """One fallback of a model: who must answer, through which API, while all others of the chain are down."""

    asked: str
    target: Model
    answers: str
    path: str
    body: dict[str, t.Any]
    down: tuple[str, ...]


def checks(settings: Settings) -> list[Check]:
    """One check for each fallback of each model that a key may use together with it."""
    return [
        Check(
            f"fallback.{step.asked}.{step.target.name}",
            f"{step.answers} answers for {step.asked}, header {HEADER}, and a spend row with its price that names both",
            functools.partial(_fallback, step=step, owner=owner),
            Phase.BACKGROUND,
        )
        for model in (*settings.models, *settings.external)
        for step in steps(settings, model)
        if (owner := _owner(settings, model, step.target)) is not None
    ]


def _owner(settings: Settings, model: Model, target: Model) -> Key | None:
    return next((key for key in settings.keys if {model.name, target.name} <= key.models), None)


def steps(settings: Settings, model: Model) -> t.Iterator[Step]:
    """Every fallback of the model through the first API that they have in common."""
    offered = {one.name: one for one in (*settings.models, *settings.external)}
    reach = _reach(model, offered)
    for name in model.fallbacks:
        target = offered[name]
        asked = next((api for api in _apis(model) if api in _apis(target)), None)
        if asked is None:
            continue
        others = [one for one in reach if one is not target]
        down = tuple(api for one in others for api in one.api_names)
        path, body = _request(asked)
        wanted = _apis(model)[asked]
        yield Step(wanted, target, _apis(target)[asked], path, {"model": wanted, **body}, down)


def _reach(model: Model, offered: dict[str, Model]) -> list[Model]:
    """The model and all that could answer for it: LiteLLM goes on to the fallbacks of a fallback."""
    found = [model]
    for one in found:
        found += [offered[name] for name in one.fallbacks if offered[name] not in found]
    return found


def _apis(model: Model) -> dict[str, str]:
    """The name under which a model is asked, by API."""
    if "embeddings" in model.served_for:
        return {"embeddings": model.name}
    return {
        **({"chat": model.name} if model.chats else {}),
        **({"completions": model.fim_name} if "fim" in model.served_for else {}),
    }


def _request(api: str) -> tuple[str, dict[str, t.Any]]:
    if api == "embeddings":
        return "/v1/embeddings", {"input": "fallback"}
    if api == "completions":
        return "/v1/completions", {"prompt": "def fallback():", "max_tokens": 2}
    return "/v1/chat/completions", {"messages": _MESSAGES, "max_tokens": 2}


def _fallback(context: Context, notes: Notes, *, step: Step, owner: Key) -> None:
    with passing_key(context, notes, owner, metadata={DRILL: list(step.down)}) as value:
        notes.sent(f"POST {step.path}", step.body)
        answer = context.http.call("POST", step.path, value, step.body)
        notes.got(f"HTTP {answer.status}, {HEADER}: {answer.headers.get(HEADER)}\n{answer.text}")
        judge_answer(answer, step)
        body = answer.json() or {}
        # answers of /v1/embeddings have no id of their own
        row = row_of(context, notes, str(body.get("id") or answer.headers.get("x-litellm-call-id")))
    judge_row(row, body.get("usage") or {}, step)


def judge_answer(answer: Answer, step: Step) -> None:
    """Raises CheckError unless another model answered, and said so."""
    if answer.status != 200:
        detail = str(answer.error().get("message") or answer.text).strip()
        raise CheckError(
            f"{step.answers} did not answer for {step.asked}: HTTP {answer.status}: {detail[:400]}",
            f"LiteLLM does not know this fallback, or {step.answers} itself fails: run the playbook platform.yml, and ask "
            f"{step.answers} directly.",
        )
    if not (answer.headers.get(HEADER) or "0").isdecimal() or int(answer.headers.get(HEADER) or 0) < 1:
        raise CheckError(
            f"a model that counts as down answered for {step.asked}: {HEADER} is {answer.headers.get(HEADER)!r}.",
            "LiteLLM runs without the callback fallbacks, so that fallbacks cannot be tried: run the playbook platform.yml.",
        )


def judge_row(row: dict[str, t.Any], usage: dict[str, t.Any], step: Step) -> None:
    """Raises CheckError unless the row names who answered and who was asked, and has the price of the one that answered."""
    found = (row.get("model_group"), fallback_from(row))
    if found != (step.answers, step.asked):
        raise CheckError(
            f"the spend row says that {found[0]!r} answered for {found[1]!r} instead of {step.answers!r} for {step.asked!r}.",
            "Costs of fallbacks cannot be told apart: look at LiteLLM's version.",
        )
    tokens = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
    wanted, spend = step.target.cost(*tokens), float(row.get("spend") or 0.0)
    if spend <= 0 or not math.isclose(spend, wanted, rel_tol=1e-6):
        raise CheckError(
            f"LiteLLM charged {spend:.6g} USD for {tokens[0]} + {tokens[1]} tokens of {step.answers}; {wanted:.6g} USD were due.",
            f"A call is billed at the price of the model that answers: compare the price of {step.target.name} with LiteLLM's "
            "model list.",
        )


__all__ = ("checks", "judge_answer", "judge_row", "steps")
