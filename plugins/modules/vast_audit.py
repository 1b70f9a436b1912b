#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: vast_audit
short_description: List everything of a platform that a Vast account has
version_added: "0.1.0"
description:
  - Lists the instances, volumes and ssh keys that carry the name of the O(owner) and the O(platform), and what they cost.
  - What somebody else has on the same account is counted, and neither shown nor judged.
  - It looks at the account alone, so it finds what was rented by a run whose files are lost.
options:
  platform:
    description: Name of the platform, the third part of its labels.
    type: str
    required: true
  require_empty:
    description: Fail, with a list of what is left, when anything is.
    type: bool
    default: false
  report:
    description: File for the findings as JSON, with the time of the look. It is written before the task fails, and counts as no change.
    type: path
extends_documentation_fragment:
  - inference.platform.vast
  - inference.platform.vast.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.vast_instance_info
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Prove that nothing of the platform costs money any more
  inference.platform.vast_audit:
    api_key_file: ~/.config/vastai/vast_api_key
    owner: alice@desk
    platform: demo
    require_empty: true
    report: ~/.local/state/inference-platform/demo/report/bill.json
"""

RETURN = r"""
instances:
  description: The platform's instances, as M(inference.platform.vast_instance) gives them.
  returned: always
  type: list
  elements: dict
  sample: []
volumes:
  description: The platform's volumes, as M(inference.platform.vast_volume) gives them.
  returned: always
  type: list
  elements: dict
  sample: []
ssh_keys:
  description: The platform's ssh keys on the account, as M(inference.platform.vast_ssh_key) gives them.
  returned: always
  type: list
  elements: dict
  sample: []
left:
  description: How many things of the platform the account has.
  returned: always
  type: int
  sample: 0
usd_per_hour:
  description: What they cost an hour, in US dollars.
  returned: always
  type: float
  sample: 0.0
others:
  description: How many instances of somebody else the account has, and what these cost an hour.
  returned: always
  type: dict
  sample:
    instances: 1
    usd_per_hour: 0.365
"""

import json
import os
import pathlib
import time
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.vast import instances, labels, ssh_keys, task, volumes
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client

OPTIONS: task.Spec = {
    "platform": {"type": "str", "required": True},
    "require_empty": {"type": "bool", "default": False},
    "report": {"type": "path"},
}


def look(client: Client, owner: str, platform: str) -> dict[str, t.Any]:
    """What the account has of the platform. Raises RestError."""
    name = f"{labels.ROOT}/{owner}/{platform}"
    rows = instances.listed(client)
    mine = instances.owned(rows, owner, platform=platform)
    others = [row for row in rows if row not in mine]
    disks = [volumes.view(row) for row in volumes.listed(client)]
    prices = [round(float(disk["usd_per_hour"] or 0.0), 6) for disk in disks]
    ours = [
        {**disk, "usd_per_hour": price}
        for disk, price in zip(disks, prices, strict=True)
        if str(disk["name"]).startswith(f"{name}/")
    ]
    keys = [ssh_keys.view(account) for account in ssh_keys.listed(client)]
    own_keys = [key for key in keys if key["name"] == name]
    cost = instances.burn(mine) + sum(disk["usd_per_hour"] for disk in ours)
    return {
        "instances": [instances.view(row) for row in mine],
        "volumes": ours,
        "ssh_keys": own_keys,
        "left": len(mine) + len(ours) + len(own_keys),
        "usd_per_hour": round(cost, 6),
        "others": {"instances": len(others), "usd_per_hour": round(instances.burn(others), 6)},
    }


def write(path: str, found: dict[str, t.Any], owner: str, platform: str) -> None:
    """Write the report beside its place and put it there whole."""
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    text = json.dumps({"platform": platform, "owner": owner, "checked_at": when, **found}, indent=2)
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    partial = pathlib.Path(f"{path}.partial")
    partial.write_text(f"{text}\n", encoding="utf-8")
    os.replace(partial, path)


def told(found: dict[str, t.Any], platform: str) -> str:
    """What is left, in a sentence."""
    parts = [f"instance {one['id']} ({one['label']}, {one['usd_per_hour']} USD/h)" for one in found["instances"]]
    parts += [f"volume {one['id']} ({one['name']}, {one['usd_per_hour']} USD/h)" for one in found["volumes"]]
    parts += [f"ssh key {one['id']} ({one['name']})" for one in found["ssh_keys"]]
    return (
        f"The account still has {found['left']} things of platform {platform}, for {found['usd_per_hour']} USD per hour: "
        f"{', '.join(parts)}. Run teardown.yml again, or destroy them where Vast shows them."
    )


def main() -> None:
    module = task.module(OPTIONS)
    platform = module.params["platform"]
    with task.client(module) as client:
        owner = labels.checked_owner(module.params["owner"])
        found = look(client, owner, platform)
    if module.params["report"] and not module.check_mode:
        try:
            write(module.params["report"], found, owner, platform)
        except OSError as error:
            module.fail_json(msg=f"The report {module.params['report']} cannot be written: {error.strerror}.", **found)
    if module.params["require_empty"] and found["left"]:
        module.fail_json(msg=told(found, platform), **found)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
