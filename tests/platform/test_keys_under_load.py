# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keys get new values, are revoked and are handled by every playbook, on a running platform, while tenants call.

usage: INVENTORY=inventories/local pytest -s tests/platform/test_keys_under_load.py
The inventory's platform must be up with platform_tier=prod (two proxies).
"""

from __future__ import annotations

import base64
import json
import pathlib
import threading
import time
import typing as t

import pytest
from callers import PLAIN, STREAMED, Callers
from running import Platform
from watched import ProcessList, holding

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

TEAM = "watched"
TENANT = {"team": TEAM, "models": ["coder-chat"], "budget": {"usd": 1, "period": "1d"}, "keys": [{"alias": "ci"}]}
NAME = f"{TEAM}-ci"
SECONDS = 2.0
PROD: dict[str, t.Any] = {"platform_tier": "prod"}


@pytest.fixture
def key(platform: Platform) -> t.Iterator[pathlib.Path]:
    """The file of a key whose team comes and goes with the test."""
    platform.must("add_tenant", tenant=TENANT, **PROD)
    yield platform.state / "keys" / NAME
    platform.must("remove_tenant", team=TEAM, confirm=TEAM, **PROD)


class Tenants:
    """Calls with a value that is looked up before each, one after the other, until the end."""

    def __init__(self, platform: Platform, value: t.Callable[[], str]) -> None:
        self.calls: list[tuple[float, str]] = []
        self._endpoint, self._value = platform.endpoint, value
        self._on = True
        self._threads = [threading.Thread(target=self._run, args=(kind,)) for kind in (PLAIN, STREAMED)]
        for thread in self._threads:
            thread.start()

    def _run(self, kind: t.Any) -> None:
        while self._on:
            began = time.monotonic()
            callers = Callers(self._endpoint, {"key": self._value()})
            callers.call([("key", kind)], at_once=1)
            account = callers.accounts["key"]
            outcome = next(name for name in ("whole", "refused", "broken") if getattr(account, name))
            self.calls.append((began, outcome))

    def __enter__(self) -> Tenants:
        return self

    def __exit__(self, *_error: object) -> None:
        self._on = False
        for thread in self._threads:
            thread.join()


def configured(platform: Platform) -> dict[str, t.Any]:
    """The inventory with the team of these tests."""
    return {**PROD, "platform_tenants": [*platform.variables["platform_tenants"], TENANT]}


def test_no_call_fails_while_its_key_gets_a_new_value(platform: Platform, key: pathlib.Path) -> None:
    old = key.read_text().strip()
    with Tenants(platform, lambda: key.read_text().strip()) as follow, Tenants(platform, lambda: old) as stay:
        platform.must("rotate_keys", rotate_key=NAME, rotate_older_than="0s", **configured(platform))
        time.sleep(5)
    calls = [*follow.calls, *stay.calls]
    print(f"\n{len(calls)} calls while the value changed")
    assert key.read_text().strip() != old
    assert len(calls) > 20
    assert [outcome for _began, outcome in calls if outcome != "whole"] == []


def test_nothing_is_answered_two_seconds_after_the_team_was_blocked(platform: Platform, key: pathlib.Path) -> None:
    value = key.read_text().strip()
    with Tenants(platform, lambda: value) as one, Tenants(platform, lambda: value) as other:
        time.sleep(5)
        # Without confirm the team is blocked and stays.
        platform.must("remove_tenant", team=TEAM, **PROD)
        blocked = time.monotonic()
        time.sleep(SECONDS + 5)
    calls = [*one.calls, *other.calls]
    late = [outcome for began, outcome in calls if began > blocked + SECONDS]
    print(f"\n{len(calls)} calls, {len(late)} later than {SECONDS} s after the block")
    assert "whole" in [outcome for began, outcome in calls if began < blocked]
    assert len(late) > 5
    assert set(late) == {"refused"}


def secrets(platform: Platform, cluster: Client) -> dict[str, bytes]:
    """What nobody may see, as it is and as base64."""
    found = {f"key {path.name}": path.read_bytes().strip() for path in (platform.state / "keys").iterdir()}
    for secret in cluster.list("/api/v1/namespaces/llm-gateway/secrets")[0]:
        for entry, value in (secret.get("data") or {}).items():
            found[f"{secret['metadata']['name']} {entry}"] = base64.b64decode(value)
            found[f"{secret['metadata']['name']} {entry}, base64"] = value.encode()
    return {name: value for name, value in found.items() if len(value) >= 16}


def test_no_secret_is_in_anything_that_a_run_writes_or_shows(
    platform: Platform, cluster: Client, key: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_LOG_PATH", str(tmp_path / "ansible.log"))
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "ansible.builtin.jsonfile")
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_CONNECTION", str(tmp_path / "facts"))
    before = secrets(platform, cluster)
    runs: list[tuple[str, dict[str, t.Any]]] = [
        ("rotate_keys", {"rotate_key": NAME, "rotate_older_than": "0s"}),
        ("tenants", {}),
        ("ledger", {}),
        ("cost_report", {}),
        ("verify", {}),
        ("platform", {}),
        ("drift", {}),
    ]
    with ProcessList().watched() as processes:
        for playbook, variables in runs:
            code, output = platform.play(playbook, "-vvvv", "--diff", **configured(platform), **variables)
            (tmp_path / f"{playbook}.txt").write_text(output)
            assert code == 0 or playbook in ("ledger", "drift"), output[-3000:]
    values = {**{f"old {name}": value for name, value in before.items()}, **secrets(platform, cluster)}
    assert any(name.startswith("old key") for name in values)
    assert processes.looks > 100
    state = platform.state
    places = [tmp_path, *(path for path in state.iterdir() if path.name not in ("keys", "machines"))]
    print(
        f"\n{len(values)} values sought in {len(processes.lines)} command lines and {json.dumps([str(p) for p in places])}"
    )
    assert holding(values, places) == []
    assert [name for name, value in values.items() for line in processes.lines if value in line] == []
