# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import catalogue, tenants
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

PRICE = {"input_per_token": 0.5, "output_per_token": 1.5}


def model(name: str, *served_for: str) -> dict[str, t.Any]:
    return {"name": name, "served_for": list(served_for), "context": 2048, "price": PRICE}


MODELS = [model("coder", "chat", "agent", "fim"), model("embed", "embeddings"), model("filler", "fim")]


def test_each_purpose_has_its_own_route_to_the_gateway() -> None:
    entries = {entry["model_name"]: entry for entry in catalogue.deployments(MODELS, "http://gw/v1")}
    upstream = {name: entry["litellm_params"]["model"] for name, entry in entries.items()}
    assert upstream == {
        "coder": "openai/coder",
        "coder-fim": "text-completion-openai/coder",
        "embed": "openai/embed",
        "filler-fim": "text-completion-openai/filler",
    }
    modes = {name: entry["model_info"]["mode"] for name, entry in entries.items()}
    assert modes == {"coder": "chat", "coder-fim": "completion", "embed": "embedding", "filler-fim": "completion"}


def test_every_deployment_has_its_price_and_no_key_in_the_clear() -> None:
    for entry in catalogue.deployments(MODELS, "http://gw/v1"):
        params = entry["litellm_params"]
        assert (params["input_cost_per_token"], params["output_cost_per_token"]) == (0.5, 1.5)
        assert (params["api_base"], params["api_key"]) == ("http://gw/v1", "os.environ/VLLM_API_KEY")


def test_one_engine_for_chat_and_embeddings_is_refused() -> None:
    with pytest.raises(InputError, match="Model 'both'"):
        catalogue.deployments([model("both", "chat", "embeddings")], "http://gw/v1")


def endpoint(*models: dict[str, t.Any], **more: t.Any) -> dict[str, t.Any]:
    found = {"name": "lan-2", "base_url": "http://lan/v1", "api_key_file": "/key", "timeout": 60, "retries": 1}
    return {**found, "models": list(models), **more}


def test_models_of_other_servers_have_their_own_address_key_and_price() -> None:
    far = {**model("far", "chat", "fim"), "model": "org/Qwen", "context": None}
    chat, fim = catalogue.external_deployments([endpoint(far)])
    assert (chat["model_name"], fim["model_name"]) == ("far", "far-fim")
    assert chat["litellm_params"] == {
        "model": "openai/org/Qwen",
        "api_base": "http://lan/v1",
        "api_key": "os.environ/EXTERNAL_API_KEY_LAN_2",
        "input_cost_per_token": 0.5,
        "output_cost_per_token": 1.5,
        "timeout": 60,
        "stream_timeout": 60,
        "num_retries": 1,
    }
    assert fim["litellm_params"]["model"] == "text-completion-openai/org/Qwen"
    assert chat["model_info"]["external_endpoint"] == "lan-2"
    assert "max_input_tokens" not in chat["model_info"]
    (keyless,) = catalogue.external_deployments([endpoint({**far, "served_for": ["chat"]}, api_key_file="")])
    assert keyless["litellm_params"]["api_key"] == "none"


def test_a_model_falls_back_through_the_same_api_alone() -> None:
    models = [
        {**model("coder", "chat", "fim"), "fallbacks": ["talker", "filler", "far"]},
        model("talker", "chat"),
        model("filler", "fim"),
        {**model("far", "chat", "fim"), "fallbacks": []},
    ]
    assert catalogue.fallbacks(models) == [{"coder": ["talker", "far"]}, {"coder-fim": ["filler-fim", "far-fim"]}]
    assert catalogue.fallbacks(MODELS) == []
    with pytest.raises(InputError, match="no model gone to fall back to"):
        catalogue.fallbacks([{**model("coder", "chat"), "fallbacks": ["gone"]}])


TENANT: dict[str, t.Any] = {
    "team": "research",
    "models": ["coder"],
    "budget": {"usd": 50, "period": "30d"},
    "limits": {"rpm": 120, "parallel_requests": 4},
    "keys": [
        {"alias": "ci", "budget": {"usd": 5}, "limits": {"tpm": 9}, "models": []},
        {"alias": "ide", "budget": None, "limits": {"parallel_requests": 1}, "models": ["coder"]},
    ],
}


def test_a_tenant_becomes_a_team_with_exactly_its_limits() -> None:
    assert tenants.teams([TENANT], MODELS) == [
        {
            "team_id": "research",
            "models": ["coder", "coder-fim"],
            "max_budget": 50,
            "budget_duration": "30d",
            "rpm_limit": 120,
        }
    ]


def test_keys_are_named_after_their_team_and_share_its_parallel_limit() -> None:
    assert tenants.keys([TENANT], MODELS) == [
        {
            "key_alias": "research-ci",
            "team_id": "research",
            "models": [],
            "max_budget": 5,
            "tpm_limit": 9,
            "max_parallel_requests": 4,
        },
        {
            "key_alias": "research-ide",
            "team_id": "research",
            "models": ["coder", "coder-fim"],
            "max_parallel_requests": 1,
        },
    ]


def test_a_model_that_the_platform_lacks_is_named() -> None:
    with pytest.raises(InputError, match=r"no model gpt on this platform; it has coder, embed, filler"):
        tenants.teams([{**TENANT, "models": ["gpt"]}], MODELS)


def test_two_keys_of_one_name_are_refused() -> None:
    plain = {"budget": None, "limits": {}, "models": []}
    first = {**TENANT, "team": "a", "keys": [{**plain, "alias": "b-c"}]}
    second = {**TENANT, "team": "a-b", "keys": [{**plain, "alias": "c"}]}
    with pytest.raises(InputError, match="a-b-c"):
        tenants.keys([first, second], MODELS)


def test_a_key_is_kept_in_one_secret_and_delivered_where_its_tenant_wants_it() -> None:
    place = {"namespace": "research", "name": "llm"}
    tenant = {**TENANT, "keys": [{**TENANT["keys"][0], "secret": place}, TENANT["keys"][1]]}
    one, other = tenants.rotations([tenant], MODELS, "/keys")
    assert one == {
        "key_alias": "research-ci",
        "secret": "tenant-research-ci",
        "file": "/keys/research-ci",
        "publish": [place],
    }
    assert other["publish"] == []


def test_one_key_or_the_keys_of_one_team_are_found_and_unknown_ones_refused() -> None:
    both = [TENANT, {**TENANT, "team": "sales"}]

    def found(**which: str) -> list[str]:
        return [key["key_alias"] for key in tenants.rotations(both, MODELS, "/keys", **which)]

    assert found(team="sales") == ["sales-ci", "sales-ide"]
    assert found(alias="research-ide") == ["research-ide"]
    with pytest.raises(InputError, match=r"no key 'x'\. Its keys are: research-ci, research-ide, sales-ci, sales-ide"):
        found(alias="x")
    with pytest.raises(InputError, match="no team 'x'"):
        found(team="x")
