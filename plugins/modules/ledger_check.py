#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: ledger_check
short_description: Say to the cent whether LiteLLM's money adds up, and why not
version_added: "0.1.0"
description:
  - Compares LiteLLM's rows (one for each call) with its running counters, by which budgets are judged, with the price of each model, and
    with the tokens that the engines counted themselves.
  - Every difference comes with whose it is, its amount and its reason. A difference that explains itself (a budget's period that just ended,
    a call that was under way) is reported and is no fault; every other one fails the task, unless O(fail) is false.
  - LiteLLM writes in batches. While counters and rows differ they are read again until the differences stand still, at most O(settle) seconds.
  - A counter covers its budget's present period, or the whole life of its key, team, user or customer. The rows that it needs are read, also
    those before O(start).
  - Amounts are added in decimal arithmetic. Differences of up to O(tolerance) are LiteLLM's rounding.
  - With O(repair), counters of keys and users that lost spend are set to the sum of their rows. LiteLLM documents no way to set those of
    teams and customers.
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
  counters:
    description: Whose counters are compared.
    type: list
    elements: str
    choices: [key, team, user, customer]
    default: [key, team, user, customer]
  engines_before:
    description: What M(inference.platform.engine_tokens_info) returned as C(engines) at an earlier moment. Needs O(engines_after).
    type: list
    elements: dict
    default: []
  engines_after:
    description: The same at a later moment. The rows between the two readings are compared with what the engines did.
    type: list
    elements: dict
    default: []
  token_share:
    description:
      - The part of the engines' tokens that may differ from the rows without failing the task, 0 to 1.
      - Streams that callers break off are billed by an estimate (chats) or not at all (raw completions), so some difference is normal.
    type: float
    default: 0.01
  tolerance:
    description: US dollars up to which a counter and its rows are equal.
    type: float
    default: 0.000001
  settle:
    description: Seconds to wait for calls that LiteLLM has yet to write.
    type: float
    default: 30.0
  group_by:
    description: What the sums of the period are grouped by.
    type: list
    elements: str
    choices: [key, team, user, customer, model]
    default: [key, team, model]
  repair:
    description: Whether counters of keys and users that have less than their rows are set to the sum of their rows.
    type: bool
    default: false
  lower:
    description:
      - Whether O(repair) also sets counters that have more than their rows.
      - A proxy that is killed loses rows as well as counters, mostly more of them. Then the counter is nearer to the truth, and lowering it
        would forgive what was spent. The engines' tokens tell which of the two is right.
    type: bool
    default: false
  fail:
    description: Whether a fault fails the task.
    type: bool
    default: true
  max_rows:
    description: The module fails rather than read more rows than this, which takes memory and time.
    type: int
    default: 500000
extends_documentation_fragment:
  - inference.platform.litellm
  - inference.platform.litellm.attributes
attributes:
  check_mode:
    description: Reads and compares all the same; with O(repair) it says which counters would be set.
    support: full
  diff_mode:
    description: Shows each counter that is set, before and after.
    support: full
  idempotent:
    description: After a repair there is nothing left to repair.
    support: full
seealso:
  - module: inference.platform.engine_tokens_info
  - module: inference.platform.litellm_spend_info
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Does January add up?
  inference.platform.ledger_check:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    start: "2026-01-01"
    end: "2026-01-31"

- name: Set the counters that lost spend while the database was away
  inference.platform.ledger_check:
    url: http://127.0.0.1:4000
    master_key_file: ~/litellm-master-key
    start: "2026-01-01"
    end: "2026-01-31"
    counters: [key, user]
    repair: true
"""

RETURN = r"""
agrees:
  description: Whether there is no fault, or none that was not repaired.
  returned: always
  type: bool
  sample: false
total:
  description: All calls of the period. C(spend) is in US dollars; tokens are those that were billed.
  returned: always
  type: dict
  sample: {calls: 4, failed_calls: 1, broken_off_calls: 0, spend: 0.15, prompt_tokens: 30, completion_tokens: 60}
groups:
  description: The same sums by O(group_by), the dearest first. C(id) is null for calls that had none; a key also has its C(name).
  returned: always
  type: dict
  sample:
    team:
      - {id: research, calls: 4, failed_calls: 1, broken_off_calls: 0, spend: 0.15, prompt_tokens: 30, completion_tokens: 60}
