# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The module litellm_model, and what the proxy then answers, against a real LiteLLM on a real PostgreSQL."""

from __future__ import annotations

import secrets
import typing as t

import pytest
from litellm_fixture.fixtures import Proxy
from litellm_fixture.modules import Calls

Result = dict[str, t.Any]


@pytest.fixture(scope="module")
def call(litellm: Proxy) -> Calls:
    return Calls(litellm.url, litellm.master_key)


@pytest.fixture
def name(call: Calls) -> t.Iterator[str]:
    """A model's id and name that no other test uses. LiteLLM offers it to every other test, so it goes again."""
    made = f"m{secrets.token_hex(6)}"
    yield made
    call("model", model_id=made, state="absent")


def new(name: str, **params: t.Any) -> Result:
    """Options of a model that LiteLLM answers for itself, without a server."""
    given = {"model": "openai/x", "mock_response": "hello", "input_cost_per_token": 0.001, **params}
    return {"model_id": name, "model_name": name, "litellm_params": given}


def test_each_step_of_a_model_changes_once_and_check_mode_foretells_it(call: Calls, name: str) -> None:
    first = {**new(name, rpm=5), "model_info": {"mode": "chat", "max_input_tokens": 512}, "api_key": "sk-upstream-1"}
    steps: list[Result] = [
        first,
        {"litellm_params": {"rpm": 6, "output_cost_per_token": 0.002}},
        {"model_info": {"max_input_tokens": 1024}, "blocked": True},
        {"blocked": False, "api_key": "sk-upstream-2"},
        {"litellm_params": {"rpm": None, "timeout": None}, "api_key": "sk-upstream-2"},
        {"state": "absent"},
    ]
    for step in steps:
        foretold = call("model", check=True, **{"model_id": name, **step})
        assert foretold.get("changed"), (step, foretold)
        done = call("model", **{"model_id": name, **step})
        assert foretold["diff"] == done["diff"], step
        again = call("model", **{"model_id": name, **step})
        assert again.get("changed") is False, (step, again)


def test_a_model_can_be_called_at_once_under_its_new_name_and_no_more_when_it_is_gone(
    call: Calls, litellm: Proxy, name: str
) -> None:
    def answered(model: str) -> int:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}]}
        return litellm.post("/v1/chat/completions", body, litellm.master_key)[0]

    # not the id itself, by which a deployment can be called, too
    call("model", **{**new(name), "model_name": f"{name}-a"})
    assert answered(f"{name}-a") == 200
    assert call("model", model_id=name, blocked=True)["changed"]
    assert answered(f"{name}-a") != 200
    assert call("model", model_id=name, blocked=False)["changed"]
    assert call("model", model_id=name, model_name=f"{name}-b")["changed"]
    assert (answered(f"{name}-a"), answered(f"{name}-b")) == (400, 200)
    call("model", model_id=name, state="absent")
    assert answered(f"{name}-b") == 400


def test_a_user_may_call_the_models_of_the_list_and_every_one_when_it_is_empty(
    call: Calls, litellm: Proxy, name: str
) -> None:
    def answered() -> int:
        value = f"sk-{secrets.token_hex(16)}"
        litellm.post("/key/generate", {"key": value, "user_id": name}, litellm.master_key)
        body = {"model": name, "messages": [{"role": "user", "content": "hi"}]}
        return litellm.post("/v1/chat/completions", body, value)[0]

    call("model", **new(name))
    call("user", user_id=name, models=["coder-chat"])
    assert answered() == 403
    call("user", user_id=name, models=[name, "coder-chat"])
    assert answered() == 200
    call("user", user_id=name, models=["coder-chat"])
    assert answered() == 403
    assert call("user", user_id=name, models=[])["user"]["models"] == []
    assert answered() == 200


def test_a_customer_may_call_the_models_of_the_list_and_none_by_litellms_name_for_none(
    call: Calls, litellm: Proxy, name: str
) -> None:
    def answered() -> int:
        body = {"model": name, "user": name, "messages": [{"role": "user", "content": "hi"}]}
        return litellm.post("/v1/chat/completions", body, litellm.master_key)[0]

    call("model", **new(name))
    for models, status in ((["coder-chat"], 403), ([name], 200), (["no-default-models"], 403), ([], 200)):
        call("customer", user_id=name, models=models)
        assert answered() == status, models


def test_the_limits_of_a_budget_hold_for_the_customers_that_have_it(call: Calls, litellm: Proxy, name: str) -> None:
    def answered() -> int:
        body = {"model": name, "user": name, "messages": [{"role": "user", "content": "hi"}]}
        return litellm.post("/v1/chat/completions", body, litellm.master_key)[0]

    call("model", **new(name))
    call("budget", budget_id=name, rpm_limit=1)
    call("customer", user_id=name, budget_id=name)
    assert [answered(), answered()] == [200, 429]
    call("customer", user_id=name, clear=["budget_id"])
    assert answered() == 200


