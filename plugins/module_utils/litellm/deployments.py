# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Deployments of LiteLLM that are stored in its database, by their own model_info.id.

LiteLLM never shows a deployment's api_key again, and shows what an os.environ reference stands for, not the reference.
So a fingerprint of such values is kept beside them in model_info: an HMAC under the master key, which says nothing
about the value and still tells whether it is another one.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
import typing as t
import urllib.parse

from . import enterprise
from .client import Client
from .errors import ApiError, InputError
from .fields import Outcome, State

# The fields of model_info that are ours: fingerprints, and the names of what this module put into model_info, because
# LiteLLM shows there, among them, what it believes by itself. The names also say that this module made the deployment.
MARK = "inference_platform_fingerprints"
NAMES = "inference_platform_fields"
_ENVIRONMENT = "os.environ/"
_SECRET_WORDS = ("api_key", "secret", "password", "credentials", "access_key", "_token")
_NO_SECRETS = ("cost_per_token", "max_tokens", "per_token")
_ENTERPRISE_INFO = ("team_id", "team_public_model_name")


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a task decides; None: not said. A null inside ``params`` or ``info`` clears."""

    model_name: str | None
    params: State
    info: State
    api_key: str | None = dataclasses.field(repr=False)
    blocked: bool | None


def is_secret(name: str) -> bool:
    return any(word in name for word in _SECRET_WORDS) and not any(word in name for word in _NO_SECRETS)


def find(client: Client, model_id: str) -> State | None:
    """GET /v2/model/info: the deployment as the proxy runs it, without its key."""
    answer = client.get("/v2/model/info", {"modelId": model_id}, doing=f"reading model '{model_id}'")
    return next((entry for entry in answer["data"] if entry["model_info"].get("id") == model_id), None)


def view(deployment: State, wanted: Wanted) -> State:
    """What a task can decide of a deployment: name, state and key's fingerprint, and the named parameters alone."""
    marks, names = _marks(deployment), _names(deployment)
    params, info = deployment["litellm_params"], deployment["model_info"]
    theirs = {name for name, value in wanted.info.items() if value is None and names is not None and name not in names}
    return {
        "model_name": deployment["model_name"],
        "blocked": bool(info.get("blocked")),
        "litellm_params": {name: marks.get(name, params.get(name)) for name in sorted(wanted.params)},
        "model_info": {name: None if name in theirs else info.get(name) for name in sorted(wanted.info)},
        "api_key_fingerprint": marks.get("api_key"),
    }


def ensure_present(client: Client, model_id: str, wanted: Wanted, seal: str, *, check: bool) -> Outcome:
    """Makes the deployment be as wanted.

    Args:
        client: of the proxy.
        model_id: the deployment's identity.
        wanted: what the task decides.
        seal: the secret under which fingerprints are made.
        check: whether to leave everything as it is.

    Raises InputError before any change when LiteLLM would take what it does not honour, or cannot do it.
    """
    _require_allowed(client, model_id, wanted)
    marks = _fingerprints(wanted, seal)
    current = find(client, model_id)
    if current is None:
        created = _create(client, model_id, wanted, marks, check=check)
        if created is not None:
            return created
        current = find(client, model_id)
    if current is None or not current["model_info"].get("db_model"):
        raise InputError(
            f"Model '{model_id}' stands in the proxy's configuration file, where no task can change it. "
            "Choose another model_id, or change the configuration."
        )
    return _change(client, model_id, wanted, marks, current, check=check)


def ensure_absent(client: Client, model_id: str, *, check: bool) -> Outcome:
    current = find(client, model_id)
    if current is None:
        return Outcome({}, {})
    if not current["model_info"].get("db_model"):
        raise InputError(f"Model '{model_id}' stands in the proxy's configuration file, where no task can delete it.")
    if not check:
        _delete(client, model_id)
    return Outcome(view(current, Wanted(None, {}, {}, None, None)), {})


