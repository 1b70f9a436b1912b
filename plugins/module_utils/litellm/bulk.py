# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Many teams and keys at once: everything is read in pages, compared, checked, and only what differs is sent, side by side."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import threading
import typing as t

from . import fields, keys, models, teams
from .client import Client
from .errors import ApiError, InputError
from .fields import State
from .paging import pages

TEAM_LIMITS = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit")
KEY_LIMITS = (*TEAM_LIMITS, "max_parallel_requests")
# Models and nothing else: with other routes a key reads what another has spent, once it knows that key's SHA-256.
ROUTES = ["llm_api_routes"]
_KEY = (*keys.MANAGED, "allowed_routes")


@dataclasses.dataclass(frozen=True)
class Change:
    """One team or key that is not as wanted; ``before`` is empty for a new one, ``send`` has what differs."""

    kind: str
    name: str
    before: State
    after: State
    send: State
    token: str = ""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What has to be sent, teams before their keys."""

    teams: list[Change]
    keys: list[Change]

    def all(self) -> list[Change]:
        return [*self.teams, *self.keys]


class Site:
    """The teams, keys and models that a proxy has."""

    def __init__(self, client: Client) -> None:
        self.models = models.offered(client)
        listed = pages(client, "/v2/team/list", {}, items="teams", size="page_size", doing="listing the teams")
        self.teams = {team["team_id"]: team for team in listed}
        query: dict[str, str | int] = {"return_full_object": "true", "sort_by": "created_at", "sort_order": "asc"}
        found = list(pages(client, "/key/list", query, items="keys", size="size", doing="listing the keys"))
        self.keys = {key["key_alias"]: key for key in found if key["key_alias"]}
        self.hashes = {key["token"]: key["key_alias"] or key["token"] for key in found}


def plan(
    site: Site,
    wanted_teams: t.Sequence[State],
    wanted_keys: t.Sequence[State],
    value: t.Callable[[str], str | None],
    *,
    check: bool,
) -> Plan:
    """What differs. Limits that are not given are cleared; fields that are not named stay.

    Args:
        site: what the proxy has.
        wanted_teams: team_id, models and limits.
        wanted_keys: key_alias, team_id, models and limits.
        value: of a key by its alias; None when it is not there.
        check: whether values may be missing, because a task before this one would have made them.

    Raises InputError, before anything is sent, when a model, team or value does not fit.
    """
    changes = [_team(site, team) for team in wanted_teams]
    scopes = {team_id: set(team["models"]) for team_id, team in site.teams.items()}
    scopes |= {team["team_id"]: set(team["models"]) for team in wanted_teams}
    more = [_key(site, key, scopes, value, check=check) for key in wanted_keys]
    return Plan([one for one in changes if one is not None], [one for one in more if one is not None])


def _team(site: Site, given: State) -> Change | None:
    name = given["team_id"]
    models.require_models(given["models"], site.models, owner=f"Team '{name}'", source="LiteLLM")
    wanted = fields.wanted_fields(_only(given, ("models", *TEAM_LIMITS)), clear=TEAM_LIMITS)
    return _change("team", name, wanted, site.teams.get(name), teams.MANAGED)


def _key(
    site: Site, given: State, scopes: dict[str, set[str]], value: t.Callable[[str], str | None], *, check: bool
) -> Change | None:
    alias, team = given["key_alias"], given["team_id"]
    if team not in scopes:
        raise InputError(f"Key '{alias}' cannot belong to team '{team}': LiteLLM has no such team. Create it first.")
    allowed = scopes[team] - models.SPECIAL
    if allowed and not any(name.endswith("*") for name in allowed):
        models.require_models(given["models"], allowed, owner=f"Key '{alias}'", source=f"its team '{team}'")
    current = site.keys.get(alias)
    secret = _value(site, alias, value(alias), current, check=check)
    given = {**_only(given, ("team_id", "models", *KEY_LIMITS)), "allowed_routes": ROUTES}
    change = _change("key", alias, fields.wanted_fields(given, clear=KEY_LIMITS), current, _KEY)
    if change is None or current is not None:
        return dataclasses.replace(change, token=(current or {})["token"]) if change else None
    return dataclasses.replace(change, send={**change.send, "key": secret})


def _only(given: State, names: t.Iterable[str]) -> State:
    return {name: given.get(name) for name in names}


def _change(kind: str, name: str, wanted: State, current: State | None, managed: tuple[str, ...]) -> Change | None:
    identity = {"team_alias" if kind == "team" else "key_alias": name}
    if current is None:
        send = {**identity, **{field: value for field, value in wanted.items() if value is not None}}
        return Change(kind, name, {}, fields.managed(managed, send), send)
    send = fields.differing(wanted, current)
    if not send:
        return None
    return Change(kind, name, fields.managed(managed, current), fields.managed(managed, {**current, **send}), send)


def _value(site: Site, alias: str, value: str | None, current: State | None, *, check: bool) -> str:
    """The value to send for a new key. Raises InputError when it is missing or another key's."""
    if current is not None:
        if value is not None and keys.key_hash(value) != current["token"]:
            raise InputError(
                f"Key '{alias}' exists with another value ({current['key_name']}). A key's value cannot be changed: "
                "delete it first, or create the new value under another alias. Nothing was changed."
            )
        return ""
    if value is None:
        if check:
            return ""
        raise InputError(f"Key '{alias}' does not exist yet, and its value is missing: it is needed to create it.")
    other = site.hashes.get(keys.key_hash(value))
    if other is not None:
        raise InputError(
            f"Key '{alias}' cannot be created: LiteLLM already has a key of this value, with the alias '{other}'. "
            "It would keep that one and ignore this one. Give another value, or delete that key. Nothing was changed."
        )
    return value


def apply(of: Plan, connect: t.Callable[[], Client], *, at_once: int) -> None:
    """Sends a plan. The first error ends it; what was sent stays, and the next plan goes on from there."""
    for part in (of.teams, of.keys):
        _side_by_side(part, connect, at_once)


def _side_by_side(changes: list[Change], connect: t.Callable[[], Client], at_once: int) -> None:
    local = threading.local()
    with contextlib.ExitStack() as stack:
        pool = stack.enter_context(concurrent.futures.ThreadPoolExecutor(at_once))

        def send(change: Change) -> None:
            if not hasattr(local, "client"):
                local.client = connect()
                stack.callback(local.client.close)
            _send(local.client, change)

        waiting = [pool.submit(send, change) for change in changes]
        try:
            for one in concurrent.futures.as_completed(waiting):
                one.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _send(client: Client, change: Change) -> None:
    what = f"{change.kind} '{change.name}'"
    if change.before:
        identity = {"team_id": change.name} if change.kind == "team" else {"key": change.token}
        client.post(f"/{change.kind}/update", {**identity, **change.send}, doing=f"changing {what}")
        return
    path, body = ("/team/new", {"team_id": change.name}) if change.kind == "team" else ("/key/generate", {})
    try:
        client.post(path, {**body, **change.send}, doing=f"creating {what}")
    except ApiError as error:
        # a lost answer: the first attempt of a repeated request had made it
        if error.status != 400 or not _is_there(client, change):
            raise


def _is_there(client: Client, change: Change) -> bool:
    if change.kind == "team":
        return teams.find(client, change.name) is not None
    found = keys.find(client, change.name)
    return found is not None and found["token"] == keys.key_hash(change.send["key"])
