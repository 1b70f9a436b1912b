# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The ledger: every request appears within seconds with its tokens and its price, streamed ones too."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import math
import time
import typing as t
import urllib.parse

from .context import Context, Settings, must_be_ok
from .offers import Model
from .results import Check, CheckError, Notes, Phase
from .wire import Answer, Event

POLL_SECONDS = 1.0
_FORMS = ("chat", "stream", "fim", "fim_stream", "embeddings")
_STREAMED = ("stream", "fim_stream")


@dataclasses.dataclass(frozen=True)
class Bill:
    """What a request must show up as: identifiers to search for, and the tokens that its answer named."""

    identifiers: tuple[str, ...]
    prompt_tokens: int
    completion_tokens: int


def checks(settings: Settings) -> list[Check]:
    """One check for each model and each form in which it can be asked."""
    return [
        Check(
            f"ledger.{form}.{model.name}",
            f"a spend row with the tokens of the answer, priced at {model.input_price:g} USD per prompt token and "
            f"{model.output_price:g} USD per completion token, both above zero"
            if form != "embeddings"
            else f"a spend row with the tokens of the answer, priced at {model.input_price:g} USD per token, above zero",
            functools.partial(_ledger, model=model, form=form),
            Phase.BACKGROUND,
        )
        for model in settings.models
        if settings.keys_for(model)
        for form in _forms(model)
    ]


def _forms(model: Model) -> tuple[str, ...]:
    fills = "fim" in model.served_for
    have = {
        "chat": model.chats,
        "stream": model.chats,
        "fim": fills,
        "fim_stream": fills,
        "embeddings": _embeds(model),
    }
    return tuple(form for form in _FORMS if have[form])


def _embeds(model: Model) -> bool:
    return "embeddings" in model.served_for


def _ledger(context: Context, notes: Notes, *, model: Model, form: str) -> None:
    judge_configured(model, form)
    bill = _spend(context, notes, model, form)
    deadline = time.monotonic() + context.settings.ledger_timeout
    started = time.monotonic()
    while (row := find_row(context, notes, bill.identifiers)) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if row is None:
        raise CheckError(
            f"no spend row for request {bill.identifiers[0]} within {context.settings.ledger_timeout:.0f} s.",
            "Spend is not recorded: look at LiteLLM's log and its connection to PostgreSQL (proxy_batch_write_at is the delay).",
        )
    notes.data["seconds_to_row"] = round(time.monotonic() - started, 1)
    notes.got({name: row.get(name) for name in _SHOWN})
    judge(row, bill, model)


_SHOWN = ("request_id", "model_group", "model", "prompt_tokens", "completion_tokens", "spend", "status", "team_id")


def _spend(context: Context, notes: Notes, model: Model, form: str) -> Bill:
    path, body = request(model, form)
    notes.sent(f"POST {path}", body)
    if form in _STREAMED:
        stream = context.http.stream(path, context.key(model), body)
        notes.got(stream.answer.text or f"{len(stream.events)} events")
        must_be_ok(stream.answer, f"a streamed POST {path}")
        return bill_of(stream.answer, _last(stream.events))
    answer = context.http.call("POST", path, context.key(model), body)
    notes.got(answer.text)
    must_be_ok(answer, f"POST {path}")
    return bill_of(answer, answer.json() or {})


def request(model: Model, form: str) -> tuple[str, dict[str, t.Any]]:
    """Path and body of a small request in the given form."""
    if form == "embeddings":
        return "/v1/embeddings", {"model": model.name, "input": "ledger"}
    if form in ("fim", "fim_stream"):
        fill = {"model": model.fim_name, "prompt": "def ledger():", "max_tokens": 5}
        # usage is not asked for: the platform must bill the stream all the same
        return "/v1/completions", {**fill, "stream": True} if form == "fim_stream" else fill
    body = {"model": model.name, "messages": [{"role": "user", "content": "ledger"}], "max_tokens": 5}
    if form == "stream":
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return "/v1/chat/completions", body