def _require_allowed(client: Client, model_id: str, wanted: Wanted) -> None:
    owner = f"model '{model_id}'"
    for name in wanted.params:
        if name == "api_key":
            raise InputError(
                f"litellm_params of {owner} has an api_key. Give it in the option api_key, which is kept out of logs."
            )
        if is_secret(name) and not str(wanted.params[name] or _ENVIRONMENT).startswith(_ENVIRONMENT):
            raise InputError(
                f"litellm_params of {owner} has the secret {name} in the clear, which logs would show. Keep it in the "
                f"proxy's environment and give {_ENVIRONMENT}NAME."
            )
    if not wanted.params.get("model", "x"):
        raise InputError(f"litellm_params of {owner} needs a model; it cannot be cleared.")
    for name in ("id", "db_model", MARK, NAMES):
        if name in wanted.info:
            raise InputError(f"model_info of {owner} has the field {name}, which is not for tasks to decide.")
    paid = [name for name in _ENTERPRISE_INFO if wanted.info.get(name) is not None]
    if paid:
        enterprise.require_licence(client, f"model_info.{paid[0]}", owner)


def _fingerprints(wanted: Wanted, seal: str) -> State:
    """By name, of values that LiteLLM does not show again; None for parameters that it does."""
    values = {**wanted.params, **({"api_key": wanted.api_key} if wanted.api_key is not None else {})}
    return {name: _fingerprint(name, value, seal) for name, value in values.items()}


def _fingerprint(name: str, value: t.Any, seal: str) -> str | None:
    if name != "api_key" and not (isinstance(value, str) and value.startswith(_ENVIRONMENT)):
        return None
    return "hmac:" + hmac.new(seal.encode(), f"{name}={value}".encode(), hashlib.sha256).hexdigest()[:32]


def _marks(deployment: State) -> dict[str, str]:
    return dict(json.loads(deployment["model_info"].get(MARK) or "{}"))


def _names(deployment: State) -> set[str] | None:
    """None when this module did not make the deployment."""
    text = deployment["model_info"].get(NAMES)
    return None if text is None else {name for name in text.split(",") if name}


def _packed(marks: State) -> str:
    """One text: LiteLLM merges dictionaries in model_info and would never forget an entry."""
    return json.dumps({name: mark for name, mark in sorted(marks.items()) if mark is not None})


def _target(wanted: Wanted, marks: State, before: State) -> State:
    """What ``view`` shows when the wish has come true."""
    shown = {name: marks[name] or value for name, value in wanted.params.items()}
    return {
        "model_name": wanted.model_name or before.get("model_name"),
        "blocked": bool(before.get("blocked")) if wanted.blocked is None else wanted.blocked,
        "litellm_params": dict(sorted(shown.items())),
        "model_info": dict(sorted(wanted.info.items())),
        "api_key_fingerprint": marks.get("api_key") or before.get("api_key_fingerprint"),
    }


def _create(client: Client, model_id: str, wanted: Wanted, marks: State, *, check: bool) -> Outcome | None:
    """None when the deployment is there already: the answer to an earlier attempt of a repeated request was lost."""
    if not wanted.model_name or not wanted.params.get("model"):
        raise InputError(
            f"Model '{model_id}' does not exist yet: model_name and litellm_params.model are needed to create it."
        )
    if not check:
        params = {name: value for name, value in wanted.params.items() if value is not None}
        if not _post_new(
            client, model_id, wanted.model_name, _with_key(params, wanted), _info(model_id, wanted, marks)
        ):
            return None
        if wanted.blocked:
            _patch(client, model_id, {"blocked": True})
    after = _target(wanted, marks, {})
    return Outcome({}, after, after)


def _post_new(client: Client, model_id: str, name: str, params: State, info: State) -> bool:
    """False when LiteLLM, which answers 500 then, has a deployment of this id."""
    body = {"model_name": name, "litellm_params": params, "model_info": info}
    try:
        client.post("/model/new", body, doing=f"creating model '{model_id}'")
    except ApiError as error:
        if error.status == 500 and find(client, model_id) is not None:
            return False
        raise
    return True


def _info(model_id: str, wanted: Wanted, marks: State) -> State:
    info = {name: value for name, value in wanted.info.items() if value is not None}
    return {**info, "id": model_id, MARK: _packed(marks), NAMES: ",".join(sorted(info))}


