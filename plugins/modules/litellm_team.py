#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_team
short_description: Manage teams of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Creates, changes and deletes teams of a LiteLLM proxy through its admin API.
  - A team is found by its own O(team_id). LiteLLM would accept model names that do not exist; this module refuses them before it changes
    anything.
  - Options that are not given are left as they are, unless O(clear) or O(exact) says otherwise.
options:
  team_id:
    description: The team's identity. It cannot be changed.
    type: str
    required: true
  alias:
    description: The name that people see. The O(team_id) when a new team is given none.
    type: str
  models:
    description:
      - Names of the models that the team may call, as the proxy offers them.
      - An empty list is LiteLLM's way to say every model.
    type: list
    elements: str
  max_budget:
    description: What the team may spend, in US dollars.
    type: float
  budget_duration:
    description: After how long the spent budget starts at zero again, for example V(30d) or V(1mo). Without it, never.
    type: str
  tpm_limit:
    description: Tokens per minute.
    type: int
  rpm_limit:
    description: Requests per minute.
    type: int
  blocked:
    description:
      - Whether all keys of the team are refused.
      - It acts within two seconds where the role litellm of this collection set the proxy up, else within a minute or more. The way back takes
        up to a minute.
    type: bool
  metadata:
    description: Free data about the team, kept as it is. It replaces what is there.
    type: dict
  clear:
    description: Limits to remove.
    type: list
    elements: str
    choices: [max_budget, budget_duration, tpm_limit, rpm_limit]
    default: []
  exact:
    description: Whether every limit that is not given is removed, as if it stood in O(clear).
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the team.
      - V(absent) deletes it. LiteLLM then deletes its keys, too.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_key
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Give the research team one model and 50 dollars a month
  inference.platform.litellm_team:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    team_id: research
    models: [coder-chat]
    max_budget: 50
    budget_duration: 30d
    rpm_limit: 120

- name: Remove its request limit
  inference.platform.litellm_team:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    team_id: research
    clear: [rpm_limit]

- name: Delete it with all its keys
  inference.platform.litellm_team:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    team_id: research
    state: absent
"""

RETURN = r"""
team:
  description: The team as it is now, or would be; empty when it does not exist.
  returned: success
  type: dict
  sample:
    team_id: research
    team_alias: research
    models: [coder-chat]
    max_budget: 50.0
    budget_duration: 30d
    tpm_limit: null
    rpm_limit: 120
    blocked: false
    metadata: {}
    spend: 1.25
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import fields, task, teams
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

CLEARABLE = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit")


OPTIONS: task.Spec = {
    "team_id": {"type": "str", "required": True},
    "alias": {"type": "str"},
    "models": {"type": "list", "elements": "str"},
    "max_budget": {"type": "float"},
    "budget_duration": {"type": "str"},
    "tpm_limit": {"type": "int"},
    "rpm_limit": {"type": "int"},
    "blocked": {"type": "bool"},
    "metadata": {"type": "dict"},
    "clear": {"type": "list", "elements": "str", "choices": list(CLEARABLE), "default": []},
    "exact": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], check: bool) -> fields.Outcome:
    if params["state"] == "absent":
        return teams.ensure_absent(client, params["team_id"], check=check)
    given = {name: params[name] for name in ("models", *CLEARABLE, "blocked", "metadata")}
    wanted = fields.wanted_fields(
        {"team_alias": params["alias"], **given},
        clear=CLEARABLE if params["exact"] else params["clear"],
    )
    return teams.ensure_present(client, params["team_id"], wanted, check=check)


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module, "litellm_team") as client:
        outcome = run(client, module.params, module.check_mode)
    task.finish(module, outcome, "team", {"team_id": module.params["team_id"], "spend": task.spent(outcome)})


if __name__ == "__main__":
    main()
