#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_user_info
short_description: Read the internal users of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Reads the internal users of a LiteLLM proxy through its admin API, all pages of them.
  - Entries of metadata whose name speaks of a secret are hidden.
options:
  user_id:
    description: The user with exactly this id alone.
    type: str
  email:
    description: The user with this e-mail address alone. Upper and lower case make no other address.
    type: str
  role:
    description: Users with this role.
    type: str
    choices: [proxy_admin, proxy_admin_viewer, internal_user, internal_user_viewer]
  team_id:
    description: Members of this team.
    type: str
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_user
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Who is in the research team
  inference.platform.litellm_user_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    team_id: research
  register: found
"""

RETURN = r"""
users:
  description: The users; an empty list when none is meant. C(spend) and C(max_budget) are in US dollars.
  returned: success
  type: list
  elements: dict
  sample:
    - user_id: ada
      max_budget: 5.0
      budget_duration: 30d
      tpm_limit: null
      rpm_limit: null
      user_email: ada@example.org
      user_alias: null
      user_role: internal_user
      models: []
      teams: [research]
      metadata: {}
      budget_reset_at: "2026-12-01T00:00:00Z"
      spend: 0.4
      created_at: "2026-11-21T16:00:00Z"
      updated_at: "2026-11-21T16:00:00Z"
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import listing, task

OPTIONS: task.Spec = {
    "user_id": {"type": "str"},
    "email": {"type": "str"},
    "role": {"type": "str", "choices": ["proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"]},
    "team_id": {"type": "str"},
}


def main() -> None:
    module = task.module(OPTIONS)
    asked = {name: module.params[name] for name in OPTIONS}
    with task.client(module, "litellm_user_info") as client:
        found = listing.all_users(client, **asked)
    module.exit_json(changed=False, users=found)


if __name__ == "__main__":
    main()
