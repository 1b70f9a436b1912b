#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_model_info
short_description: Read the models of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Reads the deployments of a LiteLLM proxy through its admin API, those of its configuration file and those stored in its database.
  - LiteLLM itself keeps C(api_key) back; other parameters whose name speaks of a secret are hidden.
options:
  model_id:
    description: The deployment with this id alone.
    type: str
  model_name:
    description: Deployments offered under exactly this name.
    type: str
  stored:
    description: Whether only deployments of the database are meant (V(true)) or of the configuration file (V(false)). Both when not given.
    type: bool
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_model
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Which models are stored in the database
  inference.platform.litellm_model_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    stored: true
  register: found
"""

RETURN = r"""
models:
  description: The deployments; an empty list when none is meant. Prices in C(litellm_params) are in US dollars per token. C(external_endpoint)
    is the name of the endpoint in C(platform_external_endpoints) that a model belongs to.
  returned: success
  type: list
  elements: dict
  sample:
    - model_id: qwen-lan
      model_name: qwen
      stored: true
      blocked: false
      litellm_params:
        model: openai/qwen
        api_base: http://10.0.0.7:8000/v1
        input_cost_per_token: 0.000001
      model_info:
        mode: chat
        base_model: null
        max_input_tokens: 4096
        max_output_tokens: null
        external_endpoint: null
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import listing, task

OPTIONS: task.Spec = {
    "model_id": {"type": "str"},
    "model_name": {"type": "str"},
    "stored": {"type": "bool"},
}


def main() -> None:
    module = task.module(OPTIONS)
    asked = {name: module.params[name] for name in OPTIONS}
    with task.client(module, "litellm_model_info") as client:
        found = listing.models(client, **asked)
    module.exit_json(changed=False, models=found)


if __name__ == "__main__":
    main()