def test_a_cleared_entry_is_gone_and_the_others_stay(call: Calls, name: str) -> None:
    call("model", **new(name, rpm=5, tpm=50), model_info={"mode": "chat"})
    cleared = call("model", model_id=name, litellm_params={"rpm": None})
    assert cleared["diff"]["before"]["litellm_params"] == {"rpm": 5}
    (found,) = call("model_info", model_id=name)["models"]
    assert (found["litellm_params"].get("rpm"), found["litellm_params"]["tpm"]) == (None, 50)
    assert (found["litellm_params"]["mock_response"], found["model_info"]["mode"]) == ("hello", "chat")


def test_nothing_is_cleared_when_what_litellm_hides_would_be_lost(call: Calls, litellm: Proxy, name: str) -> None:
    call("model", **new(name, rpm=5), api_key="sk-upstream-1")
    refused = call("model", model_id=name, litellm_params={"rpm": None})
    assert "it does not show api_key again. Give them in this task, too" in refused["msg"]
    strange = f"{name}-s"
    body = {"model_name": strange, "litellm_params": {"model": "openai/x", "rpm": 5}, "model_info": {"id": strange}}
    assert litellm.post("/model/new", body, litellm.master_key)[0] == 200
    refused = call("model", model_id=strange, litellm_params={"rpm": None})
    assert "was not made by this module" in refused["msg"]
    assert call("model", model_id=strange, litellm_params={"rpm": 6})["changed"]
    refused = call("model", model_id=strange, litellm_params={"rpm": None})
    assert "was not made by this module" in refused["msg"]
    assert call("model", model_id=strange, state="absent")["changed"]


def test_the_key_of_a_model_is_in_no_result_and_another_one_is_a_change(call: Calls, name: str) -> None:
    results = [
        call("model", **new(name), api_key="sk-upstream-1"),
        call("model", **new(name), api_key="sk-upstream-1"),
        call("model", **new(name), api_key="sk-upstream-2"),
        call("model", **new(name)),
        call("model_info", model_id=name),
    ]
    assert [result["changed"] for result in results] == [True, False, True, False, False]
    assert "sk-upstream" not in str(results)
    diff = results[2]["diff"]
    assert diff["before"]["api_key_fingerprint"] != diff["after"]["api_key_fingerprint"]


def test_references_into_the_environment_do_not_show_as_a_change(call: Calls, name: str) -> None:
    wanted = new(name, api_base="os.environ/HOME", organization="os.environ/NOWHERE")
    assert call("model", **wanted, api_key="os.environ/VLLM_API_KEY")["changed"]
    assert not call("model", **wanted, api_key="os.environ/VLLM_API_KEY")["changed"]
    assert call("model", model_id=name, litellm_params={"api_base": "http://127.0.0.1:9/v1"})["changed"]
    assert not call("model", model_id=name, litellm_params={"api_base": "http://127.0.0.1:9/v1"})["changed"]


def test_what_litellm_would_accept_in_silence_or_refuse_later_is_refused(call: Calls, name: str) -> None:
    assert "model_name and litellm_params.model are needed" in call("model", model_id=name)["msg"]
    assert "has an api_key. Give it in the option" in call("model", **new(name, api_key="sk-1"))["msg"]
    assert "has the secret aws_secret_access_key" in call("model", **new(name, aws_secret_access_key="s"))["msg"]
    assert "not for tasks to decide" in call("model", **new(name), model_info={"id": "x"})["msg"]
    paid = call("model", **new(name), model_info={"team_id": "t"})
    assert f"model_info.team_id of model '{name}' needs LiteLLM's Enterprise licence" in paid["msg"]
    assert call("model_info", model_id=name)["models"] == []


def test_models_of_the_configuration_file_are_left_alone(call: Calls, litellm: Proxy) -> None:
    options = new("coder-chat")
    assert "configuration file, where no task can change it" in call("model", **options)["msg"]
    assert (
        "configuration file, where no task can delete it" in call("model", model_id="coder-chat", state="absent")["msg"]
    )
    assert "coder-chat" in litellm.models(litellm.master_key)


def test_a_wrong_master_key_and_a_server_that_is_down_are_named(litellm: Proxy, name: str) -> None:
    wrong = Calls(litellm.url, "sk-wrong-0123456789")("model", **new(name))
    assert "answered 401" in wrong["msg"]
    assert "Check that the master key" in wrong["msg"]
    down = Calls("http://127.0.0.1:9", "sk-0123456789", retries=1)("model", **new(name))
    assert "cannot be reached for GET /v2/model/info while reading model" in down["msg"]
