#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: vast_volume
short_description: Manage volumes at Vast
version_added: "0.1.0"
description:
  - Rents disk space on a machine that outlives instances, and gives it back. The name is the volume's identity.
  - A volume costs money until it is deleted, whether an instance uses it or not. It stays on its machine, and the provider lets containers alone
    use it, not virtual machines.
options:
  name:
    description:
      - What says whose volume it is, C(inference-platform/<owner>/<platform>/<volume>).
      - A name of another O(owner) is refused before anything is asked.
    type: str
    required: true
  size_gb:
    description: Its size in GB, which cannot be changed later. Required with O(state=present).
    type: int
  machine_id:
    description: The machine that it is on. Any, the cheapest, when it is not given.
    type: int
  max_usd_per_gb_month:
    description: What a GB may cost a month, in US dollars.
    type: float
  state:
    description:
      - V(present) rents the volume when there is none. One of another size or on another machine is refused.
      - V(absent) deletes it with its data.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - inference.platform.vast
  - inference.platform.vast.attributes
seealso:
  - module: inference.platform.vast_instance
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Keep models on the machine
  inference.platform.vast_volume:
    api_key_file: ~/.config/vastai/vast_api_key
    owner: alice@desk
    name: inference-platform/alice@desk/demo/models
    size_gb: 200
    machine_id: 301
    max_usd_per_gb_month: 0.2
"""

RETURN = r"""
volume:
  description: The volume as it is now, or would be; empty when there is none.
  returned: success
  type: dict
  sample:
    id: 7100004
    name: inference-platform/alice@desk/demo/models
    size_gb: 200
    machine_id: 301
    status: running
    instances: []
    usd_per_hour: 0.0416
offer:
  description: The offer that was taken, or in check mode the one that would be; else empty.
  returned: success
  type: dict
  sample:
    id: 4200001
    machine_id: 301
    usd_per_gb_month: 0.15
    country: SE
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.vast import labels, task, volumes
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client

OPTIONS: task.Spec = {
    "name": {"type": "str", "required": True},
    "size_gb": {"type": "int"},
    "machine_id": {"type": "int"},
    "max_usd_per_gb_month": {"type": "float"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def run(client: Client, params: dict[str, t.Any], *, check: bool) -> volumes.Outcome:
    """Raises RestError."""
    label = str(labels.checked(params["name"], params["owner"], "name"))
    if params["state"] == "absent":
        return volumes.absent(client, label, check=check)
    wish = volumes.Wish(label, params["size_gb"], params["machine_id"], params["max_usd_per_gb_month"])
    return volumes.present(client, wish, check=check)


def main() -> None:
    module = task.module(OPTIONS, required_if=[("state", "present", ("size_gb",))])
    with task.client(module) as client:
        outcome = run(client, module.params, check=module.check_mode)
    module.exit_json(
        changed=outcome.changed,
        volume=outcome.after,
        offer=outcome.offer,
        diff={"before": outcome.before, "after": outcome.after},
    )


if __name__ == "__main__":
    main()