def bill_of(answer: Answer, body: dict[str, t.Any]) -> Bill:
    """The bill that an answer promises."""
    usage = body.get("usage") or {}
    identifiers = (str(body.get("id") or ""), answer.headers.get("x-litellm-call-id", ""))
    found = tuple(dict.fromkeys(one for one in identifiers if one))
    if not usage.get("prompt_tokens") or not found:
        raise CheckError("the answer names no usage or no id, so its price cannot be checked.")
    return Bill(found, int(usage["prompt_tokens"]), int(usage.get("completion_tokens") or 0))


def _last(events: t.Sequence[Event]) -> dict[str, t.Any]:
    chunks = [event.json() for event in events]
    return next((chunk for chunk in reversed(chunks) if chunk.get("usage")), {})


def find_row(context: Context, notes: Notes, identifiers: t.Iterable[str]) -> dict[str, t.Any] | None:
    """The spend row of a request that has one of these identifiers."""
    for identifier in identifiers:
        path = f"/spend/logs/v2?{_search(identifier)}"
        if f"GET {path}" not in notes.requests:
            notes.sent(f"GET {path}")
        answer = context.admin(path)
        must_be_ok(answer, f"GET {path} with the master key")
        rows = (answer.json() or {}).get("data") or []
        matching = [row for row in rows if row.get("request_id") == identifier]
        if matching:
            return dict(matching[0])
    return None


def _search(identifier: str) -> str:
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    window = {"start_date": f"{now - day:%Y-%m-%d}", "end_date": f"{now + day:%Y-%m-%d}"}
    return urllib.parse.urlencode({"request_id": identifier, **window})


def judge_configured(model: Model, form: str) -> None:
    """Raises CheckError when the configuration itself has no price: LiteLLM then bills nothing and budgets never end."""
    missing = [name for name, price in (("input", model.input_price), ("output", model.output_price)) if price <= 0]
    if form == "embeddings":
        missing = [name for name in missing if name == "input"]
    if missing:
        raise CheckError(
            f"model {model.name} has no {' and no '.join(missing)} price in platform_models.",
            f"Set price for {model.name}: without one every request costs 0 and no budget ever ends.",
        )


def judge(row: dict[str, t.Any], bill: Bill, model: Model) -> None:
    """Raises CheckError unless the row has the tokens of the answer and the price of the configuration."""
    prompt, completion = int(row.get("prompt_tokens") or 0), int(row.get("completion_tokens") or 0)
    if (prompt, completion) != (bill.prompt_tokens, bill.completion_tokens):
        raise CheckError(
            f"the spend row of {model.name} has {prompt} prompt and {completion} completion tokens, the answer had "
            f"{bill.prompt_tokens} and {bill.completion_tokens}.",
            "Set general_settings.always_include_stream_usage in LiteLLM's configuration.",
        )
    spend, wanted = float(row.get("spend") or 0.0), model.cost(prompt, completion)
    if spend <= 0:
        raise CheckError(
            f"LiteLLM charged nothing for {prompt} + {completion} tokens of {model.name}: its price is missing. "
            f"{wanted:.3g} USD were due.",
            "Set input_cost_per_token and output_cost_per_token in LiteLLM's model list again (playbook platform.yml): "
            "without a price no budget ever ends.",
        )
    if not math.isclose(spend, wanted, rel_tol=1e-6):
        raise CheckError(
            f"LiteLLM charged {spend:.6g} USD for {prompt} + {completion} tokens of {model.name}; {wanted:.6g} USD were due "
            f"at {model.input_price:g} and {model.output_price:g} USD per token.",
            "A price in LiteLLM's model list is missing or differs from platform_models: run the playbook platform.yml.",
        )


__all__ = ("Bill", "bill_of", "checks", "find_row", "judge", "judge_configured", "request")
