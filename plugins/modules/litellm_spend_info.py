#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: litellm_spend_info
short_description: Read what was spent through a LiteLLM proxy in a period
version_added: "0.1.0"
description:
  - Reads LiteLLM's own rows of a period, one for each call, and adds them up by key, team, user, customer and model.
  - Rows stay true when a budget starts at zero again, unlike the running counters that C(spend) of the other modules shows.
  - LiteLLM writes a row some seconds after its call.
  - A key is shown by its alias and its SHA-256, never by its value.
options:
  start:
    description: The beginning of the period in UTC, like V(2026-01-01) or V(2026-01-01 08:00:00).
    type: str
    required: true
  end:
    description:
      - The end of the period in UTC, in the same form. A date alone means the end of that day.
      - Calls that began at this very moment do not belong to the period.
    type: str
    required: true
  key_hash:
    description: Calls with the key of this SHA-256, in hexadecimal.
    type: str
  key_alias:
    description: Calls with the key that had exactly this alias at the time.
    type: str
  team_id:
    description: Calls of this team.
    type: str
  user_id:
    description: Calls of this internal user.
    type: str
  customer_id:
    description: Calls for this customer.
    type: str
  model:
    description: Calls of the model with this name, as it is offered.
    type: str
  status:
    description: Calls that were answered (V(success)) or not (V(failure)). Both when not given.
    type: str
    choices: [success, failure]
  group_by:
    description: What to add up by.
    type: list
    elements: str
    choices: [key, team, user, customer, model]
    default: [key, team, user, model]
  rows:
    description: Whether the rows themselves are returned, too.
    type: bool
    default: false
  max_rows:
    description: The module fails rather than read more rows than this, which takes memory and time.
    type: int
    default: 200000
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.litellm_key_info
  - module: inference.platform.litellm_team_info
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: What every team spent in January
  inference.platform.litellm_spend_info:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    start: "2026-01-01"
    end: "2026-01-31"
    group_by: [team]
  register: january

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.team_id }}: {{ item.spend }} USD for {{ item.total_tokens }} tokens"
  loop: "{{ january.groups.team }}"
"""

RETURN = r"""
total:
  description:
    - All calls of the period that the filters leave. C(spend) is in US dollars.
    - C(fallback_calls) were answered by another model than the one that was asked for, and are priced as calls of that other model.
  returned: success
  type: dict
  sample:
    calls: 4
    failed_calls: 1
    fallback_calls: 0
    spend: 0.15
    prompt_tokens: 30
    completion_tokens: 60
    total_tokens: 90
groups:
  description: For each of O(group_by) the same sums by identity, the dearest first. The identity is null for calls that had none.
  returned: success
  type: dict
  sample:
    team:
      - team_id: research
        calls: 4
        failed_calls: 1
        fallback_calls: 0
        spend: 0.15
        prompt_tokens: 30
        completion_tokens: 60
        total_tokens: 90
    key:
      - key_hash: 7e5400d08af1a79400d0df020d076551686fda1910a49f6716e8d5aff119e35b
        key_alias: research-ci
        calls: 4
        failed_calls: 1
        fallback_calls: 0
        spend: 0.15
        prompt_tokens: 30
        completion_tokens: 60
        total_tokens: 90
rows:
  description:
    - The calls, the oldest first. C(spend) is in US dollars; times are in UTC.
    - C(model) is the model that answered. C(fallback_from) is the model that the caller asked for where that was another one, else null.
    - C(broken_off) is true where the caller went away in the middle of the answer; LiteLLM estimates the tokens of such a call.
  returned: when O(rows) is true
  type: list
  elements: dict
  sample:
    - request_id: chatcmpl-3bbf2abc-b812-44ad-8013-cf8bcf3543a9
      started: "2026-11-21T16:32:32.621+00:00"
      ended: "2026-11-21T16:32:33.120+00:00"
      call_type: acompletion
      status: success
      key_hash: 7e5400d08af1a79400d0df020d076551686fda1910a49f6716e8d5aff119e35b
      key_alias: research-ci
      team_id: research
      user_id: null
      customer_id: acme-42
      model: coder-chat
      model_id: coder-chat
      broken_off: false
      fallback_from: null
      spend: 0.05
      prompt_tokens: 10
      completion_tokens: 20
      total_tokens: 30
"""

from ansible_collections.inference.platform.plugins.module_utils.litellm import spend, task

# LiteLLM's name of each filter.
FILTERS = {
    "key_hash": "api_key",
    "key_alias": "key_alias",
    "team_id": "team_id",
    "user_id": "user_id",
    "customer_id": "end_user",
    "model": "model_group",
    "status": "status_filter",
}

OPTIONS: task.Spec = {
    "start": {"type": "str", "required": True},
    "end": {"type": "str", "required": True},
    "key_hash": {"type": "str", "no_log": False},
    "key_alias": {"type": "str", "no_log": False},
    "team_id": {"type": "str"},
    "user_id": {"type": "str"},
    "customer_id": {"type": "str"},
    "model": {"type": "str"},
    "status": {"type": "str", "choices": ["success", "failure"]},
    "group_by": {
        "type": "list",
        "elements": "str",
        "choices": list(spend.GROUPS),
        "default": ["key", "team", "user", "model"],
    },
    "rows": {"type": "bool", "default": False},
    "max_rows": {"type": "int", "default": 200000},
}


def main() -> None:
    module = task.module(OPTIONS)
    params = module.params
    filters = {theirs: params[ours] for ours, theirs in FILTERS.items()}
    with task.client(module, "litellm_spend_info") as client:
        within = spend.period(params["start"], params["end"])
        rows = spend.rows(client, within, filters, most=params["max_rows"])
    groups = {by: spend.grouped(rows, by) for by in params["group_by"]}
    shown = {"rows": rows} if params["rows"] else {}
    module.exit_json(changed=False, total=spend.total(rows), groups=groups, **shown)


if __name__ == "__main__":
    main()
