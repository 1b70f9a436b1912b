# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Virtual keys of LiteLLM, by their alias. A key's value is made by the caller; LiteLLM keeps its SHA-256 alone."""

from __future__ import annotations

import hashlib

from . import fields, models, teams
from .client import Client
from .errors import ApiError, InputError
from .fields import Outcome, State

MANAGED = (
    "key_alias",
    "team_id",
    "models",
    "max_budget",
    "budget_duration",
    "tpm_limit",
    "rpm_limit",
    "max_parallel_requests",
    "blocked",
    "metadata",
)


def key_hash(value: str) -> str:
    """LiteLLM's name for a key: C(token), the SHA-256 of its value in hexadecimal."""
    return hashlib.sha256(value.encode()).hexdigest()


def find(client: Client, alias: str) -> State | None:
    """GET /key/list by alias; the server may match more loosely, so the alias is compared here too."""
    query: dict[str, str | int] = {"key_alias": alias, "return_full_object": "true", "size": 100}
    answer = client.get("/key/list", query, doing=f"looking for key '{alias}'")
    return next((key for key in answer["keys"] if key["key_alias"] == alias), None)


def ensure_present(client: Client, alias: str, value: str | None, wanted: State, *, check: bool) -> Outcome:
    """Makes the key be as wanted.

    Args:
        client: of the proxy.
        alias: the key's identity.
        value: the key itself; only needed when the key does not exist yet, compared otherwise.
        wanted: fields that the task decides.
        check: whether to leave everything as it is.

    Raises InputError before any change when the team or a model does not exist, or when the value contradicts.
    """
    current = find(client, alias)
    _require_references(client, alias, wanted, current or {}, check=check)
    if current is None:
        created = _create(client, alias, _usable_value(client, alias, value, check=check), wanted, check=check)
        if created is not None:
            return created
        current = find(client, alias) or {}
    _require_same_value(alias, value, current)
    return _update(client, alias, wanted, current, check=check)


def ensure_absent(client: Client, alias: str, *, check: bool) -> Outcome:
    current = find(client, alias)
    if current is None:
        return Outcome({}, {})
    if not check:
        try:
            client.post("/key/delete", {"keys": [current["token"]]}, doing=f"deleting key '{alias}'")
        except ApiError as error:
            # gone meanwhile, or by the first attempt of a repeated request
            if error.status != 404:
                raise
    return Outcome(fields.managed(MANAGED, current), {})


def _require_references(client: Client, alias: str, wanted: State, current: State, *, check: bool) -> None:
    team_id = wanted.get("team_id", current.get("team_id"))
    names = wanted.get("models") or []
    if wanted.get("team_id") is None and not names:
        return
    allowed: set[str] = set()
    if team_id is not None:
        team = teams.find(client, team_id)
        if team is None and check:
            return  # a task before this one would have made it
        if team is None:
            raise InputError(
                f"Key '{alias}' cannot belong to team '{team_id}': LiteLLM has no such team. Create it first."
            )
        allowed = set(team["models"]) - models.SPECIAL
    if not names:
        return
    if allowed and not any(name.endswith("*") for name in allowed):
        models.require_models(names, allowed, owner=f"Key '{alias}'", source=f"its team '{team_id}'")
    else:
        models.require_models(names, models.offered(client), owner=f"Key '{alias}'", source="LiteLLM")


def _usable_value(client: Client, alias: str, value: str | None, *, check: bool) -> str:
    """The value for a new key. In check mode it may be missing: a task before this one would have made it."""
    if value is None and check:
        return ""
    if value is None:
        raise InputError(f"Key '{alias}' does not exist yet: its value is needed to create it. Give key or key_file.")
    if not value.startswith("sk-") or len(value) < 16:
        raise InputError(
            f"Key '{alias}' cannot be created: LiteLLM takes only values of 16 characters or more that begin with sk-."
        )
    # not /key/info: that also answers for keys that were deleted
    query = {"key_hash": key_hash(value), "return_full_object": "true"}
    found = client.get("/key/list", query, doing=f"looking for another key with the value of '{alias}'")["keys"]
    if not found:
        return value
    other = found[0].get("key_alias")
    raise InputError(
        f"Key '{alias}' cannot be created: LiteLLM already has a key of this value, with the alias {other!r}. "
        "It would keep that one and ignore this task. Give another value, or delete that key."
    )


def _require_same_value(alias: str, value: str | None, current: State) -> None:
    if value is None or key_hash(value) == current["token"]:
        return
    raise InputError(
        f"Key '{alias}' exists with another value ({current['key_name']}). A key's value cannot be changed: "
        "delete it first with state=absent, or create the new value under another alias."
    )


def _create(client: Client, alias: str, value: str, wanted: State, *, check: bool) -> Outcome | None:
    """None when the key is there already: the answer to an earlier attempt of a repeated request was lost."""
    body = {name: field for name, field in wanted.items() if field is not None}
    made: State = {"key_alias": alias, **body, "token": key_hash(value)}
    if not check:
        request = {"key_alias": alias, **body, "key": value, "key_type": "default"}
        try:
            made = client.post("/key/generate", request, doing=f"creating key '{alias}'")
        except ApiError as error:
            if error.status == 400 and find(client, alias) is not None:
                return None
            raise
    return Outcome({}, fields.managed(MANAGED, made), {name: field for name, field in made.items() if name != "key"})


def _update(client: Client, alias: str, wanted: State, current: State, *, check: bool) -> Outcome:
    changes = fields.differing(wanted, current)
    doing = f"changing key '{alias}'"
    others = {name: value for name, value in changes.items() if name != "blocked"}
    if others and not check:
        client.post("/key/update", {"key": current["token"], **others}, doing=doing)
    if "blocked" in changes and not check:
        # these routes, unlike /key/update, also drop the key from the proxy's cache: the change acts at once
        client.post("/key/block" if changes["blocked"] else "/key/unblock", {"key": current["token"]}, doing=doing)
    after = {**current, **changes}
    return Outcome(fields.managed(MANAGED, current), fields.managed(MANAGED, after), after)
