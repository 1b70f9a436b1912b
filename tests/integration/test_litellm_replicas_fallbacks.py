# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fallbacks of a real LiteLLM to an external endpoint, which is a second real LiteLLM with a key and prices of its own."""

from __future__ import annotations

import datetime
import secrets
import typing as t

import pytest
from litellm_fixture import modules
from litellm_fixture.fixtures import Proxy
from litellm_fixture.load import Engine, until
from litellm_fixture.modules import Calls

from ansible_collections.inference.platform.plugins.module_utils.slice import attribution, fallbacks
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import Key, Model
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one
from ansible_collections.inference.platform.plugins.module_utils.slice.wire import Answer, Http

CHATS = "/v1/chat/completions"
PRICE = {"input_per_token": 0.0002, "output_per_token": 0.0004}
TEXT = "greetings from afar"


class Tenant:
    """A team with one key."""

    def __init__(self, proxy: Proxy, *models: str, **limits: t.Any) -> None:
        calls = Calls(proxy.url, proxy.master_key)
        self.name = f"fb{secrets.token_hex(5)}"
        self.value = f"sk-{secrets.token_hex(16)}"
        self.http = Http(proxy.url, 30)
        assert calls("team", team_id=self.name, models=list(models), max_budget=100)["changed"]
        made = calls("key", key_alias=self.name, key=self.value, team_id=self.name, **limits)
        assert made["changed"], made

    def body(self, model: str) -> dict[str, t.Any]:
        return {"model": model, "messages": [{"role": "user", "content": "who is there?"}]}

    def chat(self, model: str) -> Answer:
        return self.http.call("POST", CHATS, self.value, self.body(model))


@pytest.fixture(scope="module")
def far(litellm: Proxy, twin: Proxy) -> t.Iterator[Proxy]:
    """The external endpoint, which knows one key for its one model."""
    calls = Calls(litellm.url, litellm.master_key)
    params = {"model": "openai/x", "mock_response": TEXT, "input_cost_per_token": 0.1, "output_cost_per_token": 0.1}
    made = calls("model", model_id="far-away", model_name="far-away", litellm_params=params, api_key="none")
    assert made["changed"], made
    assert calls("key", key_alias="far-account", key=litellm.twin_key, models=["far-away"])["changed"]
    body = {"model": "far-away", "messages": [{"role": "user", "content": "x"}]}
    assert until(lambda: twin.post(CHATS, body, litellm.twin_key)[0] == 200, 60)
    yield twin
    calls("key", key_alias="far-account", state="absent")
    calls("model", model_id="far-away", state="absent")


@pytest.fixture
def engine(litellm: Proxy) -> t.Iterator[Engine]:
    """An engine behind the gateway's address; without it nobody answers there."""
    server = Engine(litellm.gateway_port)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def rows(litellm: Proxy) -> t.Callable[[str, int], list[dict[str, t.Any]]]:
    """The rows of a team, once there are so many."""
    calls = Calls(litellm.url, litellm.master_key)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    period = {"start": str(today - datetime.timedelta(days=1)), "end": str(today + datetime.timedelta(days=1))}

    def read(team: str, count: int) -> list[dict[str, t.Any]]:
        found: list[dict[str, t.Any]] = []

        def enough() -> bool:
            found[:] = calls("spend_info", **period, team_id=team, rows=True)["rows"]
            return len(found) >= count

        assert until(enough, 60), found
        return found

    return read


Rows = t.Callable[[str, int], list[dict[str, t.Any]]]


def test_an_external_endpoint_answers_for_an_engine_that_is_down_at_its_own_price(
    litellm: Proxy, far: Proxy, rows: Rows
) -> None:
    # locked-chat comes first in the chain; this team may not use it
    tenant = Tenant(litellm, "near-chat", "far-chat")
    whole = tenant.chat("near-chat")
    assert (whole.status, whole.json()["choices"][0]["message"]["content"]) == (200, TEXT)
    assert int(whole.headers[fallbacks.HEADER]) == 1
    told = {name: value for name, value in whole.headers.items() if name.startswith("llm_provider-x-litellm-")}
    assert set(told.values()) <= {""}, told
    stream = tenant.http.stream(CHATS, tenant.value, {**tenant.body("near-chat"), "stream": True})
    assert "".join(_text(event.json()) for event in stream.events) == TEXT
    assert stream.events[-1].data == "[DONE]"
    assert int(stream.answer.headers[fallbacks.HEADER]) == 1

    made = rows(tenant.name, 2)
    assert [(row["model"], row["fallback_from"], row["status"]) for row in made] == [
        ("far-chat", "near-chat", "success")
    ] * 2
    for row in made:
        due = row["prompt_tokens"] * PRICE["input_per_token"] + row["completion_tokens"] * PRICE["output_per_token"]
        assert row["spend"] == pytest.approx(due)
        assert row["spend"] > 0
    _reports_show_it(litellm, tenant.name, sum(row["spend"] for row in made))
    # the endpoint knows its own key alone, so it was called with that one
    assert far.get("/v1/models", tenant.value)[1]["data"] != far.get("/v1/models", litellm.twin_key)[1]["data"]
    account = litellm.get(f"/key/info?key={litellm.twin_key}", litellm.master_key)[1]["info"]
    assert (account["models"], account["blocked"]) == (["far-away"], None)


