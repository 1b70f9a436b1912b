# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The modules litellm_team and litellm_key against a real LiteLLM on a real PostgreSQL."""

from __future__ import annotations

import pathlib
import secrets
import typing as t

import pytest
from litellm_fixture import modules
from litellm_fixture import versions as tested
from litellm_fixture.fixtures import Proxy

from ansible_collections.inference.platform.plugins.module_utils.litellm import versions

Result = dict[str, t.Any]


class Admin:
    """Both modules, with the address and the master key of the proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.access: Result = {"url": proxy.url, "master_key": proxy.master_key}

    def team(self, team_id: str, *, check: bool = False, **options: t.Any) -> Result:
        return modules.run("litellm_team", {**self.access, "team_id": team_id, **options}, check=check)

    def key(self, alias: str, *, check: bool = False, **options: t.Any) -> Result:
        return modules.run("litellm_key", {**self.access, "key_alias": alias, **options}, check=check)


@pytest.fixture(scope="module")
def admin(litellm: Proxy) -> Admin:
    return Admin(litellm)


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"t{secrets.token_hex(6)}"


@pytest.fixture
def value() -> str:
    """A key's value."""
    return f"sk-{secrets.token_hex(16)}"


def test_only_a_version_that_was_never_run_gets_a_warning(
    admin: Admin, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = admin.team(name)
    monkeypatch.setattr(versions, "OLDEST", "0.0.1")
    monkeypatch.setattr(versions, "NEWEST", "0.0.2")
    warned, refused = admin.team(name), admin.team(name, models=["no-such-model"], max_budget=-1)
    said = f"LiteLLM {tested.chosen().removeprefix('v')}. "
    assert said not in str(silent.get("warnings"))
    assert said in str(warned["warnings"])
    assert not warned["changed"]
    assert refused["failed"]


def test_a_team_is_created_once(admin: Admin, name: str) -> None:
    wanted = {"models": ["coder-chat"], "max_budget": 5, "budget_duration": "30d", "rpm_limit": 7}
    first, second = admin.team(name, **wanted), admin.team(name, **wanted)
    assert (first["changed"], second["changed"]) == (True, False)
    assert second["team"]["models"] == ["coder-chat"]
    assert (second["team"]["max_budget"], second["team"]["rpm_limit"], second["team"]["tpm_limit"]) == (5.0, 7, None)
    assert first["diff"]["before"] == {}
    assert first["diff"]["after"]["budget_duration"] == "30d"


def test_only_what_differs_in_a_team_changes(admin: Admin, name: str) -> None:
    admin.team(name, models=["coder-chat"], max_budget=5, rpm_limit=7)
    changed = admin.team(name, rpm_limit=9, metadata={"owner": "ops"}, blocked=True, alias="Team")
    assert changed["changed"]
    assert changed["diff"]["before"]["rpm_limit"] == 7
    again = admin.team(name, rpm_limit=9, metadata={"owner": "ops"}, blocked=True, alias="Team")
    assert not again["changed"]
    assert (again["team"]["max_budget"], again["team"]["team_alias"], again["team"]["blocked"]) == (5.0, "Team", True)


def test_limits_of_a_team_are_cleared_by_name_or_all_others(admin: Admin, name: str) -> None:
    admin.team(name, models=["coder-chat"], max_budget=5, budget_duration="30d", rpm_limit=7, tpm_limit=8)
    assert admin.team(name, clear=["rpm_limit"])["team"]["rpm_limit"] is None
    exact = admin.team(name, max_budget=5, exact=True)
    assert exact["changed"]
    again = admin.team(name, max_budget=5, exact=True)
    assert not again["changed"]
    assert (again["team"]["max_budget"], again["team"]["tpm_limit"], again["team"]["budget_duration"]) == (
        5.0,
        None,
        None,
    )


def test_the_order_of_models_is_no_change(admin: Admin, name: str) -> None:
    admin.team(name, models=["coder-chat", "coder-embed"])
    assert not admin.team(name, models=["coder-embed", "coder-chat"])["changed"]


def test_a_deleted_team_takes_its_keys_along(admin: Admin, name: str, value: str) -> None:
    admin.team(name, models=["coder-chat"])
    admin.key(name, key=value, team_id=name)
    assert admin.team(name, state="absent")["changed"]
    assert not admin.team(name, state="absent")["changed"]
    assert not admin.key(name, state="absent")["changed"]
    assert admin.proxy.models(value) == 401


def test_an_unknown_model_of_a_team_is_refused_before_any_change(admin: Admin, name: str) -> None:
    refused = admin.team(name, models=["coder-chat", "gpt-9"])
    assert refused["failed"]
    assert f"Team '{name}' cannot have the models gpt-9" in refused["msg"]
    assert "coder-chat, coder-chat-fim, coder-embed" in refused["msg"]
    assert not admin.team(name, state="absent")["changed"]


def test_a_key_works_with_its_own_value_and_reaches_its_models_alone(admin: Admin, name: str, value: str) -> None:
    admin.team(name, models=["coder-chat", "coder-embed"])
    wanted = {"key": value, "team_id": name, "models": ["coder-chat"], "max_budget": 2, "max_parallel_requests": 3}
    first, second = admin.key(name, **wanted), admin.key(name, **wanted)
    assert (first["changed"], second["changed"]) == (True, False)
    assert (second["litellm_key"]["team_id"], second["litellm_key"]["max_parallel_requests"]) == (name, 3)
    assert admin.proxy.models(value) == ["coder-chat"]


def test_a_key_without_models_has_those_of_its_team(admin: Admin, name: str, value: str) -> None:
    admin.team(name, models=["coder-embed"])
    admin.key(name, key=value, team_id=name, models=[])
    assert admin.proxy.models(value) == ["coder-embed"]


def test_the_value_of_a_key_is_in_no_result(admin: Admin, name: str, value: str) -> None:
    results = [admin.key(name, key=value), admin.key(name, key=value, rpm_limit=1), admin.key(name, state="absent")]
    assert value not in str(results)
    assert admin.proxy.master_key not in str(results)


def test_the_value_may_stand_in_a_file(admin: Admin, name: str, value: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "key").write_text(f"{value}\n", encoding="utf-8")
    (tmp_path / "master").write_text(f"{admin.proxy.master_key}\n", encoding="utf-8")
    access = {"url": admin.proxy.url, "master_key_file": str(tmp_path / "master")}
    result = modules.run("litellm_key", {**access, "key_alias": name, "key_file": str(tmp_path / "key")})
    assert result["changed"]
    assert {"coder-chat", "coder-chat-fim", "coder-embed"} <= set(t.cast("list[str]", admin.proxy.models(value)))


def test_a_key_changes_and_is_cleared_without_its_value(admin: Admin, name: str, value: str) -> None:
    admin.key(name, key=value, max_budget=2, budget_duration="1d", rpm_limit=3)
    assert admin.key(name, max_budget=4)["litellm_key"]["max_budget"] == 4.0
    cleared = admin.key(name, max_budget=4, exact=True)["litellm_key"]
    assert (cleared["max_budget"], cleared["budget_duration"], cleared["rpm_limit"]) == (4.0, None, None)
    assert not admin.key(name, max_budget=4, exact=True)["changed"]


def test_a_blocked_key_is_refused_at_once_and_works_again(admin: Admin, name: str, value: str) -> None:
    admin.key(name, key=value)
    assert isinstance(admin.proxy.models(value), list)
    assert admin.key(name, blocked=True)["changed"]
    assert admin.proxy.models(value) == 401
    assert not admin.key(name, blocked=True)["changed"]
    assert admin.key(name, blocked=False)["changed"]
    assert isinstance(admin.proxy.models(value), list)


def test_a_deleted_key_is_refused_at_once(admin: Admin, name: str, value: str) -> None:
    admin.key(name, key=value)
    assert isinstance(admin.proxy.models(value), list)
    assert admin.key(name, state="absent")["changed"]
    assert not admin.key(name, state="absent")["changed"]
    assert admin.proxy.models(value) == 401
    assert admin.key(name, key=value)["changed"]
    assert isinstance(admin.proxy.models(value), list)


def test_check_mode_says_what_would_change_and_writes_nothing(admin: Admin, name: str, value: str) -> None:
    assert admin.team(name, models=["coder-chat"], check=True)["changed"]
    assert admin.key(name, key=value, team_id=name, check=True)["changed"]
    assert not admin.team(name, state="absent", check=True)["changed"]
    admin.team(name, models=["coder-chat"])
    admin.key(name, key=value, team_id=name)
    assert admin.key(name, rpm_limit=1, check=True)["diff"]["after"]["rpm_limit"] == 1
    assert admin.key(name, state="absent", check=True)["changed"]
    assert admin.team(name, state="absent", check=True)["changed"]
    assert admin.key(name, key=value, team_id=name)["changed"] is False


def test_what_litellm_would_accept_in_silence_is_refused(admin: Admin, name: str, value: str) -> None:
    admin.team(name, models=["coder-chat"])
    assert "LiteLLM has no such team" in admin.key(name, key=value, team_id=f"{name}-none")["msg"]
    assert (
        f"its team '{name}' offers only coder-chat"
        in admin.key(name, key=value, team_id=name, models=["coder-embed"])["msg"]
    )
    assert "LiteLLM offers only" in admin.key(name, key=value, models=["gpt-9"])["msg"]
    assert "its value is needed" in admin.key(name)["msg"]
    assert "16 characters" in admin.key(name, key="sk-short")["msg"]
    assert not admin.key(name, state="absent")["changed"]


def test_a_value_never_belongs_to_two_keys_nor_a_key_to_two_values(admin: Admin, name: str, value: str) -> None:
    admin.key(name, key=value)
    assert f"with the alias '{name}'" in admin.key(f"{name}-b", key=value)["msg"]
    assert "exists with another value" in admin.key(name, key=f"{value}0")["msg"]


def test_a_wrong_master_key_is_named(admin: Admin, name: str) -> None:
    result = modules.run("litellm_team", {"url": admin.proxy.url, "master_key": "sk-wrong-0123456789", "team_id": name})
    assert result["failed"]
    assert f"LiteLLM at {admin.proxy.url} answered 401 to GET /team/info while reading team '{name}'" in result["msg"]
    assert "Check that the master key" in result["msg"]


def test_a_key_that_may_not_administer_is_named(admin: Admin, name: str, value: str) -> None:
    admin.key(name, key=value)
    result = modules.run("litellm_team", {"url": admin.proxy.url, "master_key": value, "team_id": name, "models": []})
    assert result["failed"]
    assert any(status in result["msg"] for status in ("answered 401", "answered 403"))


def test_a_server_that_is_down_is_named_with_the_attempts(name: str) -> None:
    access = {"url": "http://127.0.0.1:9", "master_key": "sk-0123456789", "retries": 1}
    result = modules.run("litellm_key", {**access, "key_alias": name, "state": "absent"})
    assert result["failed"]
    assert "LiteLLM at http://127.0.0.1:9 cannot be reached for GET /key/list" in result["msg"]
    assert "2 attempts" in result["msg"]
