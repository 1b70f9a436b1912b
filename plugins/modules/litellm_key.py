#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_key
short_description: Manage virtual keys of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Creates, changes and deletes virtual keys of a LiteLLM proxy through its admin API.
  - A key is found by its alias, which is unique. Its value is made by you (for example with M(inference.platform.generated_secret)) and sent
    once, when the key is created; afterwards its SHA-256 stands for it, in requests as in results.
  - LiteLLM would accept teams and models that do not exist; this module refuses them before it changes anything.
  - Options that are not given are left as they are, unless O(clear) or O(exact) says otherwise.
options:
  key_alias:
    description: The key's identity.
    type: str
    required: true
  key:
    description:
      - The value. It begins with C(sk-) and has at least 16 characters.
      - Needed to create a key. For a key that exists it is compared, and a difference is an error, because a value cannot be changed.
    type: str
  key_file:
    description:
      - A file on the host that runs the task, which holds the value alone. Instead of O(key).
      - In check mode it may be missing.
    type: path
  team_id:
    description: The team that the key belongs to. Its models, budget and limits then hold for the key, too.
    type: str
  models:
    description:
      - Names of the models that the key may call; they must be among its team's.
      - An empty list is LiteLLM's way to say all that the team has, or every model for a key without a team.
    type: list
    elements: str
  max_budget:
    description: What may be spent with the key, in US dollars.
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
  max_parallel_requests:
    description: Requests at the same time.
    type: int
  blocked:
    description:
      - Whether the key is refused. The change acts at once on the proxy process that is asked.
      - On other processes it acts within two seconds where the role litellm of this collection set the proxy up, else within a minute or
        more. The way back takes up to a minute.
    type: bool
  metadata:
    description: Free data about the key, kept as it is. It replaces what is there.
    type: dict
  clear:
    description: Limits to remove.
    type: list
    elements: str
    choices: [max_budget, budget_duration, tpm_limit, rpm_limit, max_parallel_requests]
    default: []
  exact:
    description: Whether every limit that is not given is removed, as if it stood in O(clear).
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the key. In check mode a team that does not exist yet is no error.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_team
  - module: inference.platform.generated_secret
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: A key for the research team's pipeline
  inference.platform.litellm_key:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    key_alias: research-ci
    key_file: ~/keys/research-ci
    team_id: research
    max_budget: 5
    budget_duration: 1d

- name: Refuse it for now
  inference.platform.litellm_key:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    key_alias: research-ci
    blocked: true

- name: Delete it
  inference.platform.litellm_key:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    key_alias: research-ci
    state: absent
"""

RETURN = r"""
litellm_key:
  description: The key as it is now, or would be; empty when it does not exist. Never its value.
  returned: success
  type: dict
  sample:
    key_alias: research-ci
    key_hash: 7e5400d08af1a79400d0df020d076551686fda1910a49f6716e8d5aff119e35b
    team_id: research
    models: []
    max_budget: 5.0
    budget_duration: 1d
    tpm_limit: null
    rpm_limit: null
    max_parallel_requests: null
    blocked: false
    metadata: {}
    spend: 0.25
"""

import os
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import connection, fields, keys, task
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

CLEARABLE = ("max_budget", "budget_duration", "tpm_limit", "rpm_limit", "max_parallel_requests")


OPTIONS: task.Spec = {
    "key_alias": {"type": "str", "required": True, "no_log": False},
    "key": {"type": "str", "no_log": True},
    "key_file": {"type": "path", "no_log": False},
    "team_id": {"type": "str"},
    "models": {"type": "list", "elements": "str"},
    "max_budget": {"type": "float"},
    "budget_duration": {"type": "str"},
    "tpm_limit": {"type": "int"},
    "rpm_limit": {"type": "int"},
    "max_parallel_requests": {"type": "int"},
    "blocked": {"type": "bool"},
    "metadata": {"type": "dict"},
    "clear": {"type": "list", "elements": "str", "choices": list(CLEARABLE), "default": []},
    "exact": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def key_value(params: dict[str, t.Any], check: bool) -> str | None:
    if not params["key_file"]:
        return t.cast("str | None", params["key"])
    if check and not os.path.exists(params["key_file"]):
        return None  # a task before this one would have written it
    return connection.read_secret(params["key_file"], "key_file")


def run(client: Client, params: dict[str, t.Any], check: bool) -> fields.Outcome:
    alias = params["key_alias"]
    if params["state"] == "absent":
        return keys.ensure_absent(client, alias, check=check)
    value = key_value(params, check)
    wanted = fields.wanted_fields(
        {name: params[name] for name in ("team_id", "models", *CLEARABLE, "blocked", "metadata")},
        clear=CLEARABLE if params["exact"] else params["clear"],
    )
    return keys.ensure_present(client, alias, value, wanted, check=check)


def main() -> None:
    module = task.module(OPTIONS, mutually_exclusive=[("key", "key_file")])
    with task.client(module, "litellm_key") as client:
        outcome = run(client, module.params, module.check_mode)
    known = {"key_hash": outcome.raw.get("token"), "spend": task.spent(outcome)}
    task.finish(module, outcome, "litellm_key", known)


if __name__ == "__main__":
    main()
