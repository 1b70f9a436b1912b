#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_tenants
short_description: Manage many teams and keys of a LiteLLM proxy at once
version_added: "0.1.0"
description:
  - Does for lists of teams and keys what M(inference.platform.litellm_team) and M(inference.platform.litellm_key) do for one, with C(exact).
    Everything is read in pages once, all of it is checked before anything is sent, and only what differs is sent, several requests at a time.
  - Limits that an entry does not have are removed. Models are exactly those given. Whether a key or team is blocked, and its metadata, stay
    as they are.
  - A key may call models and nothing else (LiteLLM's C(allowed_routes) V(llm_api_routes)). With other routes it could read the spend of every
    key of which it knows the SHA-256.
  - Teams and keys that are not listed stay as they are.
options:
  teams:
    description:
      - Teams with C(team_id), C(models) and the limits C(max_budget), C(budget_duration), C(tpm_limit) and C(rpm_limit).
      - Made by the filter P(inference.platform.tenant_teams#filter).
    type: list
    elements: dict
    required: true
    options:
      team_id: {description: The team's identity., type: str, required: true}
      models: {description: Names of the models that its keys may call., type: list, elements: str, required: true}
      max_budget: {description: What may be spent in US dollars., type: float}
      budget_duration: {description: After how long the spent budget starts at zero again., type: str}
      tpm_limit: {description: Tokens per minute., type: int}
      rpm_limit: {description: Requests per minute., type: int}
  keys:
    description:
      - Keys with C(key_alias), C(team_id), C(models), the limits of a team and C(max_parallel_requests).
      - Made by the filter P(inference.platform.tenant_keys#filter).
    type: list
    elements: dict
    required: true
    no_log: false
    options:
      key_alias: {description: The key's identity., type: str, required: true}
      team_id: {description: Its team., type: str, required: true}
      models: {description: Names of models; an empty list means all of the team., type: list, elements: str, required: true}
      max_budget: {description: What may be spent in US dollars., type: float}
      budget_duration: {description: After how long the spent budget starts at zero again., type: str}
      tpm_limit: {description: Tokens per minute., type: int}
      rpm_limit: {description: Requests per minute., type: int}
      max_parallel_requests: {description: Requests at the same time., type: int}
  keys_dir:
    description:
      - Folder with the keys' values, one file C(<key_alias>) each. A value is sent once, when its key is created.
      - In check mode files may be missing.
    type: path
    required: true
    no_log: false
  at_once:
    description: How many requests are sent at the same time.
    type: int
    default: 8
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_team
  - module: inference.platform.litellm_key
  - module: inference.platform.tenant_secrets
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Make all teams and keys
  inference.platform.litellm_tenants:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    teams: "{{ platform.tenants | inference.platform.tenant_teams(platform.models) }}"
    keys: "{{ platform.tenants | inference.platform.tenant_keys(platform.models) }}"
    keys_dir: "{{ platform.keys_dir }}"
"""

RETURN = r"""
created:
  description: What was made, or in check mode would be, as C(team <team_id>) and C(key <key_alias>).
  returned: success
  type: list
  elements: str
  sample: [team research, key research-ci]
updated:
  description: What was changed, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [team drawing]
"""

import os
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import bulk, connection, task
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

_SCOPE: task.Spec = {
    "models": {"type": "list", "elements": "str", "required": True},
    "max_budget": {"type": "float"},
    "budget_duration": {"type": "str"},
    "tpm_limit": {"type": "int"},
    "rpm_limit": {"type": "int"},
}
TEAM: task.Spec = {"team_id": {"type": "str", "required": True}, **_SCOPE}
KEY: task.Spec = {
    "key_alias": {"type": "str", "required": True, "no_log": False},
    "team_id": {"type": "str", "required": True},
    **_SCOPE,
    "max_parallel_requests": {"type": "int"},
}
OPTIONS: task.Spec = {
    "teams": {"type": "list", "elements": "dict", "required": True, "options": TEAM},
    "keys": {"type": "list", "elements": "dict", "required": True, "no_log": False, "options": KEY},
    "keys_dir": {"type": "path", "required": True, "no_log": False},
    "at_once": {"type": "int", "default": 8},
}


def values(folder: str) -> t.Callable[[str], str | None]:
    """Reads a key's value by its alias; None when there is no file. Raises InputError."""

    def read(alias: str) -> str | None:
        path = os.path.join(folder, alias)
        return connection.read_secret(path, "keys_dir") if os.path.exists(path) else None

    return read


def result(plan: bulk.Plan) -> dict[str, t.Any]:
    """The result of the module; a diff shows what differs alone."""
    changes = plan.all()
    return {
        "changed": bool(changes),
        "created": [f"{one.kind} {one.name}" for one in changes if not one.before],
        "updated": [f"{one.kind} {one.name}" for one in changes if one.before],
        "diff": {
            "before": {f"{one.kind} {one.name}": one.before for one in changes},
            "after": {f"{one.kind} {one.name}": one.after for one in changes},
        },
    }


def main() -> None:
    module = task.module(OPTIONS)
    params = module.params
    if params["at_once"] < 1:
        module.fail_json(msg="at_once must be at least 1.")
    with task.client(module, "litellm_tenants") as client:
        _require_once(params)
        site = bulk.Site(client)
        plan = bulk.plan(site, params["teams"], params["keys"], values(params["keys_dir"]), check=module.check_mode)
        if not module.check_mode:
            bulk.apply(plan, lambda: _another(params), at_once=params["at_once"])
    module.exit_json(**result(plan))


def _require_once(params: dict[str, t.Any]) -> None:
    for option, identity in (("teams", "team_id"), ("keys", "key_alias")):
        names = [entry[identity] for entry in params[option]]
        twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
        if twice:
            raise InputError(f"{option}: {', '.join(twice)} stands there more than once. Nothing was changed.")


def _another(params: dict[str, t.Any]) -> Client:
    return Client(connection.connection(params), changed_by="inference.platform.litellm_tenants")


if __name__ == "__main__":
    main()
