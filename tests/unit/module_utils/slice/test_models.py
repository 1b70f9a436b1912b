# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""/v1/models must list exactly the key's scope."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import models
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

ALL = ("coder-chat", "coder-chat-fim", "coder-embed")


def listing(names: t.Iterable[str]) -> dict[str, t.Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "openai"} for name in names]}


def test_each_key_has_a_check_with_its_own_scope(settings: Settings) -> None:
    default, chat_only = models.checks(settings)
    assert (default.name, default.expected) == ("models.default", "exactly coder-chat, coder-chat-fim, coder-embed")
    assert (chat_only.name, chat_only.expected) == ("models.chat-only", "exactly coder-chat, coder-chat-fim")


def test_the_exact_scope_passes(context: Context, tenant: t.Any) -> None:
    tenant.answers["GET /v1/models"] = lambda key, body: (200, listing(ALL if "default" in key else ALL[:2]))
    assert all(run_one(context, check).passed for check in models.checks(context.settings))


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (ALL[:2], "lacks coder-embed"),
        ((*ALL, "secret-model"), "also lists secret-model"),
        ((*ALL, "coder-chat"), "lists coder-chat more than once"),
        ((), "lacks coder-chat, coder-chat-fim, coder-embed"),
    ],
)
def test_any_other_list_is_named(names: tuple[str, ...], reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        models.judge(models.listed(listing(names)), set(ALL), "default")


def test_a_refused_key_is_told_what_to_do(context: Context, tenant: t.Any) -> None:
    tenant.answers["GET /v1/models"] = lambda key, body: (
        401,
        {"error": {"message": "Authentication Error", "code": "401"}},
    )
    result = run_one(context, models.checks(context.settings)[0])
    assert "HTTP 401: Authentication Error" in result.why
    assert "tenants.yml" in result.cure
