#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_customer_info
short_description: Read the customers (end users) of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Reads the customers of a LiteLLM proxy through its admin API, those too that LiteLLM made by itself when a request named them.
options:
  user_id:
    description: The customer with this id alone.
    type: str
  budget_id:
    description: Customers with this budget.
    type: str
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_customer
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Which customers are on trial
  inference.platform.litellm_customer_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    budget_id: trial
  register: found
"""

RETURN = r"""
customers:
  description: The customers; an empty list when none is meant. C(spend) is in US dollars.
  returned: success
  type: list
  elements: dict
  sample:
    - user_id: acme-42
      alias: Acme
      budget_id: trial
      models: [coder-chat]
      blocked: false
      spend: 0.15
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import listing, task

OPTIONS: task.Spec = {
    "user_id": {"type": "str"},
    "budget_id": {"type": "str"},
}


def main() -> None:
    module = task.module(OPTIONS)
    asked = {name: module.params[name] for name in OPTIONS}
    with task.client(module, "litellm_customer_info") as client:
        found = listing.all_customers(client, **asked)
    module.exit_json(changed=False, customers=found)


if __name__ == "__main__":
    main()