differences:
  description:
    - What does not agree. C(kind) is C(key), C(team), C(user), C(customer), C(model) or C(engine), C(unit) C(USD), C(prompt_tokens) or
      C(completion_tokens).
    - C(rows) is what the rows say (for a model, what they should say at its price), C(found) what was counted, C(difference) the second less
      the first. C(open) tells a fault from what explains itself. C(text) says all of it in words.
  returned: always
  type: list
  elements: dict
  sample:
    - kind: key
      id: 7e5400d08af1a79400d0df020d076551686fda1910a49f6716e8d5aff119e35b
      name: research-ci
      unit: USD
      rows: 0.15
      found: 0.1
      difference: -0.05
      why: "Spend that LiteLLM had in memory never reached the counter: a proxy was killed, or its database was away."
      cure: Run ledger_check with repair to set the counter to the sum of the rows.
      open: true
      text: >-
        key research-ci: 0.05 USD less than the rows say. Spend that LiteLLM had in memory never reached the counter: a proxy was killed, or its
        database was away. Run ledger_check with repair to set the counter to the sum of the rows.
orphans:
  description: Whose calls are in the period although the key, team, user or customer is not, or no longer, there. Their rows stay.
  returned: always
  type: list
  elements: dict
  sample:
    - {kind: key, id: 7e5400d08af1a79400d0df020d076551686fda1910a49f6716e8d5aff119e35b, name: old-key, spend: 0.5}
repaired:
  description: Names of the counters that were set, or would be, as C(<kind> <name>).
  returned: always
  type: list
  elements: str
  sample: [key research-ci]
counters:
  description: How many counters were compared.
  returned: always
  type: int
  sample: 12
readings:
  description: How often counters and rows were read until nothing moved.
  returned: always
  type: int
  sample: 1
"""

import decimal
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.ledger import check, counters, engines, sums
from ansible_collections.inference.platform.plugins.module_utils.ledger.differences import Difference
from ansible_collections.inference.platform.plugins.module_utils.litellm import spend, task

OPTIONS: task.Spec = {
    "start": {"type": "str", "required": True},
    "end": {"type": "str", "required": True},
    "counters": {
        "type": "list",
        "elements": "str",
        "choices": list(counters.KINDS),
        "default": list(counters.KINDS),
    },
    "engines_before": {"type": "list", "elements": "dict", "default": []},
    "engines_after": {"type": "list", "elements": "dict", "default": []},
    "token_share": {"type": "float", "default": 0.01, "no_log": False},
    "tolerance": {"type": "float", "default": 0.000001},
    "settle": {"type": "float", "default": 30.0},
    "group_by": {
        "type": "list",
        "elements": "str",
        "choices": list(sums.GROUPS),
        "default": ["key", "team", "model"],
    },
    "repair": {"type": "bool", "default": False},
    "lower": {"type": "bool", "default": False},
    "fail": {"type": "bool", "default": True},
    "max_rows": {"type": "int", "default": 500000},
}


def order(params: dict[str, t.Any]) -> check.Order:
    """Raises LiteLLMError for options that contradict."""
    before, after = ([engines.parse(entry) for entry in params[name]] for name in ("engines_before", "engines_after"))
    return check.Order(
        period=spend.period(params["start"], params["end"]),
        kinds=tuple(params["counters"]),
        work=tuple(engines.between(before, after)),
        tolerance=decimal.Decimal(str(params["tolerance"])),
        token_share=decimal.Decimal(str(params["token_share"])),
        settle=params["settle"],
        most=params["max_rows"],
    )


def outcome(found: check.Statement, repaired: list[Difference], group_by: list[str]) -> dict[str, t.Any]:
    """The result of the module."""
    return {
        "changed": bool(repaired),
        "agrees": len(repaired) == len(found.faults),
        "total": sums.of(found.calls).as_dict(),
        "groups": {group: sums.listed(found.calls, group) for group in group_by},
        "differences": [difference.as_dict() for difference in found.differences],
        "orphans": found.orphans(),
        "repaired": [f"{one.kind} {one.name}" for one in repaired],
        "counters": len(found.counters),
        "readings": found.readings,
        "diff": {
            "before": {f"{one.kind} {one.name}": float(one.found) for one in repaired},
            "after": {f"{one.kind} {one.name}": float(one.rows) for one in repaired},
        },
    }


def message(found: check.Statement, repaired: list[Difference]) -> str:
    left = [one for one in found.faults if one not in repaired]
    lines = [f"The ledger does not add up in {len(left)} {'place' if len(left) == 1 else 'places'}."]
    return "\n".join(lines + [f"- {one.sentence()}" for one in left])


def main() -> None:
    module = task.module(OPTIONS)
    params = module.params
    repaired: list[Difference] = []
    with task.client(module, "ledger_check") as client:
        found = check.statement(client, order(params))
        if params["repair"]:
            repaired = check.repair(client, found.differences, lower=params["lower"], check=module.check_mode)
    result = outcome(found, repaired, params["group_by"])
    if params["fail"] and not result["agrees"]:
        module.fail_json(msg=message(found, repaired), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
