# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A proxy that still takes a blocked key, or counts for itself, turns a check red; the key of the check goes either way."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import limits, revocation
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one


class Proxies:
    """Two proxies behind one address that take turns; each may be told less than it should."""

    def __init__(self, tenant: t.Any, *, together: bool = True) -> None:
        self.together = together
        self.calls = 0
        self.counts = [0, 0]
        self.limit = 1000
        self.blocked = False
        self.deleted: list[str] = []
        self.made: dict[str, t.Any] = {}
        answers = {"generate": self.generate, "block": self.block, "delete": self.delete}
        tenant.answers |= {f"POST /key/{route}": answer for route, answer in answers.items()}
        tenant.answers["POST /v1/chat/completions"] = self.chat

    def generate(self, key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        self.made, self.limit = body, body.get("rpm_limit", 1000)
        return 200, {}

    def block(self, key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        self.blocked = True
        return 200, {}

    def delete(self, key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        self.deleted += body["key_aliases"]
        return 200, {}

    def chat(self, key: str, body: dict[str, t.Any]) -> tuple[int, t.Any]:
        assert key == self.made["key"]
        self.calls += 1
        proxy = 0 if self.together else self.calls % 2
        if self.blocked and proxy == 0:
            return 401, {}
        self.counts[proxy] += 1
        return (200 if self.counts[proxy] <= self.limit else 429), {}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "PROMISE_SECONDS", 0.01)


def run(context: Context, subject: t.Any) -> Result:
    [check] = subject.checks(context.settings)
    return run_one(context, check)


def test_a_key_that_every_proxy_refuses_passes(context: Context, tenant: t.Any) -> None:
    proxies = Proxies(tenant)
    assert run(context, revocation).passed
    assert proxies.deleted == [proxies.made["key_alias"]]
    assert proxies.made["duration"] == "10m"


def test_a_proxy_that_still_remembers_a_blocked_key_is_found(context: Context, tenant: t.Any) -> None:
    proxies = Proxies(tenant, together=False)
    result = run(context, revocation)
    assert "after a key was blocked, chats with it were answered with" in result.why
    assert "revocations.callback" in result.cure
    assert proxies.deleted == [proxies.made["key_alias"]]
    assert proxies.made["key"] not in result.request + result.response


def test_proxies_that_count_apart_are_found(context: Context, tenant: t.Any) -> None:
    Proxies(tenant, together=False)
    result = run(context, limits)
    assert "of 10 chats with a key of rpm_limit 3, 6 passed" in result.why
    assert "coordination_redis" in result.cure


def test_a_refusal_without_retry_after_is_found(context: Context, tenant: t.Any) -> None:
    Proxies(tenant)
    assert "has no Retry-After" in run(context, limits).why
