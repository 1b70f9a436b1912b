# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whoever must be refused and is not turns a check red."""

from __future__ import annotations

import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import refusals
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

PODS = "/api/v1/namespaces/serving/pods"


def run(context: Context, name: str) -> Result:
    (check,) = [check for check in refusals.checks(context.settings) if check.name == name]
    return run_one(context, check)


def gate(status: int) -> t.Callable[[str, t.Any], tuple[int, t.Any]]:
    return lambda key, body: (status, {"error": {"message": "no", "type": "auth_error", "code": str(status)}})


def test_scope_is_checked_for_every_model_a_key_lacks(settings: Settings) -> None:
    assert [check.name for check in refusals.checks(settings) if "scope" in check.name] == [
        "refusals.scope.chat-only.coder-embed"
    ]


@pytest.mark.parametrize("name", ["refusals.no_key", "refusals.wrong_key"])
def test_a_closed_door_passes_and_an_open_one_goes_red(context: Context, tenant: t.Any, name: str) -> None:
    tenant.answers["GET /v1/models"] = tenant.answers["POST /v1/chat/completions"] = gate(401)
    assert run(context, name).passed
    tenant.answers["POST /v1/chat/completions"] = gate(200)
    result = run(context, name)
    assert "POST /v1/chat/completions was answered with HTTP 200 instead of 401" in result.why
    assert "master_key" in result.cure


def test_a_failing_service_is_not_a_refusal(context: Context, tenant: t.Any) -> None:
    tenant.answers["GET /v1/models"] = gate(503)
    result = run(context, "refusals.wrong_key")
    assert "HTTP 503 instead of 401" in result.why
    assert "database" in result.cure


def test_a_model_outside_the_scope_must_be_forbidden(context: Context, tenant: t.Any) -> None:
    seen: list[str] = []

    def answer(key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        seen.append(key)
        return 200, {"data": []}

    tenant.answers["POST /v1/embeddings"] = answer
    result = run(context, "refusals.scope.chat-only.coder-embed")
    assert "for coder-embed with the key of chat-only was answered with HTTP 200 instead of 403" in result.why
    assert seen == [context.settings.keys[1].value]


@pytest.mark.parametrize(("status", "passed"), [(400, True), (403, True), (404, True), (200, False), (500, False)])
def test_an_unknown_model_is_refused_and_not_served(context: Context, tenant: t.Any, status: int, passed: bool) -> None:
    tenant.answers["POST /v1/chat/completions"] = gate(status)
    assert run(context, "refusals.unknown_model").passed is passed


def test_a_tenant_who_may_administer_goes_red(context: Context, tenant: t.Any) -> None:
    tenant.answers["GET /key/list"] = lambda key, body: (200, {"keys": []})
    assert "GET /key/list with the key of default" in run(context, "refusals.admin").why


def test_an_engine_that_answers_without_a_key_is_named(
    context: Context, cluster: t.Any, shapes: types.SimpleNamespace
) -> None:
    cluster.lists[PODS] = [shapes.engine("vllm-coder-chat-a"), shapes.engine("vllm-coder-chat-b")]
    path = f"{PODS}/vllm-coder-chat-%s:8000/proxy/v1/models"
    cluster.texts = {path % "a": (401, {"error": "Unauthorized"}), path % "b": (401, {"error": "Unauthorized"})}
    assert run(context, "refusals.engine.coder-chat").passed
    cluster.texts[path % "b"] = '{"data": []}'
    result = run(context, "refusals.engine.coder-chat")
    assert "vllm-coder-chat-b answers 200 instead of 401" in result.why
    assert "VLLM_API_KEY" in result.cure


def test_a_model_without_engines_cannot_pass(context: Context) -> None:
    assert "no running engine pod" in run(context, "refusals.engine.coder-chat").why
