# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What LiteLLM offers, made of the platform's models: deployments for its configuration, names for its tenants."""

from __future__ import annotations

import typing as t

from .errors import InputError

Model = t.Mapping[str, t.Any]

FIM_SUFFIX = "-fim"
_CONVERSES = frozenset({"chat", "agent"})


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


def deployments(models: t.Iterable[Model], gateway_url: str) -> list[dict[str, t.Any]]:
    """LiteLLM's model_list for the platform's models behind the inference gateway. Raises InputError.

    Every deployment carries its price in US dollars per token: without one LiteLLM bills nothing and budgets never end.
    """
    return [entry for model in models for entry in _of_model(model, gateway_url)]


def _of_model(model: Model, gateway_url: str) -> list[dict[str, t.Any]]:
    purposes = set(model["served_for"])
    if "embeddings" in purposes and purposes & _CONVERSES:
        raise InputError(
            f"Model '{model['name']}' is served for embeddings and for chat: one engine does one of them. "
            "Declare two models."
        )
    name = model["name"]
    entries = []
    if purposes & _CONVERSES:
        info = {"mode": "chat", "supports_function_calling": "agent" in purposes}
        entries.append(_deployment(model, name, f"openai/{name}", gateway_url, info))
    if "embeddings" in purposes:
        entries.append(_deployment(model, name, f"openai/{name}", gateway_url, {"mode": "embedding"}))
    if "fim" in purposes:
        upstream = f"text-completion-openai/{name}"
        entries.append(_deployment(model, name + FIM_SUFFIX, upstream, gateway_url, {"mode": "completion"}))
    return entries


def _deployment(model: Model, name: str, upstream: str, gateway_url: str, info: dict[str, t.Any]) -> dict[str, t.Any]:
    price = model["price"]
    return {
        "model_name": name,
        "litellm_params": {
            "model": upstream,
            "api_base": gateway_url,
            "api_key": "os.environ/VLLM_API_KEY",
            "input_cost_per_token": price["input_per_token"],
            "output_cost_per_token": price["output_per_token"],
        },
        "model_info": {"id": name, "max_input_tokens": model["context"], **info},
    }


def external_deployments(endpoints: t.Iterable[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """Models of OpenAI-compatible servers elsewhere, offered as <endpoint>/<model>; they cost nothing here."""
    return [
        {
            "model_name": f"{endpoint['name']}/{model}",
            "litellm_params": {
                "model": f"openai/{model}",
                "api_base": endpoint["base_url"],
                "api_key": "none",
                "input_cost_per_token": 0.0,
                "output_cost_per_token": 0.0,
            },
            "model_info": {"id": f"{endpoint['name']}/{model}", "mode": "chat"},
        }
        for endpoint in endpoints
        for model in endpoint["models"]
    ]
