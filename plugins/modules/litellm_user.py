#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_user
short_description: Manage internal users of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Creates, changes and deletes internal users of a LiteLLM proxy through its admin API. A user is a person who owns keys and belongs to
    teams. No key is made for a new user; see M(inference.platform.litellm_key).
  - A user is found by its own O(user_id).
  - LiteLLM would accept models and teams that do not exist, and an e-mail address that another user has; this module refuses them before it
    changes anything.
  - Options that are not given are left as they are, unless O(clear) or O(exact) says otherwise.
options:
  user_id:
    description: The user's identity. It cannot be changed.
    type: str
    required: true
  email:
    description: The user's e-mail address. Upper and lower case make no other address.
    type: str
  alias:
    description: The name that people see.
    type: str
  role:
    description: What the user may do with the proxy's own interface. It can be changed, not removed.
    type: str
    choices: [proxy_admin, proxy_admin_viewer, internal_user, internal_user_viewer]
  teams:
    description:
      - The ids of exactly the teams that the user belongs to. New members join with the role C(user).
      - LiteLLM deletes the user's keys of a team that the user leaves.
    type: list
    elements: str
  models:
    description:
      - Names of the models that the user's own keys may call, as the proxy offers them. Keys of a team go by the team's models.
      - An empty list is LiteLLM's way to say every model.
    type: list
    elements: str
  max_budget:
    description: What the user's own keys may spend together, in US dollars.
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
  metadata:
    description: Free data about the user, kept as it is. It replaces what is there; LiteLLM cannot empty it again.
    type: dict
  clear:
    description: What to remove.
    type: list
    elements: str
    choices: [max_budget, budget_duration, tpm_limit, rpm_limit, email, alias]
    default: []
  exact:
    description: Whether every limit that is not given is removed, as if it stood in O(clear). Address and alias stay.
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the user. In check mode a team that does not exist yet is no error.
      - V(absent) deletes it. LiteLLM then deletes its keys, too.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_user_info
  - module: inference.platform.litellm_team
  - module: inference.platform.litellm_key
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: A person of the research team, with five dollars a month of her own
  inference.platform.litellm_user:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    user_id: ada
    email: ada@example.org
    role: internal_user
    teams: [research]
    max_budget: 5
    budget_duration: 30d

- name: She leaves
  inference.platform.litellm_user:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    user_id: ada
    state: absent
"""

RETURN = r"""
user:
  description: The user as it is now, or would be; empty when it does not exist. C(spend) is in US dollars.
  returned: success
  type: dict
  sample:
    user_id: ada
    user_email: ada@example.org
    user_alias: null
    user_role: internal_user
    teams: [research]
    models: []
    max_budget: 5.0
    budget_duration: 30d
    tpm_limit: null
    rpm_limit: null
    metadata: {}
    spend: 0.4
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import fields, resource, task, users
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

# The option of each field of LiteLLM that has another name.
NAMES = {"user_email": "email", "user_alias": "alias", "user_role": "role"}
CLEARABLE = [NAMES.get(name, name) for name in users.CLEARABLE]

OPTIONS: task.Spec = {
    "user_id": {"type": "str", "required": True},
    "email": {"type": "str"},
    "alias": {"type": "str"},
    "role": {"type": "str", "choices": ["proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"]},
    "teams": {"type": "list", "elements": "str"},
    "models": {"type": "list", "elements": "str"},
    "max_budget": {"type": "float"},
    "budget_duration": {"type": "str"},
    "tpm_limit": {"type": "int"},
    "rpm_limit": {"type": "int"},
    "metadata": {"type": "dict"},
    "clear": {"type": "list", "elements": "str", "choices": CLEARABLE, "default": []},
    "exact": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], check: bool) -> fields.Outcome:
    user_id = params["user_id"]
    if params["state"] == "absent":
        return resource.ensure_absent(client, users.USER, user_id, check=check)
    named = {name for name in users.CLEARABLE if NAMES.get(name, name) in params["clear"]}
    wanted = fields.wanted_fields(
        {name: params[NAMES.get(name, name)] for name in users.MANAGED},
        clear=named | set(users.LIMITS) if params["exact"] else named,
    )
    return users.ensure_present(client, user_id, wanted, check=check)


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module, "litellm_user") as client:
        outcome = run(client, module.params, module.check_mode)
    known = {"user_id": module.params["user_id"], "spend": task.spent(outcome)}
    task.finish(module, outcome, "user", known)


if __name__ == "__main__":
    main()
