#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_budget_info
short_description: Read the budgets of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Reads the budgets of a LiteLLM proxy through its admin API.
  - LiteLLM also makes budgets by itself, with ids of its own; those are among them.
options:
  budget_id:
    description: The budget with this id alone.
    type: str
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_budget
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Read one budget
  inference.platform.litellm_budget_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    budget_id: trial
  register: found
"""

RETURN = r"""
budgets:
  description: The budgets; an empty list when none is meant. C(max_budget) and C(soft_budget) are in US dollars.
  returned: success
  type: list
  elements: dict
  sample:
    - budget_id: trial
      max_budget: 2.0
      soft_budget: null
      budget_duration: 30d
      tpm_limit: null
      rpm_limit: 20
      max_parallel_requests: null
      model_max_budget: null
      budget_reset_at: "2026-12-01T00:00:00Z"
      created_at: "2026-11-21T16:00:00Z"
      updated_at: "2026-11-21T16:00:00Z"
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import listing, task

OPTIONS: task.Spec = {
    "budget_id": {"type": "str"},
}


def main() -> None:
    module = task.module(OPTIONS)
    asked = {name: module.params[name] for name in OPTIONS}
    with task.client(module, "litellm_budget_info") as client:
        found = listing.all_budgets(client, **asked)
    module.exit_json(changed=False, budgets=found)


if __name__ == "__main__":
    main()
