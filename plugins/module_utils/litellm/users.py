# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Internal users of LiteLLM, people who own keys, by their own user_id."""

from __future__ import annotations

import typing as t

from . import fields, models, paging, resource, teams
from .client import Client
from .errors import ApiError, InputError
from .fields import Outcome, State
from .resource import Resource

LIMITS = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit")
CLEARABLE = (*LIMITS, "user_email", "user_alias")
MANAGED = (*LIMITS, "user_email", "user_alias", "user_role", "models", "teams", "metadata")
# LiteLLM ignores an empty list in a change of a user; this name means the same.
_EVERY_MODEL = "all-proxy-models"


def find(client: Client, user_id: str) -> State | None:
    """GET /v2/user/info, which unlike /user/info does not load all keys of the user."""
    try:
        answer = client.get("/v2/user/info", {"user_id": user_id}, doing=f"reading user '{user_id}'")
    except ApiError as error:
        if error.status == 404:
            return None
        raise
    return with_one_form_of_every_model(answer)


def with_one_form_of_every_model(user: State) -> State:
    return {**user, "models": [] if user.get("models") == [_EVERY_MODEL] else user.get("models")}


def ensure_present(client: Client, user_id: str, wanted: State, *, check: bool) -> Outcome:
    """Makes the user be as wanted.

    Raises InputError before any change when a team or model does not exist, when another user has the e-mail address,
    or when LiteLLM has no way to do it.
    """
    if wanted.get("models") == [_EVERY_MODEL]:
        wanted = {**wanted, "models": []}
    current = find(client, user_id)
    changes = fields.differing(wanted, current or {})
    _require_references(client, user_id, changes, check=check)
    if current is not None and changes.get("metadata") == {}:
        raise InputError(
            f"User '{user_id}' has metadata, and LiteLLM cannot empty it. Give at least one field, which replaces all."
        )
    return resource.ensure_present(client, USER, user_id, wanted, check=check)


def _require_references(client: Client, user_id: str, changes: State, *, check: bool) -> None:
    owner = f"User '{user_id}'"
    if changes.get("models"):
        models.require_models(changes["models"], models.offered(client), owner=owner, source="LiteLLM")
    if changes.get("user_email"):
        _require_free_address(client, user_id, changes["user_email"])
    if check:
        return  # a task before this one would have made its teams
    missing = [team for team in changes.get("teams") or [] if teams.find(client, team) is None]
    if missing:
        raise InputError(
            f"{owner} cannot join the teams {', '.join(missing)}: LiteLLM has no such teams. Create them first."
        )


def _require_free_address(client: Client, user_id: str, address: str) -> None:
    """LiteLLM refuses an address twice for new users alone, and then in any case; a change it would take."""
    doing = f"looking for other users with the address of '{user_id}'"
    for other in paging.pages(
        client, "/user/list", {"user_email": address}, items="users", size="page_size", doing=doing
    ):
        if other["user_id"] != user_id and (other["user_email"] or "").lower() == address.lower():
            raise InputError(
                f"User '{user_id}' cannot have the address {address}: user '{other['user_id']}' has it. "
                "Nothing was changed."
            )


def _create(client: Client, user_id: str, body: State) -> None:
    # without auto_create_key a key would be made that nobody asked for
    request = {"user_id": user_id, "auto_create_key": False, **body}
    client.post("/user/new", request, doing=f"creating user '{user_id}'")


def _change(client: Client, user_id: str, changes: State, current: State) -> None:
    body = {name: _sendable(name, value) for name, value in changes.items() if name != "teams"}
    if body:
        client.post("/user/update", {"user_id": user_id, **body}, doing=f"changing user '{user_id}'")
    if "teams" in changes:
        _change_teams(client, user_id, set(changes["teams"]), set(current.get("teams") or []))


def _sendable(name: str, value: t.Any) -> t.Any:
    if name == "models":
        return value or [_EVERY_MODEL]
    if name in ("user_email", "user_alias"):
        return value or ""
    return value


def _change_teams(client: Client, user_id: str, wanted: set[str], current: set[str]) -> None:
    for team in sorted(wanted - current):
        body = {"team_id": team, "member": {"role": "user", "user_id": user_id}}
        _quietly(client, "/team/member_add", body, "already in team", f"adding user '{user_id}' to team '{team}'")
    for team in sorted(current - wanted):
        leaving = {"team_id": team, "user_id": user_id}
        doing = f"taking user '{user_id}' out of team '{team}'"
        _quietly(client, "/team/member_delete", leaving, "not found in team", doing)


def _quietly(client: Client, path: str, body: State, done: str, doing: str) -> None:
    """Posts; an error that says ``done`` is none: the first attempt of a repeated request had done it."""
    try:
        client.post(path, body, doing=doing)
    except ApiError as error:
        if error.status != 400 or done not in error.server_message:
            raise


def _delete(client: Client, user_id: str) -> None:
    try:
        client.post("/user/delete", {"user_ids": [user_id]}, doing=f"deleting user '{user_id}'")
    except ApiError as error:
        if error.status != 404:
            raise


def _already_exists(error: ApiError) -> bool:
    return error.status == 409 and "with id" in error.server_message


USER = Resource(managed=MANAGED, find=find, create=_create, change=_change, delete=_delete, exists=_already_exists)
