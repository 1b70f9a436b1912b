#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: vast_instance
short_description: Rent, start, stop and destroy a machine at Vast
version_added: "0.1.0"
description:
  - Keeps one rented machine for a label. The label is its identity, so a run that was interrupted at any point finds its machine again and
    never rents a second one.
  - When an offer was sold to somebody else meanwhile, the next one is taken. When the answer to a rent is lost, the instance is looked for
    by its label before anything else is asked.
  - A rented machine counts when its ssh answers; its host key is pinned in O(known_hosts) then. Whatever fails before, also when the task is
    stopped by a signal, what it rented is destroyed. A machine that a killed run had left before it ever answered is adopted, and is destroyed
    when it does not come.
  - After a machine that does not come another one is rented, as often as O(attempts) says. The first is destroyed before, so that two are never
    billed, and is not rented again; machines of its host are asked last. Offers are searched and the cap is counted anew for it.
  - The account's key never gets to a machine.
options:
  label:
    description:
      - What says whose machine it is, C(inference-platform/<owner>/<platform>/<node>).
      - A label of another O(owner) is refused before anything is asked.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that there is one, that it runs and that its ssh has answered. It rents one when there is none.
      - V(started) does the same with one that exists and never rents.
      - V(stopped) halts the one that exists. Its GPU costs nothing then, its disk still does, and the GPU may be rented by somebody else.
      - V(absent) destroys all that has the label and looks until none is listed.
    type: str
    choices: [present, absent, started, stopped]
    default: present
  image:
    description: Image to rent with. The default is the provider's virtual machine with Ubuntu, CUDA and Docker.
    type: str
    default: docker.io/vastai/kvm:ubuntu_cli_22.04-2025-11-21
  template_hash:
    description: Hash of a template of the provider to rent with, instead of O(image).
    type: str
  disk_gb:
    description: Disk to rent in GB; it stands for C(disk_gb) of O(search). An existing machine with less is refused.
    type: float
    default: 100.0
  ssh_public_key:
    description:
      - The public key that will open the machine. Required with O(state=present).
      - It has to be on the account, because a virtual machine takes the account's keys when it is rented. See M(inference.platform.vast_ssh_key).
    type: str
  known_hosts:
    description:
      - File in which the host key is pinned, for ssh to read. Required with O(state=present) and O(state=started).
      - A key that differs from the one pinned for the same instance is refused.
    type: path
  max_usd_per_hour:
    description:
      - What all instances of the account may cost an hour together, in US dollars. Required with O(state=present) and O(state=started).
      - What would pass it is refused with the numbers.
    type: float
  attempts:
    description:
      - How many machines are rented, one after the other, until one answers by ssh. One that a killed run had left counts as the first.
      - Each has O(timeout) seconds. What was destroyed costs what it ran, and stands in RV(destroyed), RV(tried) and a warning.
      - A host key that is not the pinned one, a machine that somebody destroys meanwhile, one that cannot be destroyed, and a signal end the
        task at once.
    type: int
    default: 2
  timeout:
    description: Seconds until ssh of a machine must answer, or until a stopped or destroyed instance must be so.
    type: float
    default: 1200.0
  poll:
    description: Seconds between two looks at the provider while waiting.
    type: float
    default: 5.0
extends_documentation_fragment:
  - inference.platform.vast
  - inference.platform.vast.searching
  - inference.platform.vast.attributes
seealso:
  - module: inference.platform.vast_offer_info
  - module: inference.platform.vast_ssh_key
  - plugin: inference.platform.vast
    plugin_type: inventory
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Have one machine with an RTX 4090, for 0.60 dollars an hour at most
  inference.platform.vast_instance:
    api_key_file: ~/.config/vastai/vast_api_key
    owner: alice@desk
    label: inference-platform/alice@desk/demo/node-1
    search:
      gpu: [RTX 4090]
      gpus: 1
      reliability: 0.98
    disk_gb: 120
    ssh_public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    known_hosts: ~/.local/state/inference-platform/demo/ssh/known_hosts
    max_usd_per_hour: 0.60
  register: node

- name: Destroy it
  inference.platform.vast_instance:
    api_key_file: ~/.config/vastai/vast_api_key
    owner: alice@desk
    label: inference-platform/alice@desk/demo/node-1
    state: absent
    known_hosts: ~/.local/state/inference-platform/demo/ssh/known_hosts
"""

RETURN = r"""
instance:
  description: The instance as it is now, or would be; empty when there is none.
  returned: success
  type: dict
  sample:
    id: 7100002
    label: inference-platform/alice@desk/demo/node-1
    status: running
    intended_status: running
    status_message: success, running docker.io/vastai/kvm:ubuntu_cli_22.04-2025-11-21
    ssh_host: 192.0.2.45
    ssh_port: 40022
    usd_per_hour: 0.365
    gpu_name: RTX 4090
    num_gpus: 1
    gpu_memory_gb: 24.6
    cpu_cores: 16.0
    memory_gb: 64.0
    disk_gb: 120.0
    driver: 550.54.14
    cuda: 12.4
    country: SE
    machine_id: 301
    host_id: 401
    image: docker.io/vastai/kvm:ubuntu_cli_22.04-2025-11-21
    started_at: 1795309200.5
