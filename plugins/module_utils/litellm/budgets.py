# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Budgets of LiteLLM, by their own budget_id: sets of limits that keys and customers share."""

from __future__ import annotations

import typing as t

from . import enterprise
from .client import Client
from .errors import ApiError, InputError
from .fields import State
from .resource import Resource

CLEARABLE = (
    "max_budget",
    "soft_budget",
    "budget_duration",
    "tpm_limit",
    "rpm_limit",
    "max_parallel_requests",
    "model_max_budget",
)


def find(client: Client, budget_id: str) -> State | None:
    """POST /budget/info: LiteLLM answers an empty list for an id that it does not have."""
    found = client.post("/budget/info", {"budgets": [budget_id]}, doing=f"reading budget '{budget_id}'")
    return t.cast("State | None", next(iter(found), None))


def listed(client: Client) -> list[State]:
    """GET /budget/list: all of them in one answer."""
    return t.cast(list[State], client.get("/budget/list", doing="listing the budgets"))


def require_budget(client: Client, budget_id: str, owner: str, *, check: bool) -> None:
    """Raises InputError when there is no such budget; in check mode a task before this one would have made it."""
    if check or find(client, budget_id) is not None:
        return
    raise InputError(f"{owner} cannot have budget '{budget_id}': LiteLLM has no such budget. Create it first.")


def require_allowed(client: Client, budget_id: str, wanted: State) -> None:
    """Raises InputError for fields that this proxy would not honour."""
    if wanted.get("model_max_budget"):
        enterprise.require_licence(client, "model_max_budget", f"budget '{budget_id}'")


def _create(client: Client, budget_id: str, body: State) -> None:
    client.post("/budget/new", {"budget_id": budget_id, **body}, doing=f"creating budget '{budget_id}'")


def _change(client: Client, budget_id: str, changes: State, _current: State) -> None:
    client.post("/budget/update", {"budget_id": budget_id, **changes}, doing=f"changing budget '{budget_id}'")


def delete(client: Client, budget_id: str) -> None:
    """LiteLLM answers null when the budget is gone already."""
    client.post("/budget/delete", {"id": budget_id}, doing=f"deleting budget '{budget_id}'")


def already_exists(error: ApiError) -> bool:
    return error.status == 400 and "already exists" in error.server_message


BUDGET = Resource(managed=CLEARABLE, find=find, create=_create, change=_change, delete=delete, exists=already_exists)
