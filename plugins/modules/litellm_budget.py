#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_budget
short_description: Manage budgets of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Creates, changes and deletes budgets of a LiteLLM proxy through its admin API. A budget is a set of limits that others refer to, above
    all customers, see M(inference.platform.litellm_customer).
  - A budget is found by its own O(budget_id).
  - LiteLLM keeps budgets in memory; a change may take 60 seconds to act on customers that are calling.
  - Options that are not given are left as they are, unless O(clear) or O(exact) says otherwise.
options:
  budget_id:
    description: The budget's identity. It cannot be changed.
    type: str
    required: true
  max_budget:
    description:
      - What may be spent, in US dollars.
      - With V(0) a key is refused at once, a customer when the price of its first call has been counted.
    type: float
  soft_budget:
    description: At how many US dollars LiteLLM sends an alert. Calls are answered all the same.
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
  model_max_budget:
    description:
      - Budgets of single models, as LiteLLM takes them, by the model's name.
      - LiteLLM's Enterprise licence is needed. On a proxy without one the task is refused before anything changes.
    type: dict
  clear:
    description: Limits to remove.
    type: list
    elements: str
    choices: [max_budget, soft_budget, budget_duration, tpm_limit, rpm_limit, max_parallel_requests, model_max_budget]
    default: []
  exact:
    description: Whether every limit that is not given is removed, as if it stood in O(clear).
    type: bool
    default: false
  force:
    description: Whether a budget is deleted that customers or keys have. They have no budget at all then, which is to say no limit.
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the budget.
      - V(absent) deletes it. It is refused while customers or keys have the budget, unless O(force) is true.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_budget_info
  - module: inference.platform.litellm_customer
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: What a customer on trial may spend
  inference.platform.litellm_budget:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    budget_id: trial
    max_budget: 2
    budget_duration: 30d
    rpm_limit: 20

- name: Remove the request limit
  inference.platform.litellm_budget:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    budget_id: trial
    clear: [rpm_limit]
"""

RETURN = r"""
budget:
  description: The budget as it is now, or would be; empty when it does not exist.
  returned: success
  type: dict
  sample:
    budget_id: trial
    max_budget: 2.0
    soft_budget: null
    budget_duration: 30d
    tpm_limit: null
    rpm_limit: 20
    max_parallel_requests: null
    model_max_budget: null
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import (
    budgets,
    fields,
    listing,
    resource,
    task,
)
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

OPTIONS: task.Spec = {
    "budget_id": {"type": "str", "required": True},
    "max_budget": {"type": "float"},
    "soft_budget": {"type": "float"},
    "budget_duration": {"type": "str"},
    "tpm_limit": {"type": "int"},
    "rpm_limit": {"type": "int"},
    "max_parallel_requests": {"type": "int"},
    "model_max_budget": {"type": "dict"},
    "clear": {"type": "list", "elements": "str", "choices": list(budgets.CLEARABLE), "default": []},
    "exact": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], check: bool) -> fields.Outcome:
    budget_id = params["budget_id"]
    if params["state"] == "absent":
        if not params["force"] and budgets.find(client, budget_id) is not None:
            listing.require_unused(client, budget_id)
        return resource.ensure_absent(client, budgets.BUDGET, budget_id, check=check)
    wanted = fields.wanted_fields(
        {name: params[name] for name in budgets.CLEARABLE},
        clear=budgets.CLEARABLE if params["exact"] else params["clear"],
    )
    budgets.require_allowed(client, budget_id, wanted)
    return resource.ensure_present(client, budgets.BUDGET, budget_id, wanted, check=check)


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module, "litellm_budget") as client:
        outcome = run(client, module.params, module.check_mode)
    task.finish(module, outcome, "budget", {"budget_id": module.params["budget_id"]})


if __name__ == "__main__":
    main()