def _text(chunk: dict[str, t.Any]) -> str:
    choices = chunk.get("choices") or [{}]
    return str((choices[0].get("delta") or {}).get("content") or "")


def _reports_show_it(litellm: Proxy, team: str, spend: float) -> None:
    access = {"url": litellm.url, "master_key": litellm.master_key}
    day = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    found = modules.run("ledger_check", {**access, "start": day, "end": day, "fail": False, "group_by": ["team"]})
    (group,) = [one for one in found["groups"]["team"] if one["id"] == team]
    assert (group["calls"], group["fallback_calls"], group["spend"]) == (2, 2, pytest.approx(spend))
    assert not [one for one in found["differences"] if one["name"] in ("far-chat", "near-chat", team)]


def test_a_wrong_key_of_the_endpoint_is_said_and_locks_nothing(
    litellm: Proxy, far: Proxy, engine: Engine, rows: Rows
) -> None:
    tenant = Tenant(litellm, "near-locked", "locked-chat", "near-chat")
    engine.failures = 4
    refused = [tenant.chat("near-locked") for _ in range(3)]
    assert {answer.status for answer in refused} == {500}
    for answer in refused:
        assert "Fallback to locked-chat also failed" in answer.text
        assert "AuthenticationError" in answer.text
        assert "sk-a-key-that-opens-nothing" not in answer.text
        assert tenant.value not in answer.text
    # nobody else may answer: its own error, and not for a moment longer than the engine fails
    alone = Tenant(litellm, "near-chat")
    assert alone.chat("near-chat").status == 500
    back = [alone.chat("near-chat"), tenant.chat("near-locked"), tenant.chat("near-chat")]
    assert [(answer.status, answer.headers[fallbacks.HEADER]) for answer in back] == [(200, "0")] * 3
    assert {row["fallback_from"] for row in rows(alone.name, 2)} == {None}


def test_retries_come_first_and_an_engine_that_hangs_is_given_up(litellm: Proxy, far: Proxy, engine: Engine) -> None:
    tenant = Tenant(litellm, "near-patient", "far-chat")
    engine.failures = 1
    again = tenant.chat("near-patient")
    assert (again.status, again.headers[fallbacks.HEADER], engine.asked) == (200, "0", 2)
    engine.failures, engine.failure = 1, 400
    refused = tenant.chat("near-patient")
    assert (refused.status, refused.json()["choices"][0]["message"]["content"], engine.asked) == (200, TEXT, 3)
    engine.seconds = 5.0
    hung = tenant.chat("near-patient")
    assert (hung.status, hung.json()["choices"][0]["message"]["content"]) == (200, TEXT)
    assert int(hung.headers[fallbacks.HEADER]) == 1


def test_limits_end_at_the_limit_and_open_no_model(litellm: Proxy, far: Proxy) -> None:
    tenant = Tenant(litellm, "near-chat", "far-chat", rpm_limit=1)
    assert [tenant.chat("near-chat").status for _ in range(2)] == [200, 429]
    narrow = f"sk-{secrets.token_hex(16)}"
    limited = {"key": narrow, "models": ["near-chat"], "model_rpm_limit": {"near-chat": 1}}
    assert litellm.post("/key/generate", limited, litellm.master_key)[0] == 200
    answers = [tenant.http.call("POST", CHATS, narrow, tenant.body("near-chat")) for _ in range(2)]
    assert [answer.status for answer in answers] == [500, 429]


def test_the_check_of_the_slice_tries_every_step_and_is_red_where_litellm_does_not_know_it(
    litellm: Proxy, far: Proxy, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attribution, "POLL_SECONDS", 0.3)
    tenant = Tenant(litellm, "near-chat", "coder-chat", "locked-chat", "far-chat")
    chat = frozenset({"chat"})
    models = (
        Model("near-chat", chat, 1, 0.00001, 0.00003, ("locked-chat", "far-chat")),
        Model("coder-chat", chat, 1, 0.00001, 0.00003, ("far-chat",)),
    )
    external = tuple(Model(name, chat, 1, 0.0002, 0.0004) for name in ("locked-chat", "far-chat"))
    names = frozenset(model.name for model in (*models, *external))
    key = Key(tenant.name, "ci", names, tenant.value)
    settings = Settings(litellm.url, models, (key,), external=external, timeout=30, ledger_timeout=60)
    context = Context(settings, litellm.master_key, t.cast("t.Any", None))
    found: dict[str, Result] = {check.name: run_one(context, check) for check in fallbacks.checks(settings)}
    assert found["fallback.near-chat.far-chat"].why == ""
    assert "AuthenticationError" in found["fallback.near-chat.locked-chat"].why
    unknown = found["fallback.coder-chat.far-chat"]
    assert "far-chat did not answer for coder-chat: HTTP 503" in unknown.why
    assert "LiteLLM does not know this fallback" in unknown.cure
    assert engine.asked == 0
    assert tenant.chat("coder-chat").headers[fallbacks.HEADER] == "0"
