# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a token costs: as it is written down, or derived from what its GPUs cost and do."""

from __future__ import annotations

import decimal
import typing as t

Price = dict[str, t.Any]

# A price must never be missing: LiteLLM bills nothing without one, and a budget then never ends.
DEFAULT = {"input_per_token": 0.0000002, "output_per_token": 0.0000006}
# Digits of a derived price: beyond what any measurement says, and the same on every machine.
_DIGITS = decimal.Context(prec=9)


def derived(
    *,
    gpu_usd_per_hour: float,
    gpus: int,
    input_tokens_per_hour: float,
    output_tokens_per_hour: float,
    output_weight: float = 3.0,
    margin: float = 1.0,
) -> Price:
    """US dollars per token such that an hour of the measured work pays for the hour of its GPUs.

    The cost of an hour, gpu_usd_per_hour x gpus x margin, is shared by the hour's input tokens and its output tokens, each
    of which counts as ``output_weight`` input tokens, because making a token is more work than reading one.

    Args:
        gpu_usd_per_hour: what one GPU costs.
        gpus: GPUs of the replica that was measured.
        input_tokens_per_hour: that it read in an hour while it held the latency target.
        output_tokens_per_hour: that it made in the same hour; 0 for embeddings.
        output_weight: input tokens that an output token counts for.
        margin: 1 covers the cost; idle hours need more.

    Raises:
        ValueError: there is no GPU or no token to share the cost.

    """
    cost = _exact(gpu_usd_per_hour) * gpus * _exact(margin)
    weight = _exact(output_weight)
    shares = _exact(input_tokens_per_hour) + weight * _exact(output_tokens_per_hour)
    if cost <= 0 or shares <= 0:
        raise ValueError("a price needs a cost above zero, at least one GPU and a number of tokens")
    share = cost / shares
    output = share * weight if output_tokens_per_hour else decimal.Decimal(0)
    return {"input_per_token": float(_DIGITS.plus(share)), "output_per_token": float(_DIGITS.plus(output))}


def _exact(value: float) -> decimal.Decimal:
    return decimal.Decimal(str(value))


def price_of(model: dict[str, t.Any], prices: t.Iterable[dict[str, t.Any]]) -> Price:
    """The price of a model of the checked configuration, with ``source``, where it comes from."""
    entry = next((one for one in prices if one["model"] == model["name"]), None)
    if entry is None and "price" not in model:
        return {**DEFAULT, "source": "the default, because the configuration has none"}
    if entry is None:
        return {"output_per_token": 0.0, **model["price"], "source": "platform_models"}
    if "input_per_token" in entry:
        named: Price = {name: entry[name] for name in ("input_per_token", "output_per_token") if name in entry}
        return {"output_per_token": 0.0, **named, "source": entry.get("source", "platform_prices")}
    return {**derived(**_measured(model, entry)), "source": _sentence(entry)}


def _measured(model: dict[str, t.Any], entry: dict[str, t.Any]) -> dict[str, t.Any]:
    given = {name: value for name, value in entry.items() if name not in ("model", "source")}
    return {"gpus": model.get("gpus", 0), "output_tokens_per_hour": 0, **given}


def _sentence(entry: dict[str, t.Any]) -> str:
    source = entry.get("source")
    return f"derived from {entry['gpu_usd_per_hour']} USD per GPU and hour" + (f" and {source}" if source else "")


def findings(
    models: list[dict[str, t.Any]], prices: list[dict[str, t.Any]], tenants: list[dict[str, t.Any]]
) -> list[str]:
    """One sentence for each price that contradicts, and for each budget that would never end."""
    by_name = {model["name"]: model for model in models}
    found = [finding for entry in prices for finding in _entry_findings(entry, by_name)]
    if found:
        return found
    free = {model["name"]: missing for model in models if (missing := _missing(model, prices))}
    return [
        f"platform_tenants: {owner} has a budget and may use {name!r}, which has {missing}: such calls cost nothing, so the "
        f"budget never ends. Give {name!r} a price in platform_models or platform_prices."
        for owner, names in _budgeted(tenants)
        for name, missing in free.items()
        if name in names
    ]


def _entry_findings(entry: dict[str, t.Any], models: dict[str, dict[str, t.Any]]) -> list[str]:
    where = f"platform_prices: {entry['model']!r}"
    model = models.get(entry["model"])
    if model is None:
        return [f"{where} is not a model of platform_models."]
    if "price" in model:
        return [f"{where} has a price in platform_models as well; keep one of them."]
    derives = "gpu_usd_per_hour" in entry
    if derives == ("input_per_token" in entry):
        return [f"{where} needs either input_per_token, or gpu_usd_per_hour with input_tokens_per_hour."]
    if derives and "input_tokens_per_hour" not in entry:
        return [f"{where} has no input_tokens_per_hour: measure it at the latency target."]
    if derives and not entry.get("gpus", model.get("gpus", 0)):
        return [f"{where} says what a GPU costs, and the model has none; say gpus."]
    return []


def _missing(model: dict[str, t.Any], prices: list[dict[str, t.Any]]) -> str:
    """What a model's price lacks; empty when every kind of call costs something."""
    if "price" not in model and not any(entry["model"] == model["name"] for entry in prices):
        return "no price"
    price = price_of(model, prices)
    if price["output_per_token"] or model["served_for"] == ["embeddings"]:
        return ""
    return "no price for output tokens"


def _budgeted(tenants: t.Iterable[dict[str, t.Any]]) -> t.Iterator[tuple[str, set[str]]]:
    """Who has a budget, and the models that it is for."""
    for tenant in tenants:
        if tenant.get("budget"):
            yield f"team {tenant['team']!r}", set(tenant["models"])
            continue
        for key in tenant.get("keys", []):
            if key.get("budget"):
                yield f"key {key['alias']!r} of team {tenant['team']!r}", set(key.get("models") or tenant["models"])


__all__ = ("DEFAULT", "derived", "findings", "price_of")
