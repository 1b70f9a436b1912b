#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: vast_instance_info
short_description: Read the machines that are rented at Vast
version_added: "0.1.0"
description:
  - Reads the instances of the O(owner), and what all instances of the account cost.
  - Instances of somebody else on the same account are counted in the cost and not shown.
options:
  label:
    description: The instance with this label alone.
    type: str
  platform:
    description: Instances of this platform alone, the third part of their label.
    type: str
  known_hosts:
    description: File with the host keys that M(inference.platform.vast_instance) has pinned; with it every instance has C(answered).
    type: path
extends_documentation_fragment:
  - inference.platform.vast
  - inference.platform.vast.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.vast_instance
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: What does the platform cost at the moment
  inference.platform.vast_instance_info:
    api_key_file: ~/.config/vastai/vast_api_key
    owner: alice@desk
    platform: demo
  register: rented
"""

RETURN = r"""
instances:
  description: The instances, the oldest first, as M(inference.platform.vast_instance) gives them. With O(known_hosts) each has C(answered),
    whether it runs and its host key is pinned at its address.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 7100002
      label: inference-platform/alice@desk/demo/node-1
      status: running
      ssh_host: 192.0.2.45
      ssh_port: 40022
      usd_per_hour: 0.365
usd_per_hour:
  description: What these instances cost an hour, in US dollars.
  returned: success
  type: float
  sample: 0.365
account_usd_per_hour:
  description: What all instances of the account cost an hour, in US dollars.
  returned: success
  type: float
  sample: 0.73
"""

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.vast import instances, labels, task, wait
from ansible_collections.inference.platform.plugins.module_utils.vast.known_hosts import KnownHosts

OPTIONS: task.Spec = {
    "label": {"type": "str"},
    "platform": {"type": "str"},
    "known_hosts": {"type": "path"},
}


def view(row: instances.Row, known_hosts: str | None) -> dict[str, t.Any]:
    shown = instances.view(row)
    if known_hosts is None:
        return shown
    return {**shown, "answered": wait.answered(KnownHosts(known_hosts), str(shown["label"]), row)}


def main() -> None:
    module = task.module(OPTIONS, mutually_exclusive=[("label", "platform")])
    params = module.params
    with task.client(module) as client:
        if params["label"] is not None:
            labels.checked(params["label"], params["owner"])
        owner = labels.checked_owner(params["owner"])
        rows = instances.listed(client)
    mine = instances.owned(rows, owner, platform=params["platform"], label=params["label"])
    module.exit_json(
        changed=False,
        instances=[view(row, params["known_hosts"]) for row in mine],
        usd_per_hour=round(instances.burn(mine), 6),
        account_usd_per_hour=round(instances.burn(rows), 6),
    )


if __name__ == "__main__":
    main()
