#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_team_info
short_description: Read the teams of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Reads the teams of a LiteLLM proxy through its admin API, all pages of them.
  - Entries of metadata whose name speaks of a secret are hidden.
options:
  team_id:
    description: The team with this id alone.
    type: str
  alias:
    description: Teams with exactly this alias.
    type: str
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_team
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Which teams are there
  inference.platform.litellm_team_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
  register: all
"""

RETURN = r"""
teams:
  description: The teams; an empty list when none is meant. C(spend) and C(max_budget) are in US dollars.
  returned: success
  type: list
  elements: dict
  sample:
    - team_id: research
      team_alias: Research
      models: [coder-chat]
      max_budget: 50.0
      budget_duration: 30d
      budget_reset_at: "2026-12-01T00:00:00Z"
      tpm_limit: null
      rpm_limit: 120
      blocked: false
      metadata: {}
      spend: 1.25
      created_at: "2026-11-21T16:00:00Z"
      updated_at: "2026-11-21T16:00:00Z"
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import listing, task

OPTIONS: task.Spec = {
    "team_id": {"type": "str"},
    "alias": {"type": "str"},
}


def main() -> None:
    module = task.module(OPTIONS)
    asked = {name: module.params[name] for name in OPTIONS}
    with task.client(module, "litellm_team_info") as client:
        found = listing.teams(client, **asked)
    module.exit_json(changed=False, teams=found)


if __name__ == "__main__":
    main()
