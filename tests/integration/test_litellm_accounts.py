# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The modules litellm_budget, litellm_customer and litellm_user against a real LiteLLM on a real PostgreSQL."""

from __future__ import annotations

import pathlib
import secrets
import socket
import typing as t

import pytest
from litellm_fixture.fixtures import Proxy
from litellm_fixture.modules import Calls
from litellm_fixture.playbooks import play

Result = dict[str, t.Any]


@pytest.fixture(scope="module")
def call(litellm: Proxy) -> Calls:
    return Calls(litellm.url, litellm.master_key)


@pytest.fixture
def name() -> str:
    """A name that no other test uses."""
    return f"a{secrets.token_hex(6)}"


def same(first: Result, second: Result) -> bool:
    """Whether check mode said what then happened."""
    return (first["changed"], first["diff"]) == (second["changed"], second["diff"])


def members(call: Calls, team: str) -> list[str]:
    """Ids of a team's users; LiteLLM adds the one who made it."""
    return [user["user_id"] for user in call("user_info", team_id=team)["users"]]


# Each kind: the option with its identity, the result, a first wish, a change, what to clear and what is left then.
KINDS: dict[str, tuple[str, str, Result, Result, list[str], Result]] = {
    "budget": (
        "budget_id",
        "budget",
        {"max_budget": 5, "soft_budget": 4, "budget_duration": "30d", "rpm_limit": 7, "max_parallel_requests": 2},
        {"max_budget": 0, "tpm_limit": 100},
        ["soft_budget", "budget_duration", "rpm_limit"],
        {"soft_budget": None, "budget_duration": None, "rpm_limit": None, "max_budget": 0.0, "tpm_limit": 100},
    ),
    "customer": (
        "user_id",
        "customer",
        {"alias": "Acme", "models": ["coder-chat", "coder-embed"]},
        {"alias": "Acme & Co", "models": [], "blocked": False},
        ["alias"],
        {"alias": None, "models": [], "blocked": False},
    ),
    "user": (
        "user_id",
        "user",
        {"alias": "Ada", "role": "internal_user", "max_budget": 5, "budget_duration": "30d", "models": ["coder-chat"]},
        {"max_budget": 6, "models": [], "metadata": {"floor": 3}, "tpm_limit": 9, "role": "internal_user_viewer"},
        ["max_budget", "budget_duration", "alias"],
        {"max_budget": None, "budget_duration": None, "user_alias": None, "tpm_limit": 9, "metadata": {"floor": 3}},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_step_of_an_object_changes_once_and_check_mode_foretells_it(call: Calls, name: str, kind: str) -> None:
    identity, result, first, change, clear, left = KINDS[kind]
    me: Result = {identity: name}
    for step in (first, change, {"clear": clear}, {"state": "absent"}):
        foretold = call(kind, check=True, **me, **step)
        assert foretold.get("changed"), (step, foretold)
        done = call(kind, **me, **step)
        assert same(foretold, done), step
        again = call(kind, **me, **step)
        assert not again["changed"], step
        assert again["diff"]["before"] == again["diff"]["after"]
        if "clear" in step:
            assert {field: again[result][field] for field in left} == left
    assert call(kind, **me, state="absent")[result] == {}


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_a_task_names_changes(call: Calls, name: str, kind: str) -> None:
    identity, result, first, *_ = KINDS[kind]
    made = call(kind, **{identity: name}, **first)
    assert made["diff"]["before"] == {}
    untouched = call(kind, **{identity: name})
    assert not untouched["changed"]
    assert untouched["diff"]["after"] == made["diff"]["after"]
    assert untouched[result][identity] == name


@pytest.mark.parametrize("kind", KINDS)
def test_check_mode_writes_nothing(call: Calls, name: str, kind: str) -> None:
    identity, _, first, *_ = KINDS[kind]
    assert call(kind, check=True, **{identity: name}, **first)["changed"]
    assert not call(kind, **{identity: name}, state="absent")["changed"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_master_key_is_named(litellm: Proxy, name: str, kind: str) -> None:
    wrong = Calls(litellm.url, "sk-wrong-0123456789")
    result = wrong(kind, **{KINDS[kind][0]: name})
    assert result["failed"]
    assert f"LiteLLM at {litellm.url} answered 401" in result["msg"]
    assert f"{kind} '{name}'" in result["msg"]
    assert "Check that the master key" in result["msg"]
    assert "sk-wrong" not in str(result)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_down_is_named_with_the_attempts(name: str, kind: str) -> None:
    down = Calls("http://127.0.0.1:9", "sk-0123456789", retries=1)
    result = down(kind, **{KINDS[kind][0]: name})
    assert result["failed"]
    assert "LiteLLM at http://127.0.0.1:9 cannot be reached" in result["msg"]
    assert "2 attempts" in result["msg"]


def test_a_server_that_does_not_answer_in_time_is_named(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        slow = Calls(f"http://127.0.0.1:{silent.getsockname()[1]}", "sk-0123456789", retries=1, timeout=0.2)
        result = slow("budget", budget_id=name)
    assert result["failed"]
    assert "timed out" in result["msg"]
    assert "2 attempts" in result["msg"]


def test_exact_removes_every_limit_that_is_not_given(call: Calls, name: str) -> None:
    call("budget", budget_id=name, max_budget=5, rpm_limit=3, tpm_limit=4)
    exact = call("budget", budget_id=name, max_budget=5, exact=True)
    assert exact["changed"]
    assert (exact["budget"]["rpm_limit"], exact["budget"]["tpm_limit"], exact["budget"]["max_budget"]) == (
        None,
        None,
        5.0,
    )
    assert not call("budget", budget_id=name, max_budget=5, exact=True)["changed"]


def test_a_budget_that_litellm_refuses_is_explained(call: Calls, name: str) -> None:
    assert "Invalid budget_duration 'frog'" in call("budget", budget_id=name, budget_duration="frog")["msg"]
    assert "max_budget must be a non-negative" in call("budget", budget_id=name, max_budget=-1)["msg"]
    assert not call("budget", budget_id=name, state="absent")["changed"]


def test_budgets_of_single_models_are_refused_as_enterprise(call: Calls, name: str) -> None:
    one = {"coder-chat": {"max_budget": 1, "budget_duration": "1d"}}
    for check in (True, False):
        refused = call("budget", budget_id=name, max_budget=1, model_max_budget=one, check=check)
        assert f"model_max_budget of budget '{name}' needs LiteLLM's Enterprise licence" in refused["msg"]
    assert not call("budget", budget_id=name, state="absent")["changed"]


def test_a_block_of_a_customer_that_would_not_hold_is_refused_as_enterprise(call: Calls, name: str) -> None:
    refused = call("customer", user_id=name, blocked=True)
    assert f"blocked of customer '{name}' needs LiteLLM's Enterprise licence" in refused["msg"]
    assert not call("customer", user_id=name, state="absent")["changed"]


def test_a_budget_is_given_to_a_customer_changed_and_taken_off(call: Calls, name: str) -> None:
    for budget in (name, f"{name}-2"):
        call("budget", budget_id=budget, max_budget=1)
    assert call("customer", user_id=name, budget_id=name)["changed"]
    assert call("customer", user_id=name, budget_id=f"{name}-2")["customer"]["budget_id"] == f"{name}-2"
    assert call("customer", user_id=name, clear=["budget_id"])["changed"]
    assert not call("customer", user_id=name, clear=["budget_id"])["changed"]
    left = call("budget_info")["budgets"]
    assert {budget["budget_id"] for budget in left if name in budget["budget_id"]} == {name, f"{name}-2"}
    assert call("budget", budget_id=f"{name}-2")["budget"]["max_budget"] == 1.0


def test_a_budget_that_somebody_has_is_deleted_by_force_alone(call: Calls, litellm: Proxy, name: str) -> None:
    call("budget", budget_id=name, max_budget=1)
    call("customer", user_id=name, budget_id=name)
    request = {"key_alias": f"{name}-key", "budget_id": name}
    assert litellm.post("/key/generate", request, litellm.master_key)[0] == 200
    for check in (True, False):
        refused = call("budget", budget_id=name, state="absent", check=check)
        assert f"customer '{name}', key '{name}-key' would have no limit then" in refused["msg"]
    assert not call("budget", budget_id=name)["changed"]
    assert call("budget", budget_id=name, state="absent", force=True)["changed"]
    assert call("customer", user_id=name)["customer"]["budget_id"] is None


def test_a_customer_is_refused_what_does_not_exist(call: Calls, name: str) -> None:
    assert (
        f"cannot have budget '{name}': LiteLLM has no such budget"
        in call("customer", user_id=name, budget_id=name)["msg"]
    )
    assert "cannot have the models gpt-9" in call("customer", user_id=name, models=["coder-chat", "gpt-9"])["msg"]
    assert not call("customer", user_id=name, state="absent")["changed"]
    # in check mode a task before this one would have made the budget
    assert call("customer", user_id=name, budget_id=name, check=True)["changed"]


def test_a_new_user_has_no_key(call: Calls, name: str) -> None:
    call("user", user_id=name)
    assert call("key_info", user_id=name)["litellm_keys"] == []


def test_a_user_joins_and_leaves_teams(call: Calls, name: str) -> None:
    for team in ("x", "y", "z"):
        call("team", team_id=f"{name}-{team}")
    assert call("user", user_id=name, teams=[f"{name}-x"])["changed"]
    moved = call("user", user_id=name, teams=[f"{name}-z", f"{name}-y"])
    assert moved["diff"]["before"]["teams"] == [f"{name}-x"]
    assert not call("user", user_id=name, teams=[f"{name}-y", f"{name}-z"])["changed"]
    assert [name in members(call, f"{name}-{team}") for team in ("x", "y", "z")] == [False, True, True]
    assert call("user", user_id=name, teams=[])["user"]["teams"] == []
    assert not call("user", user_id=name, teams=[])["changed"]


def test_a_user_is_refused_what_does_not_exist(call: Calls, name: str) -> None:
    assert f"cannot join the teams {name}-none" in call("user", user_id=name, teams=[f"{name}-none"])["msg"]
    assert "cannot have the models gpt-9" in call("user", user_id=name, models=["gpt-9"])["msg"]
    assert not call("user", user_id=name, state="absent")["changed"]


def test_two_users_never_have_one_address(call: Calls, name: str) -> None:
    call("user", user_id=name, email=f"{name}@example.org")
    call("user", user_id=f"{name}-2")
    refused = call("user", user_id=f"{name}-2", email=f"{name.upper()}@example.org")
    assert f"user '{name}' has it" in refused["msg"]
    assert not call("user", user_id=name, email=f"{name}@example.org")["changed"]
    assert call("user", user_id=name, clear=["email"])["user"]["user_email"] is None
    assert call("user", user_id=f"{name}-2", email=f"{name}@example.org")["changed"]


def test_metadata_that_litellm_cannot_empty_is_refused(call: Calls, name: str) -> None:
    call("user", user_id=name, metadata={"a": 1})
    assert "LiteLLM cannot empty it" in call("user", user_id=name, metadata={})["msg"]
    assert call("user", user_id=name, metadata={"b": 2})["user"]["metadata"] == {"b": 2}


def test_a_deleted_user_takes_its_keys_along(call: Calls, litellm: Proxy, name: str) -> None:
    value = f"sk-{secrets.token_hex(16)}"
    call("user", user_id=name)
    litellm_key = {"key": value, "key_alias": name, "user_id": name}
    assert litellm.post("/key/generate", litellm_key, litellm.master_key)[0] == 200
    assert isinstance(litellm.models(value), list)
    call("user", user_id=name, state="absent")
    assert litellm.models(value) == 401


def test_a_playbook_with_the_action_group_changes_once_and_shows_no_key_at_the_highest_verbosity(
    litellm: Proxy, name: str, tmp_path: pathlib.Path
) -> None:
    upstream = f"sk-{secrets.token_hex(16)}"
    for file, content in (("master", litellm.master_key), ("upstream", upstream)):
        (tmp_path / file).write_text(content, encoding="utf-8")
    files = {"master_key_file": str(tmp_path / "master"), "upstream_key_file": str(tmp_path / "upstream")}
    variables = {"url": litellm.url, "name": name, "remove": False, **files}
    first = play("accounts.yml", variables, "-v", "--diff")
    assert (first.rc, first.changed) == (0, 4), first.output
    again = play("accounts.yml", {**variables, "remove": True}, "-v", "--diff")
    assert (again.rc, again.changed) == (0, 1), again.output
    for secret in (upstream, litellm.master_key):
        assert secret not in first.output + again.output