offer:
  description: The offer that was taken, or in check mode the one that would be, as M(inference.platform.vast_offer_info) gives it; else empty.
  returned: success
  type: dict
  sample:
    id: 4200001
    gpu_name: RTX 4090
    num_gpus: 1
    usd_per_hour: 0.365
    country: SE
usd_per_hour:
  description: What the machine costs an hour with its disk, or would cost, in US dollars; 0 when there is none.
  returned: success
  type: float
  sample: 0.365
tried:
  description: Offers that were not taken, or whose machine did not come, and why.
  returned: success
  type: list
  elements: dict
  sample:
    - offer: 4200007
      usd_per_hour: 0.34
      reason: was rented by somebody else or left the market
destroyed:
  description: Ids of instances of this label that were destroyed, or would be. With O(state=present) these are what did not come, and second ones.
  returned: success
  type: list
  elements: int
  sample: [7100001]
account:
  description: What all instances of the account cost an hour, in US dollars, and what they may cost.
  returned: success
  type: dict
  sample:
    usd_per_hour: 0.365
    max_usd_per_hour: 0.6
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.vast import (
    ensure,
    instances,
    labels,
    offers,
    rent,
    ssh_keys,
    task,
    terms,
)
from ansible_collections.inference.platform.plugins.module_utils.vast.client import Client
from ansible_collections.inference.platform.plugins.module_utils.vast.errors import InputError
from ansible_collections.inference.platform.plugins.module_utils.vast.known_hosts import KnownHosts

OPTIONS: task.Spec = {
    "label": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent", "started", "stopped"], "default": "present"},
    "search": {"type": "dict", "default": {}, "options": terms.argument_spec(), "apply_defaults": True},
    "image": {"type": "str", "default": "docker.io/vastai/kvm:ubuntu_cli_22.04-2025-11-21"},
    "template_hash": {"type": "str"},
    "disk_gb": {"type": "float", "default": 100.0},
    "ssh_public_key": {"type": "str", "no_log": False},
    "known_hosts": {"type": "path"},
    "max_usd_per_hour": {"type": "float"},
    "attempts": {"type": "int", "default": 2},
    "timeout": {"type": "float", "default": 1200.0},
    "poll": {"type": "float", "default": 5.0},
}
REQUIRED = {
    "present": ("ssh_public_key", "known_hosts", "max_usd_per_hour"),
    "started": ("known_hosts", "max_usd_per_hour"),
}


def run(client: Client, params: dict[str, t.Any], *, check: bool) -> ensure.Result:
    """Does what the options ask for. Raises RestError."""
    label = str(labels.checked(params["label"], params["owner"]))
    patience = {"timeout": params["timeout"], "poll": params["poll"], "check": check}
    if params["state"] == "absent":
        known_hosts = KnownHosts(params["known_hosts"]) if params["known_hosts"] else None
        return ensure.absent(client, label, known_hosts, **patience)
    if params["state"] == "stopped":
        return ensure.stopped(client, label, **patience)
    wanted = ensure.present if params["state"] == "present" else ensure.started
    return wanted(client, wish(label, params), check=check)


def wish(label: str, params: dict[str, t.Any]) -> rent.Wish:
    """The options as what is to be had. Raises InputError."""
    # Ansible takes an option that is null for one that is given
    missing = [name for name in REQUIRED[params["state"]] if params[name] is None]
    if missing:
        raise InputError(f"state is {params['state']} but these are missing: {', '.join(missing)}.")
    if params["attempts"] < 1:
        raise InputError(f"attempts must be 1 or more, not {params['attempts']}.")
    key = params["ssh_public_key"]
    return rent.Wish(
        label=label,
        search={**params["search"], "disk_gb": params["disk_gb"]},
        image=params["image"],
        template_hash=params["template_hash"],
        public_key=ssh_keys.checked(key, "ssh_public_key") if key is not None else None,
        known_hosts=KnownHosts(params["known_hosts"]),
        max_usd_per_hour=params["max_usd_per_hour"],
        timeout=params["timeout"],
        poll=params["poll"],
        attempts=params["attempts"],
    )


def finish(module: AnsibleModule, result: ensure.Result) -> t.NoReturn:
    for warning in result.warnings:
        module.warn(warning)
    before, after = (instances.view(row) if row else {} for row in (result.before, result.after))
    offer = offers.view(result.offer) if result.offer else {}
    planned = {"label": module.params["label"], "offer": offer} if offer and not after else after
    module.exit_json(
        changed=result.changed,
        instance=after,
        offer=offer,
        usd_per_hour=after.get("usd_per_hour", offer.get("usd_per_hour", 0.0)),
        tried=result.attempts.tried,
        destroyed=result.destroyed,
        account={"usd_per_hour": round(result.burning, 6), "max_usd_per_hour": module.params["max_usd_per_hour"]},
        diff={"before": before, "after": planned},
    )


def main() -> None:
    module = task.module(OPTIONS, required_if=[("state", state, names) for state, names in REQUIRED.items()])
    with task.client(module) as client:
        result = run(client, module.params, check=module.check_mode)
    finish(module, result)


if __name__ == "__main__":
    main()
