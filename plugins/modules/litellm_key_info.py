#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_key_info
short_description: Read the virtual keys of a LiteLLM proxy
version_added: "0.1.0"
description:
  - Reads the virtual keys of a LiteLLM proxy through its admin API, all pages of them.
  - A key is shown by its alias and its SHA-256, never by its value or a part of it. Entries of metadata whose name speaks of a secret are
    hidden.
options:
  key_alias:
    description: The key with exactly this alias alone.
    type: str
  key_hash:
    description: The key with this SHA-256, in hexadecimal, alone.
    type: str
  team_id:
    description: Keys of this team.
    type: str
  user_id:
    description: Keys of this user.
    type: str
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_key
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: What the research team's keys have spent
  inference.platform.litellm_key_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    team_id: research
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.key_alias }}: {{ item.spend }} USD"
  loop: "{{ found.litellm_keys }}"
"""

RETURN = r"""
litellm_keys:
  description: The keys; an empty list when none is meant. C(spend) and C(max_budget) are in US dollars.
  returned: success
  type: list
  elements: dict
  sample:
    - key_hash: 7e5400d08af1a79400d0df020d076551686fda1910a49f6716e8d5aff119e35b
      key_alias: research-ci
      team_id: research
      user_id: null
      models: []
      max_budget: 5.0
      budget_id: null
      budget_duration: 1d
      budget_reset_at: "2026-11-22T00:00:00Z"
      tpm_limit: null
      rpm_limit: null
      max_parallel_requests: null
      blocked: false
      expires: null
      metadata: {}
      spend: 0.25
      last_active: "2026-11-21T16:32:34Z"
      created_at: "2026-11-21T16:00:00Z"
      updated_at: "2026-11-21T16:32:34Z"
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import listing, task

OPTIONS: task.Spec = {
    "key_alias": {"type": "str", "no_log": False},
    "key_hash": {"type": "str", "no_log": False},
    "team_id": {"type": "str"},
    "user_id": {"type": "str"},
}


def main() -> None:
    module = task.module(OPTIONS)
    asked = {name: module.params[name] for name in OPTIONS}
    with task.client(module, "litellm_key_info") as client:
        found = listing.keys(client, **asked)
    module.exit_json(changed=False, litellm_keys=found)


if __name__ == "__main__":
    main()