def _with_key(params: State, wanted: Wanted) -> State:
    return {**params, **({"api_key": wanted.api_key} if wanted.api_key is not None else {})}


def _change(client: Client, model_id: str, wanted: Wanted, marks: State, current: State, *, check: bool) -> Outcome:
    before = view(current, wanted)
    after = _target(wanted, marks, before)
    outcome = Outcome(before, after, after)
    if not outcome.changed:
        return outcome
    cleared = _cleared(before, after)
    if cleared:
        _require_known(model_id, wanted, current, cleared)
    if check:
        return outcome
    if cleared:
        _make_anew(client, model_id, wanted, marks, current)
    else:
        _patch(client, model_id, _changes(model_id, wanted, marks, current, outcome))
    return outcome


def _cleared(before: State, after: State) -> list[str]:
    """Parameters to clear. A null in a change clears prices alone, so for others the deployment is made anew."""
    return [
        f"{part}.{name}"
        for part in ("litellm_params", "model_info")
        for name, value in after[part].items()
        if value is None and before[part][name] is not None
    ]


def _changes(model_id: str, wanted: Wanted, marks: State, current: State, outcome: Outcome) -> State:
    before, after = outcome.before, outcome.after
    changes: State = {name: after[name] for name in ("model_name", "blocked") if after[name] != before[name]}
    params = {name: wanted.params[name] for name in _differing("litellm_params", outcome)}
    if after["api_key_fingerprint"] != before["api_key_fingerprint"]:
        params = _with_key(params, wanted)
    info = {name: wanted.info[name] for name in _differing("model_info", outcome)}
    names = _names(current)
    if info and names is not None:
        info[NAMES] = ",".join(sorted({*names, *info}))
    if params:
        changes["litellm_params"] = params
        info[MARK] = _packed({**_marks(current), **marks})
    if info:
        # without its id LiteLLM would write another one into model_info
        changes["model_info"] = {**info, "id": model_id}
    return changes


def _differing(part: str, outcome: Outcome) -> list[str]:
    return [name for name, value in outcome.after[part].items() if value != outcome.before[part][name]]


def _require_known(model_id: str, wanted: Wanted, current: State, cleared: list[str]) -> None:
    """Raises InputError when the deployment cannot be made anew, because LiteLLM does not show all that it has."""
    doing = f"Model '{model_id}': LiteLLM can clear {', '.join(cleared)} only when the deployment is made anew, and"
    if _names(current) is None:
        raise InputError(
            f"{doing} this one was not made by this module, so that its key is not known. Delete it first."
        )
    given = {*wanted.params, *(["api_key"] if wanted.api_key is not None else [])}
    missing = sorted(set(_marks(current)) - given)
    if missing:
        raise InputError(f"{doing} it does not show {', '.join(missing)} again. Give them in this task, too.")


def _make_anew(client: Client, model_id: str, wanted: Wanted, marks: State, current: State) -> None:
    """For a moment the deployment is away. Interrupted, the next run creates it as its task says."""
    kept = {**current["litellm_params"], **wanted.params}
    params = {name: value for name, value in kept.items() if value is not None}
    own = {name: current["model_info"].get(name) for name in _names(current) or ()}
    info = {**own, **wanted.info}
    _delete(client, model_id)
    name = wanted.model_name or current["model_name"]
    _post_new(
        client,
        model_id,
        name,
        _with_key(params, wanted),
        _info(model_id, dataclasses.replace(wanted, info=info), marks),
    )
    if wanted.blocked or (wanted.blocked is None and current["model_info"].get("blocked")):
        _patch(client, model_id, {"blocked": True})


def _patch(client: Client, model_id: str, changes: State) -> None:
    path = f"/model/{urllib.parse.quote(model_id, safe='')}/update"
    client.patch(path, changes, doing=f"changing model '{model_id}'")


def _delete(client: Client, model_id: str) -> None:
    try:
        client.post("/model/delete", {"id": model_id}, doing=f"deleting model '{model_id}'")
    except ApiError as error:
        # gone meanwhile, or by the first attempt of a repeated request
        if error.status != 400 or "not found" not in error.server_message:
            raise
