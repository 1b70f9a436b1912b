# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Budgets, revoked keys, privacy and attribution go red when they do not hold, and the keys made for them go again."""

from __future__ import annotations

import hashlib
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import attribution, budgets, privacy
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

SUBJECTS = (budgets, privacy, attribution)
EXCEEDED = (422, {"error": {"type": "budget_exceeded", "message": "Budget has been exceeded!"}})
EXPIRED = (401, {"error": {"type": "expired_key", "message": "Expired Key"}})
GONE = (401, {"error": {"type": "token_not_found_in_db", "message": "Invalid proxy server token passed"}})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(budgets, "REVOKED_SECONDS", 0.05)
    monkeypatch.setattr(attribution, "POLL_SECONDS", 0.01)


@pytest.fixture
def made(tenant: t.Any, shapes: types.SimpleNamespace) -> list[str]:
    """Values of the keys that checks made; the endpoint answers everything."""
    values: list[str] = []

    def generate(key: str, body: t.Any) -> tuple[int, t.Any]:
        values.append(body["key"])
        return 200, {}

    tenant.answers["POST /key/generate"] = generate
    tenant.answers["POST /key/delete"] = lambda key, body: (200, {})
    tenant.answers["GET /v1/models"] = lambda key, body: (200, {"data": []})
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.completion())
    return values


def run(context: Context, name: str) -> Result:
    (check,) = [one for subject in SUBJECTS for one in subject.checks(context.settings) if one.name == name]
    return run_one(context, check)


def refuse_the_second(made: list[str], answer: tuple[int, t.Any], good: t.Any) -> t.Callable[[str, t.Any], t.Any]:
    """Answers well once to each key that a check made, then with ``answer``; always well to others."""
    seen: list[str] = []

    def found(key: str, body: t.Any) -> tuple[int, t.Any]:
        seen.append(key)
        return answer if key in made and seen.count(key) > 1 else (200, good)

    return found


def test_a_budget_that_ends_passes_and_the_key_is_deleted(
    context: Context, tenant: t.Any, made: list[str], shapes: types.SimpleNamespace
) -> None:
    tenant.answers["POST /v1/chat/completions"] = refuse_the_second(made, EXCEEDED, shapes.completion())
    result = run(context, "budgets.exceeded")
    assert result.passed, result.why
    assert tenant.asked[-2:] == ["POST /key/delete", "POST /v1/chat/completions"]
    assert made
    assert made[0] not in result.request + result.response


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "goes on although its budget is used up"),
        ((429, {"error": {"type": "budget_exceeded"}}), "HTTP 429 (budget_exceeded) instead of 422"),
        ((500, {}), "HTTP 500"),
    ],
)
def test_a_budget_that_does_not_end_as_documented_goes_red(
    context: Context, tenant: t.Any, made: list[str], answer: t.Any, reason: str
) -> None:
    if answer:
        tenant.answers["POST /v1/chat/completions"] = refuse_the_second(made, answer, {})
    result = run(context, "budgets.exceeded")
    assert not result.passed
    assert reason in result.why
    assert "POST /key/delete" in tenant.asked


def test_another_key_that_is_refused_meanwhile_goes_red(context: Context, tenant: t.Any, made: list[str]) -> None:
    owner = context.settings.keys[0].value
    answers: dict[str, t.Any] = {owner: (422, {})}
    good = refuse_the_second(made, EXCEEDED, {})
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: answers.get(key) or good(key, body)
    assert "a chat with the key of default meanwhile was answered with HTTP 422" in run(context, "budgets.exceeded").why


@pytest.mark.parametrize(("name", "refusal"), [("expired", EXPIRED), ("deleted", GONE)])
def test_a_key_out_of_service_is_refused_or_goes_red(
    context: Context, tenant: t.Any, made: list[str], name: str, refusal: tuple[int, t.Any]
) -> None:
    assert not run(context, f"keys.{name}").passed
    tenant.answers["GET /v1/models"] = refuse_the_second(made, refusal, {"data": []})
    result = run(context, f"keys.{name}")
    assert result.passed, result.why


def test_a_tenant_that_sees_another_goes_red_and_the_path_is_named(context: Context, tenant: t.Any) -> None:
    paths = ("/team/info", "/key/info", "/spend/logs/v2", "/spend/logs")
    for path in paths:
        tenant.answers[f"GET {path}"] = lambda key, body: (403, {})
    names = [check.name for check in privacy.checks(context.settings)]
    assert names == ["privacy.chat-only", "privacy.default"]
    assert all(run(context, name).passed for name in names)
    tenant.answers["GET /key/info"] = lambda key, body: (200, {"info": {"spend": 1}})
    result = run(context, "privacy.default")
    assert "asking for the key chat-only with the key of default was answered with HTTP 200" in result.why


def row(made: list[str], **changes: t.Any) -> t.Callable[[str, t.Any], tuple[int, t.Any]]:
    def found(key: str, body: t.Any) -> tuple[int, t.Any]:
        own = {
            "request_id": "chatcmpl-1",
            "api_key": hashlib.sha256(made[0].encode()).hexdigest() if made else "",
            "team_id": "default",
            "user": "slice-check-user",
            "end_user": "slice-check-end-user",
            "spend": 0.1,
            "completion_tokens": 4,
        }
        return 200, {"data": [{**own, **changes}]}

    return found


@pytest.mark.parametrize("wrong", [{}, {"team_id": "chat-only"}, {"end_user": ""}, {"user": None}, {"api_key": "x"}])
def test_a_row_that_names_somebody_else_goes_red(
    context: Context, tenant: t.Any, made: list[str], wrong: dict[str, t.Any]
) -> None:
    tenant.answers["GET /spend/logs/v2"] = row(made, **wrong)
    result = run(context, "ledger.attribution")
    assert result.passed == (not wrong), result.why
    assert all(name in result.why for name in wrong)


@pytest.mark.parametrize(("billed", "passed"), [({}, True), ({"spend": 0}, False), ({"completion_tokens": 0}, False)])
def test_a_stream_that_is_broken_off_has_to_be_billed(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace, billed: dict[str, t.Any], passed: bool
) -> None:
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.chunks(["a"] * 50))
    tenant.answers["GET /spend/logs/v2"] = row([], **billed)
    result = run(context, "ledger.broken_off.coder-chat")
    assert (result.passed, result.response.startswith("5 events")) == (passed, True), result.why
