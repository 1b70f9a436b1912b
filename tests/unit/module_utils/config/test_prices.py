# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every price equals its formula, and a budget that could never end is refused by name."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.filter.token_price import token_price
from ansible_collections.inference.platform.plugins.module_utils.config import prices, validate
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import normalise, with_defaults

CHAT: dict[str, t.Any] = {"name": "chat", "source": "hf://a/b", "served_for": ["chat"], "gpus": 2}
EMBED: dict[str, t.Any] = {"name": "embed", "source": "hf://a/b", "served_for": ["embeddings"]}
MEASURED = {"gpu_usd_per_hour": 0.71, "input_tokens_per_hour": 9e6, "output_tokens_per_hour": 1e6}
BUDGET = {"usd": 5}


def test_an_hour_of_the_measured_work_pays_for_its_gpus() -> None:
    price = prices.derived(gpus=2, **MEASURED)
    earned = price["input_per_token"] * 9e6 + price["output_per_token"] * 1e6
    assert earned == pytest.approx(1.42, rel=1e-8)
    assert price["output_per_token"] == pytest.approx(3 * price["input_per_token"], rel=1e-8)
    dearer = prices.derived(gpus=2, margin=2.0, output_weight=1.0, **MEASURED)
    assert dearer == {"input_per_token": 2.84e-07, "output_per_token": 2.84e-07}


def test_embeddings_have_an_input_price_alone() -> None:
    price = token_price(0.36, input_tokens_per_hour=3600000)
    assert price == {"input_per_token": 1e-07, "output_per_token": 0.0}


def test_the_filter_says_what_gives_no_price() -> None:
    with pytest.raises(Exception, match="token_price: a price needs a cost above zero"):
        token_price(0, input_tokens_per_hour=1)
    with pytest.raises(Exception, match="token_price: "):
        token_price(1, frogs=1)


def price_of(model: dict[str, t.Any], *entries: dict[str, t.Any]) -> dict[str, t.Any]:
    variables = with_defaults({"models": [model], "prices": list(entries)})
    price: dict[str, t.Any] = normalise(variables, {}, "/root")["models"][0]["price"]
    return price


def test_the_configuration_says_where_a_price_comes_from() -> None:
    derived = price_of(CHAT, {"model": "chat", **MEASURED, "source": "the benchmark of November"})
    assert derived["input_per_token"] == prices.derived(gpus=2, **MEASURED)["input_per_token"]
    assert derived["source"] == "derived from 0.71 USD per GPU and hour and the benchmark of November"
    listed = price_of(CHAT, {"model": "chat", "input_per_token": 0.1, "output_per_token": 0.2})
    assert listed == {"input_per_token": 0.1, "output_per_token": 0.2, "source": "platform_prices"}
    assert price_of({**CHAT, "price": {"input_per_token": 0.1}})["source"] == "platform_models"
    assert "default" in price_of(CHAT)["source"]


def findings(*entries: dict[str, t.Any], tenants: t.Any = (), models: t.Any = (CHAT, EMBED)) -> list[str]:
    variables = {"models": list(models), "prices": list(entries), "tenants": list(tenants), "gpu_stack": "provider"}
    return validate.schema_findings(variables) or validate.meaning_findings(with_defaults(variables))


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"model": "nope", "input_per_token": 1}, "'nope' is not a model"),
        ({"model": "chat"}, "needs either input_per_token, or gpu_usd_per_hour"),
        ({"model": "chat", "input_per_token": 1, **MEASURED}, "needs either"),
        ({"model": "chat", "gpu_usd_per_hour": 1}, "has no input_tokens_per_hour"),
        ({"model": "embed", **MEASURED}, "the model has none; say gpus"),
        ({"model": "chat", "input_per_token": 0}, "platform_prices[0].input_per_token"),
        ({"model": "chat", "price": 1}, "unknown key price"),
    ],
)
def test_a_price_that_makes_no_sense_is_named(entry: dict[str, t.Any], words: str) -> None:
    (finding,) = findings(entry)
    assert words in finding


def test_two_prices_for_a_model_are_refused() -> None:
    entry = {"model": "chat", "input_per_token": 1}
    assert "keep one of them" in findings(entry, models=[{**CHAT, "price": {"input_per_token": 1}}])[0]
    assert "2 entries have the model 'chat'" in findings(entry, entry)[0]


@pytest.mark.parametrize(
    ("tenant", "owner"),
    [
        ({"budget": BUDGET}, "team 'a' has a budget and may use 'chat', which has no price"),
        ({"keys": [{"alias": "k", "budget": BUDGET}]}, "key 'k' of team 'a' has a budget and may use 'chat'"),
    ],
)
def test_a_budget_for_a_model_without_a_price_is_refused_by_name(tenant: dict[str, t.Any], owner: str) -> None:
    wanted = {"team": "a", "models": ["chat"], **tenant}
    (finding,) = findings(tenants=[wanted])
    assert owner in finding
    (half,) = findings({"model": "chat", "input_per_token": 1}, tenants=[wanted])
    assert "no price for output tokens" in half
    assert findings({"model": "chat", **MEASURED}, tenants=[wanted]) == []


def test_without_a_budget_and_for_embeddings_less_is_needed() -> None:
    assert findings(tenants=[{"team": "a", "models": ["chat"], "keys": [{"alias": "k"}]}]) == []
    team = {"team": "a", "models": ["chat", "embed"], "keys": [{"alias": "k", "budget": BUDGET, "models": ["embed"]}]}
    assert findings({"model": "embed", "input_per_token": 1}, tenants=[team]) == []
