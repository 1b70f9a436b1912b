# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tenants of the platform as LiteLLM's teams and keys: options for the modules litellm_team and litellm_key."""

from __future__ import annotations

import collections
import typing as t

from .catalogue import Model, tenant_models
from .errors import InputError

Tenant = t.Mapping[str, t.Any]
Options = dict[str, t.Any]


def teams(tenants: t.Iterable[Tenant], models: t.Sequence[Model]) -> list[Options]:
    """One entry per tenant: team_id, models and the limits that it has. Raises InputError for an unknown model."""
    return [
        {
            "team_id": tenant["team"],
            "models": tenant_models(tenant["models"], models),
            **_budget(tenant),
            **_limits(tenant["limits"], {"rpm": "rpm_limit", "tpm": "tpm_limit"}),
        }
        for tenant in tenants
    ]


def keys(tenants: t.Iterable[Tenant], models: t.Sequence[Model]) -> list[Options]:
    """One entry per key: key_alias (<team>-<alias>), team_id, models and the limits that it has.

    LiteLLM knows no limit of parallel requests for a team: the team's holds for each of its keys.
    Raises InputError for an unknown model, or when two keys would have one name.
    """
    found = [_key(tenant, key, models) for tenant in tenants for key in tenant["keys"]]
    counts = collections.Counter(key["key_alias"] for key in found)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise InputError(f"Two keys would have the name <team>-<alias> {', '.join(twice)}. Rename one of them.")
    return found


def _key(tenant: Tenant, key: t.Mapping[str, t.Any], models: t.Sequence[Model]) -> Options:
    names = {"rpm": "rpm_limit", "tpm": "tpm_limit", "parallel_requests": "max_parallel_requests"}
    shared = {name: value for name, value in tenant["limits"].items() if name == "parallel_requests"}
    return {
        "key_alias": f"{tenant['team']}-{key['alias']}",
        "team_id": tenant["team"],
        "models": tenant_models(key["models"], models),
        **_budget(key),
        **_limits({**shared, **key["limits"]}, names),
    }


def _budget(owner: t.Mapping[str, t.Any]) -> Options:
    budget = owner["budget"]
    if budget is None:
        return {}
    period = {"budget_duration": budget["period"]} if budget.get("period") else {}
    return {"max_budget": budget["usd"], **period}


def _limits(limits: t.Mapping[str, t.Any], names: t.Mapping[str, str]) -> Options:
    return {option: limits[name] for name, option in names.items() if name in limits}
