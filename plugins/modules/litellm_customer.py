#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_customer
short_description: Manage customers (end users) of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Creates, changes and deletes customers of a LiteLLM proxy through its admin API. A customer is whom a caller names in the field C(user)
    of a request; LiteLLM counts what each one spends.
  - A customer is found by its own O(user_id). LiteLLM makes customers by itself, without any limit, when a request first names them; this
    module takes those over.
  - LiteLLM would accept models and budgets that do not exist, or answer with an error of its database; this module refuses them before it
    changes anything.
  - Options that are not given are left as they are, unless O(clear) or O(exact) says otherwise.
options:
  user_id:
    description: The customer's identity, as requests name it. It cannot be changed.
    type: str
    required: true
  alias:
    description: The name that people see.
    type: str
  budget_id:
    description:
      - The budget that holds for the customer, made with M(inference.platform.litellm_budget).
      - A limit of one customer alone is a budget that no other has.
    type: str
  models:
    description:
      - Names of the models that the customer may call, as the proxy offers them. An empty list allows every one.
      - V(no-default-models) alone, a name of LiteLLM's own, allows none. Without a licence this is the way to refuse a customer.
    type: list
    elements: str
  blocked:
    description:
      - Whether requests for this customer are refused.
      - LiteLLM's Enterprise licence is needed. A proxy without one would store V(true) and answer all the same, so the task is refused before
        anything changes.
    type: bool
  clear:
    description: What to remove.
    type: list
    elements: str
    choices: [alias, budget_id]
    default: []
  exact:
    description: Whether those of O(alias) and O(budget_id) that are not given are removed, as if they stood in O(clear).
    type: bool
    default: false
  state:
    description:
      - V(present) creates or changes the customer. In check mode a budget that does not exist yet is no error.
      - V(absent) deletes it. A later request that names it makes it again, without any limit.
    type: str
    choices: [present, absent]
    default: present
notes:
  - LiteLLM's API cannot take a budget off a customer. For that, the customer is given a budget C(taken-off-<user_id>) without limits, and
    this one is deleted.
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
seealso:
  - module: inference.platform.litellm_customer_info
  - module: inference.platform.litellm_budget
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: A customer on trial, with one model
  inference.platform.litellm_customer:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    user_id: acme-42
    alias: Acme
    budget_id: trial
    models: [coder-chat]

- name: The trial is over
  inference.platform.litellm_customer:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    user_id: acme-42
    clear: [budget_id]
"""

RETURN = r"""
customer:
  description: The customer as it is now, or would be; empty when it does not exist. C(spend) is in US dollars.
  returned: success
  type: dict
  sample:
    user_id: acme-42
    alias: Acme
    budget_id: trial
    models: [coder-chat]
    blocked: false
    spend: 0.15
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm import customers, fields, resource, task
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client

OPTIONS: task.Spec = {
    "user_id": {"type": "str", "required": True},
    "alias": {"type": "str"},
    "budget_id": {"type": "str"},
    "models": {"type": "list", "elements": "str"},
    "blocked": {"type": "bool"},
    "clear": {"type": "list", "elements": "str", "choices": list(customers.CLEARABLE), "default": []},
    "exact": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], check: bool) -> fields.Outcome:
    user_id = params["user_id"]
    if params["state"] == "absent":
        return resource.ensure_absent(client, customers.CUSTOMER, user_id, check=check)
    wanted = fields.wanted_fields(
        {name: params[name] for name in customers.MANAGED},
        clear=customers.CLEARABLE if params["exact"] else params["clear"],
    )
    customers.require_references(client, user_id, wanted, check=check)
    return resource.ensure_present(client, customers.CUSTOMER, user_id, wanted, check=check)


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module, "litellm_customer") as client:
        outcome = run(client, module.params, module.check_mode)
    known = {"user_id": module.params["user_id"], "spend": task.spent(outcome)}
    task.finish(module, outcome, "customer", known)


if __name__ == "__main__":
    main()
