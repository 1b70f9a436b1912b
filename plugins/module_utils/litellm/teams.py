# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Teams of LiteLLM, by their own team_id. There is no upsert: read, then /team/new or /team/update."""

from __future__ import annotations

import typing as t

from . import fields, models
from .client import Client
from .errors import ApiError
from .fields import Outcome, State

MANAGED = ("team_alias", "models", "max_budget", "budget_duration", "tpm_limit", "rpm_limit", "blocked", "metadata")


def find(client: Client, team_id: str) -> State | None:
    """GET /team/info: the team_info of the answer, None when there is no such team."""
    try:
        answer = client.get("/team/info", {"team_id": team_id}, doing=f"reading team '{team_id}'")
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return t.cast(State, answer["team_info"])


def ensure_present(client: Client, team_id: str, wanted: State, *, check: bool) -> Outcome:
    """Makes the team be as wanted. Raises InputError before any change when a model does not exist."""
    current = find(client, team_id)
    if wanted.get("models"):
        models.require_models(wanted["models"], models.offered(client), owner=f"Team '{team_id}'", source="LiteLLM")
    if current is None:
        created = _create(client, team_id, wanted, check=check)
        if created is not None:
            return created
        # a lost answer: the first attempt of a repeated request had made it
        current = find(client, team_id) or {}
    return _update(client, team_id, wanted, current, check=check)


def ensure_absent(client: Client, team_id: str, *, check: bool) -> Outcome:
    """Deletes the team; LiteLLM deletes its keys with it."""
    current = find(client, team_id)
    if current is None:
        return Outcome({}, {})
    if not check:
        client.post("/team/delete", {"team_ids": [team_id]}, doing=f"deleting team '{team_id}'")
    return Outcome(fields.managed(MANAGED, current), {})


def _create(client: Client, team_id: str, wanted: State, *, check: bool) -> Outcome | None:
    """None when LiteLLM says that the team is there already."""
    body = {name: value for name, value in wanted.items() if value is not None}
    made: State = {"team_id": team_id, "team_alias": team_id, **body}
    if not check:
        try:
            made = client.post("/team/new", made, doing=f"creating team '{team_id}'")
        except ApiError as error:
            if error.status == 400 and "already exists" in error.server_message:
                return None
            raise
    return Outcome({}, fields.managed(MANAGED, made), made)


def _update(client: Client, team_id: str, wanted: State, current: State, *, check: bool) -> Outcome:
    changes = fields.differing(wanted, current)
    if changes and not check:
        client.post("/team/update", {"team_id": team_id, **changes}, doing=f"changing team '{team_id}'")
    after = {**current, **changes}
    return Outcome(fields.managed(MANAGED, current), fields.managed(MANAGED, after), after)
