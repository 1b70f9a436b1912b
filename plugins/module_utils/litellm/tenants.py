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


def rotations(
    tenants: t.Iterable[Tenant], models: t.Sequence[Model], folder: str, *, team: str = "", alias: str = ""
) -> list[Options]:
    """One entry per key for litellm_key_rotation: where its value is kept and where it is delivered.

    Args:
        tenants: as in the configuration.
        models: all models.
        folder: of the files with the values.
        team: keys of this team alone; empty for all.
        alias: the key with this full alias alone; empty for all.

    Raises InputError when no key is meant.
    """
    places = {f"{tenant['team']}-{key['alias']}": key.get("secret") for tenant in tenants for key in tenant["keys"]}
    found = keys(tenants, models)
    meant = [key for key in found if team in ("", key["team_id"]) and alias in ("", key["key_alias"])]
    if not meant and (team or alias):
        what = f"key '{alias}'" + (f" of team '{team}'" if team else "") if alias else f"team '{team}' with keys"
        known = ", ".join(key["key_alias"] for key in found) or "none"
        raise InputError(f"The configuration has no {what}. Its keys are: {known}.")
    return [
        {
            "key_alias": key["key_alias"],
            "secret": f"tenant-{key['key_alias']}",
            "file": f"{folder}/{key['key_alias']}",
            "publish": [places[key["key_alias"]]] if places[key["key_alias"]] else [],
        }
        for key in meant
    ]


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
