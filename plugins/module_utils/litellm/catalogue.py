# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What LiteLLM offers, made of the platform's models: deployments for its configuration, names for its tenants."""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import InputError

Model = t.Mapping[str, t.Any]

FIM_SUFFIX = "-fim"
# The field of model_info that says which external endpoint answers.
EXTERNAL = "external_endpoint"
_CONVERSES = frozenset({"chat", "agent"})
# LiteLLM's mode by API.
_MODES = {"chat": "chat", "embeddings": "embedding", "completions": "completion"}


def offered_names(model: Model) -> list[str]:
    """The names under which tenants call a model, for chat or embeddings its own, for fill-in-the-middle <name>-fim."""
    purposes = set(model["served_for"])
    names = [model["name"]] if purposes - {"fim"} else []
    return names + ([model["name"] + FIM_SUFFIX] if "fim" in purposes else [])


def tenant_models(names: t.Iterable[str], models: t.Iterable[Model]) -> list[str]:
    """The offered names of the models that a tenant is granted by the platform's names. Raises InputError."""
    by_name = {model["name"]: model for model in models}
    granted = list(names)
    unknown = sorted(set(granted) - set(by_name))
    if unknown:
        raise InputError(
            f"There is no model {', '.join(unknown)} on this platform; it has {', '.join(sorted(by_name))}."
        )
    return [name for wanted in granted for name in offered_names(by_name[wanted])]


def apis(model: Model) -> set[str]:
    """The API of OpenAI's that a model answers: chat, completions, embeddings."""
    purposes = set(model["served_for"])
    found = {"chat"} if purposes & _CONVERSES else set()
    found |= {"completions"} if "fim" in purposes else set()
    return found | ({"embeddings"} if "embeddings" in purposes else set())


def _name(model: Model, api: str) -> str:
    name: str = model["name"]
    return name + FIM_SUFFIX if api == "completions" else name


@dataclasses.dataclass(frozen=True)
class _Server:
    """Who answers. ``api_key`` is a reference to the proxy's environment."""

    url: str
    api_key: str
    timeout: int | None
    retries: int
    info: dict[str, t.Any]


def deployments(models: t.Iterable[Model], gateway_url: str) -> list[dict[str, t.Any]]:
    """LiteLLM's model_list for the platform's models behind the inference gateway. Raises InputError.

    Every deployment carries its price in US dollars per token: without one LiteLLM bills nothing and budgets never end.
    """
    return [
        entry
        for model in models
        for entry in _of_model(
            model,
            model["name"],
            _Server(gateway_url, "os.environ/VLLM_API_KEY", model.get("timeout"), model.get("retries", 0), {}),
        )
    ]


def external_models(endpoints: t.Iterable[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The models of all external endpoints."""
    return [model for endpoint in endpoints for model in endpoint["models"]]


def external_deployments(endpoints: t.Iterable[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """LiteLLM's model_list for models of OpenAI-compatible servers elsewhere, with their own prices. Raises InputError."""
    return [
        entry
        for endpoint in endpoints
        for model in endpoint["models"]
        for entry in _of_model(model, model["model"], _external_server(endpoint))
    ]


def external_key_variable(endpoint: str) -> str:
    """The environment variable of the proxy with an external endpoint's API key."""
    return f"EXTERNAL_API_KEY_{endpoint.upper().replace('-', '_')}"


def _external_server(endpoint: t.Mapping[str, t.Any]) -> _Server:
    return _Server(
        url=endpoint["base_url"],
        # LiteLLM wants one, also for a server that asks for none
        api_key=f"os.environ/{external_key_variable(endpoint['name'])}" if endpoint["api_key_file"] else "none",
        timeout=endpoint["timeout"],
        retries=endpoint["retries"],
        info={EXTERNAL: endpoint["name"]},
    )


def _of_model(model: Model, upstream: str, server: _Server) -> list[dict[str, t.Any]]:
    found = apis(model)
    if {"chat", "embeddings"} <= found:
        raise InputError(
            f"Model '{model['name']}' is served for embeddings and for chat: one engine does one of them. "
            "Declare two models."
        )
    return [_deployment(model, api, upstream, server) for api in _MODES if api in found]


def _deployment(model: Model, api: str, upstream: str, server: _Server) -> dict[str, t.Any]:
    price, name = model["price"], _name(model, api)
    provider = "text-completion-openai" if api == "completions" else "openai"
    agent = {"supports_function_calling": "agent" in model["served_for"]} if api == "chat" else {}
    return {
        "model_name": name,
        "litellm_params": {
            "model": f"{provider}/{upstream}",
            "api_base": server.url,
            "api_key": server.api_key,
            "input_cost_per_token": price["input_per_token"],
            "output_cost_per_token": price["output_per_token"],
            # a stream has a limit of its own, between two pieces of it
            **({"timeout": server.timeout, "stream_timeout": server.timeout} if server.timeout else {}),
            **({"num_retries": server.retries} if server.retries else {}),
        },
        "model_info": {
            "id": name,
            **({"max_input_tokens": model["context"]} if model["context"] else {}),
            "mode": _MODES[api],
            **agent,
            **server.info,
        },
    }


def fallbacks(models: t.Iterable[Model]) -> list[dict[str, list[str]]]:
    """LiteLLM's router_settings.fallbacks: for each offered name those that answer in its place, through the same API.

    The models are all that are offered, external ones, too. Raises InputError for an unknown name.
    """
    by_name = {model["name"]: model for model in models}
    unknown = sorted({name for model in by_name.values() for name in model.get("fallbacks", ())} - set(by_name))
    if unknown:
        raise InputError(
            f"There is no model {', '.join(unknown)} to fall back to; there are {', '.join(sorted(by_name))}."
        )
    chains = [
        (
            _name(model, api),
            [_name(by_name[name], api) for name in model.get("fallbacks", ()) if api in apis(by_name[name])],
        )
        for model in by_name.values()
        for api in _MODES
        if api in apis(model)
    ]
    return [{name: others} for name, others in chains if others]
