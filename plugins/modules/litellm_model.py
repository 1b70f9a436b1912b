#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_model
short_description: Manage models that a LiteLLM proxy stores in its database
version_added: "0.1.0"
description:
  - Creates, changes and deletes deployments of a LiteLLM proxy through its admin API. They act without a restart. The proxy needs
    C(store_model_in_db) in its configuration.
  - A deployment is found by its own O(model_id), which LiteLLM has as C(model_info.id). Several deployments may have one O(model_name);
    LiteLLM spreads calls among them.
  - Options that are not given, and entries of O(litellm_params) and O(model_info) that are not named, are left as they are.
  - LiteLLM does not show O(api_key) again, nor values from its environment as the references that they are. So this module keeps a fingerprint of
    each, an HMAC under the master key, in C(model_info). With another master key all of them are sent once more.
options:
  model_id:
    description: The deployment's identity. It cannot be changed.
    type: str
    required: true
  model_name:
    description: The name under which the model is offered. Needed to create a deployment.
    type: str
  litellm_params:
    description:
      - How LiteLLM reaches the model, in its own words, for example C(model), C(api_base), C(rpm), C(input_cost_per_token) in US dollars. C(model) is
        needed to create a deployment.
      - A null clears the entry.
      - Without a price LiteLLM bills nothing, and no budget ever ends.
      - O(api_key) has its own option. Any other secret must be a reference into the proxy's environment, like V(os.environ/NAME).
    type: dict
    default: {}
  api_key:
    description:
      - The key that the model's server asks for, or a reference like V(os.environ/NAME) into the proxy's environment.
      - A key that LiteLLM has stays when this is not given.
    type: str
  model_info:
    description:
      - What LiteLLM knows about the model, in its own words, for example C(mode) and C(max_input_tokens). A null clears the entry.
      - C(team_id) needs LiteLLM's Enterprise licence. On a proxy without one the task is refused before anything changes.
    type: dict
    default: {}
  blocked:
    description: Whether the deployment is taken out of service.
    type: bool
  state:
    description:
      - V(present) creates or changes the deployment.
      - V(absent) deletes it.
    type: str
    choices: [present, absent]
    default: present
notes:
  - LiteLLM cannot clear an entry of a deployment, so for that this module deletes it and makes it anew; for a moment it is away. It is refused when
    the task does not give all that LiteLLM does not show again.
  - Each process of the proxy reads its deployments from the database every 30 seconds; one that was not asked follows then.
  - LiteLLM also takes a deployment's id for a model's name, from keys that may call every model.
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_model_info
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: A model of another server
  inference.platform.litellm_model:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    model_id: qwen-lan
    model_name: qwen
    litellm_params:
      model: openai/qwen
      api_base: http://10.0.0.7:8000/v1
      input_cost_per_token: 0.000001
      output_cost_per_token: 0.000002
      rpm: 60
    api_key: "{{ lan_key }}"
    model_info: {mode: chat, max_input_tokens: 4096}

- name: It may be asked as often as anyone likes
  inference.platform.litellm_model:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    model_id: qwen-lan
    litellm_params: {rpm: null}
    api_key: "{{ lan_key }}"
"""

RETURN = r"""
model:
  description:
    - The deployment as it is now, or would be; empty when it does not exist. Of C(litellm_params) and C(model_info) the entries that the task named.
    - A value that LiteLLM does not show again stands as its fingerprint.
  returned: success
  type: dict
  sample:
    model_id: qwen-lan
    model_name: qwen
    blocked: false
    litellm_params:
      model: openai/qwen
      api_base: http://10.0.0.7:8000/v1
      input_cost_per_token: 0.000001
      output_cost_per_token: 0.000002
      rpm: 60
    model_info: {mode: chat, max_input_tokens: 4096}
    api_key_fingerprint: hmac:1f0a8c5d2c57a9d3b1a5f0f3f3d6f1c2
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import connection, deployments, fields, task
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

OPTIONS: task.Spec = {
    "model_id": {"type": "str", "required": True},
    "model_name": {"type": "str"},
    "litellm_params": {"type": "dict", "default": {}},
    "api_key": {"type": "str", "no_log": True},
    "model_info": {"type": "dict", "default": {}},
    "blocked": {"type": "bool"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], check: bool) -> fields.Outcome:
    model_id = params["model_id"]
    if params["state"] == "absent":
        return deployments.ensure_absent(client, model_id, check=check)
    wanted = deployments.Wanted(
        model_name=params["model_name"],
        params=params["litellm_params"],
        info=params["model_info"],
        api_key=params["api_key"],
        blocked=params["blocked"],
    )
    seal = connection.connection(params).master_key
    return deployments.ensure_present(client, model_id, wanted, seal, check=check)


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module, "litellm_model") as client:
        outcome = run(client, module.params, module.check_mode)
    task.finish(module, outcome, "model", {"model_id": module.params["model_id"]})


if __name__ == "__main__":
    main()
