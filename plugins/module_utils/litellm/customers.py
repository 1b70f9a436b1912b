# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Customers of LiteLLM, the end users that callers name in a request, by their own user_id."""

from __future__ import annotations

import typing as t

from . import budgets, enterprise, models
from .client import Client
from .errors import ApiError
from .fields import State
from .resource import Resource

CLEARABLE = ("alias", "budget_id")
MANAGED = (*CLEARABLE, "models", "blocked")


def find(client: Client, user_id: str) -> State | None:
    """GET /customer/info."""
    try:
        answer = client.get("/customer/info", {"end_user_id": user_id}, doing=f"reading customer '{user_id}'")
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return t.cast(State, answer)


def listed(client: Client) -> list[State]:
    """GET /customer/list: all of them in one answer."""
    return t.cast(list[State], client.get("/customer/list", doing="listing the customers"))


def require_references(client: Client, user_id: str, wanted: State, *, check: bool) -> None:
    """Raises InputError, before any change, when a model or the budget does not exist, or when a block would not hold."""
    owner = f"Customer '{user_id}'"
    if wanted.get("blocked"):
        # LiteLLM without a licence stores it, and answers the customer's calls all the same
        enterprise.require_licence(client, "blocked", f"customer '{user_id}'")
    if wanted.get("models"):
        models.require_models(wanted["models"], models.offered(client), owner=owner, source="LiteLLM")
    if wanted.get("budget_id"):
        budgets.require_budget(client, wanted["budget_id"], owner, check=check)


def _create(client: Client, user_id: str, body: State) -> None:
    client.post("/customer/new", {"user_id": user_id, **body}, doing=f"creating customer '{user_id}'")


def _change(client: Client, user_id: str, changes: State, _current: State) -> None:
    """POST /customer/update takes no null: an empty text clears a text, and a budget is taken off in its own way."""
    body = {name: "" if value is None else value for name, value in changes.items() if name != "budget_id"}
    doing = f"changing customer '{user_id}'"
    if changes.get("budget_id") is not None:
        body["budget_id"] = changes["budget_id"]
    if body:
        client.post("/customer/update", {"user_id": user_id, **body}, doing=doing)
    if "budget_id" in changes and changes["budget_id"] is None:
        _take_budget_off(client, user_id, doing)


def _take_budget_off(client: Client, user_id: str, doing: str) -> None:
    """A deleted budget leaves its customers without one, so the customer gets a budget of its own to delete.

    Interrupted, the customer has a budget without limits, and the next run takes that one off in the same way.
    """
    spare = f"taken-off-{user_id}"
    if budgets.find(client, spare) is None:
        client.post("/budget/new", {"budget_id": spare}, doing=doing)
    client.post("/customer/update", {"user_id": user_id, "budget_id": spare}, doing=doing)
    budgets.delete(client, spare)


def _delete(client: Client, user_id: str) -> None:
    try:
        client.post("/customer/delete", {"user_ids": [user_id]}, doing=f"deleting customer '{user_id}'")
    except ApiError as error:
        # gone meanwhile, or by the first attempt of a repeated request
        if error.status != 404:
            raise


CUSTOMER = Resource(
    managed=MANAGED, find=find, create=_create, change=_change, delete=_delete, exists=budgets.already_exists
)
