# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two LiteLLM proxies over one database and one Redis: what holds for one holds for both, under load."""

from __future__ import annotations

import secrets
import time
import typing as t

import pytest
from litellm_fixture.fixtures import Proxy
from litellm_fixture.load import Engine, Load, until
from litellm_fixture.modules import Calls

# What the platform promises: seconds from the answer to a revocation until nobody accepts a call any more.
PROMISE = 2.0


@pytest.fixture(scope="module")
def engine() -> t.Iterator[Engine]:
    server = Engine()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def proxies(litellm: Proxy, twin: Proxy, engine: Engine) -> t.Iterator[tuple[Proxy, Proxy]]:
    calls = Calls(litellm.url, litellm.master_key)
    price = {"input_cost_per_token": 0.000001, "output_cost_per_token": 0.000001}
    model = {"model_id": "stand-in", "model_name": "stand-in", "api_key": "none"}
    made = calls("model", **model, litellm_params={"model": "openai/m", "api_base": engine.url, **price})
    assert made["changed"], made
    yield litellm, twin
    calls("model", model_id="stand-in", state="absent")


@pytest.fixture
def calls(litellm: Proxy) -> Calls:
    return Calls(litellm.url, litellm.master_key)


class Tenant:
    """A team with one key that calls both proxies."""

    def __init__(self, calls: Calls, **limits: t.Any) -> None:
        self.name = f"t{secrets.token_hex(6)}"
        self.value = f"sk-{secrets.token_hex(16)}"
        assert calls("team", team_id=self.name, models=["stand-in"], max_budget=100)["changed"]
        made = calls("key", key_alias=self.name, key=self.value, team_id=self.name, **limits)
        assert made["changed"], made

    def load(self, proxies: t.Sequence[Proxy], *, callers: int = 1) -> Load:
        return Load(proxies, lambda: self.value, callers=callers)


def test_what_is_revoked_is_refused_by_every_proxy_within_two_seconds_under_load(
    proxies: tuple[Proxy, Proxy], calls: Calls
) -> None:
    ways: dict[str, t.Callable[[Tenant], t.Any]] = {
        "key blocked": lambda tenant: calls("key", key_alias=tenant.name, blocked=True),
        "key deleted": lambda tenant: calls("key", key_alias=tenant.name, state="absent"),
        "team blocked": lambda tenant: calls("team", team_id=tenant.name, blocked=True),
        "team deleted": lambda tenant: calls("team", team_id=tenant.name, state="absent"),
    }
    tenants = {way: Tenant(calls) for way in ways}
    bystander = Tenant(calls)
    others = bystander.load(proxies)
    loads = {way: tenant.load(proxies) for way, tenant in tenants.items()}
    # every key is in the memory of both proxies by then
    assert until(lambda: all(load.statuses()[200] >= 10 for load in loads.values()), 60)
    answered = {}
    for way, revoke in ways.items():
        assert revoke(tenants[way])["changed"], way
        answered[way] = time.monotonic()
    until(lambda: all(load.refused_everywhere() for load in loads.values()), 20)
    time.sleep(PROMISE)
    for way, load in loads.items():
        accepted = [call.began - answered[way] for call in load.end() if call.status == 200]
        refused = load.statuses()[401]
        print(f"{way}: last accepted call began {max(accepted):+.2f} s after the answer; refused since: {refused}")
        assert max(accepted) < PROMISE, way
        assert refused > 0, way
    others.end()
    assert set(others.statuses()) == {200}, others.statuses()


def test_requests_per_minute_hold_across_proxies(proxies: tuple[Proxy, Proxy], calls: Calls) -> None:
    load = Tenant(calls, rpm_limit=10).load(proxies, callers=5)
    assert until(lambda: load.statuses()[429] >= 20, 60)
    load.end()
    print(f"rpm_limit 10, ten callers at two proxies: {load.statuses()[200]} passed")
    assert load.statuses()[200] == 10


def test_parallel_requests_hold_across_proxies(proxies: tuple[Proxy, Proxy], calls: Calls, engine: Engine) -> None:
    engine.seconds, engine.most = 0.3, 0
    load = Tenant(calls, max_parallel_requests=2).load(proxies, callers=4)
    try:
        assert until(lambda: load.statuses()[200] >= 6 and load.statuses()[429] >= 10, 60)
    finally:
        load.end()
        engine.seconds = 0.0
    print(f"max_parallel_requests 2, eight callers at two proxies: at most {engine.most} reached the engine at a time")
    assert engine.most == 2


def test_tokens_per_minute_hold_across_proxies_once_they_are_counted(
    proxies: tuple[Proxy, Proxy], calls: Calls
) -> None:
    load = Tenant(calls, tpm_limit=60).load(proxies, callers=5)
    assert until(lambda: load.statuses()[429] >= 20, 60)
    load.end()
    passed = load.statuses()[200]
    print(f"tpm_limit 60 with calls of 6, ten callers at two proxies: {passed} passed, {passed * 6} tokens")
    assert passed * 6 <= 60 + 10 * 6
