# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the proxy has, for reading: filtered, all pages, without anything that opens a door."""

from __future__ import annotations

import typing as t

from . import budgets, customers, deployments, users
from .catalogue import EXTERNAL
from .client import Client
from .errors import InputError
from .fields import State
from .paging import pages

TEAM = (
    "team_id",
    "team_alias",
    "models",
    "max_budget",
    "budget_duration",
    "budget_reset_at",
    "tpm_limit",
    "rpm_limit",
    "blocked",
    "metadata",
    "spend",
    "created_at",
    "updated_at",
)
KEY = (
    "key_alias",
    "team_id",
    "user_id",
    "models",
    "max_budget",
    "budget_id",
    "budget_duration",
    "budget_reset_at",
    "tpm_limit",
    "rpm_limit",
    "max_parallel_requests",
    "blocked",
    "expires",
    "metadata",
    "spend",
    "last_active",
    "created_at",
    "updated_at",
)
BUDGET = ("budget_id", *budgets.CLEARABLE, "budget_reset_at", "created_at", "updated_at")
USER = ("user_id", *users.MANAGED, "budget_reset_at", "spend", "created_at", "updated_at")
CUSTOMER = ("user_id", *customers.MANAGED, "spend")
_INFO = ("mode", "base_model", "max_input_tokens", "max_output_tokens", EXTERNAL)
_HIDDEN = "(hidden)"


def teams(client: Client, *, team_id: str | None, alias: str | None) -> list[State]:
    """GET /v2/team/list; the alias is matched loosely there and exactly here."""
    query = _given(team_id=team_id, team_alias=alias)
    found = pages(client, "/v2/team/list", query, items="teams", size="page_size", doing="listing the teams")
    return [_shown(team, TEAM) for team in found if alias in (None, team["team_alias"])]


def keys(
    client: Client, *, key_alias: str | None, key_hash: str | None, team_id: str | None, user_id: str | None
) -> list[State]:
    """GET /key/list; of a key's value there is its hash alone, not even its last characters."""
    filters = _given(key_alias=key_alias, key_hash=key_hash, team_id=team_id, user_id=user_id)
    query = {**filters, "return_full_object": "true", "sort_by": "created_at", "sort_order": "asc"}
    found = pages(client, "/key/list", query, items="keys", size="size", doing="listing the keys")
    return [{"key_hash": key["token"], **_shown(key, KEY)} for key in found if key_alias in (None, key["key_alias"])]


def all_budgets(client: Client, *, budget_id: str | None) -> list[State]:
    found = [budgets.find(client, budget_id)] if budget_id is not None else budgets.listed(client)
    return [_shown(budget, BUDGET) for budget in found if budget is not None]


def require_unused(client: Client, budget_id: str) -> None:
    """Raises InputError when customers or keys have the budget: LiteLLM would leave them without any limit, in silence."""
    having = [
        f"customer '{customer['user_id']}'" for customer in all_customers(client, user_id=None, budget_id=budget_id)
    ]
    found = keys(client, key_alias=None, key_hash=None, team_id=None, user_id=None)
    having += [f"key '{key['key_alias'] or key['key_hash']}'" for key in found if key["budget_id"] == budget_id]
    if not having:
        return
    shown = ", ".join(having[:5]) + (f" and {len(having) - 5} more" if len(having) > 5 else "")
    raise InputError(
        f"Budget '{budget_id}' cannot be deleted: {shown} would have no limit then. "
        "Give them another budget first, or say force. Nothing was changed."
    )


def all_users(
    client: Client, *, user_id: str | None, email: str | None, role: str | None, team_id: str | None
) -> list[State]:
    """GET /user/list; id and address are matched loosely there and exactly here, an address in any case."""
    filters = _given(user_ids=user_id, user_email=email, role=role, team=team_id)
    query = {**filters, "sort_by": "created_at", "sort_order": "asc"}
    found = pages(client, "/user/list", query, items="users", size="page_size", doing="listing the users")
    return [
        _shown(users.with_one_form_of_every_model(user), USER)
        for user in found
        if user_id in (None, user["user_id"]) and (email is None or email.lower() == (user["user_email"] or "").lower())
    ]


def all_customers(client: Client, *, user_id: str | None, budget_id: str | None) -> list[State]:
    found = [customers.find(client, user_id)] if user_id is not None else customers.listed(client)
    return [
        _shown(customer, CUSTOMER)
        for customer in found
        if customer is not None and budget_id in (None, customer.get("budget_id"))
    ]


def models(client: Client, *, model_id: str | None, model_name: str | None, stored: bool | None) -> list[State]:
    """GET /v2/model/info: deployments of the configuration file and of the database."""
    query = _given(modelId=model_id, model=model_name)
    found = pages(client, "/v2/model/info", query, items="data", size="size", doing="listing the models")
    return [
        _model(entry)
        for entry in found
        if model_id in (None, entry["model_info"].get("id"))
        and stored in (None, bool(entry["model_info"].get("db_model")))
    ]


def _model(entry: State) -> State:
    info = entry["model_info"]
    params = {name: value for name, value in entry["litellm_params"].items() if value not in (None, False)}
    return {
        "model_id": info.get("id"),
        "model_name": entry["model_name"],
        "stored": bool(info.get("db_model")),
        "blocked": bool(info.get("blocked")),
        "litellm_params": masked(params),
        "model_info": {name: info.get(name) for name in _INFO},
    }


def masked(value: t.Any) -> t.Any:
    """The same with every entry whose name speaks of a secret hidden; references into an environment may be seen."""
    if isinstance(value, dict):
        return {
            name: _HIDDEN if deployments.is_secret(str(name).lower()) and entry else masked(entry)
            for name, entry in value.items()
        }
    return [masked(entry) for entry in value] if isinstance(value, list) else value


def _shown(found: State, names: tuple[str, ...]) -> State:
    picked = {name: None if found.get(name) == "" else found.get(name) for name in names}
    if "metadata" in picked:
        picked["metadata"] = masked(picked["metadata"] or {})
    if "blocked" in picked:
        picked["blocked"] = bool(picked["blocked"])
    return picked


def _given(**filters: str | None) -> dict[str, str | int]:
    return {name: value for name, value in filters.items() if value is not None}
