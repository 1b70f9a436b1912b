#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judge whether a host with GPUs may take work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_acceptance
short_description: Judge whether a host with GPUs may take work
version_added: "0.1.0"
description:
  - Looks at everything that M(inference.platform.gpu_info) reads, compares it with what was sold and what engines need, and runs a kernel on
    every card through the driver's own CUDA API. No toolkit and no compiler is needed.
  - The task does not fail for a host that is refused; RV(acceptance.accepted) and RV(acceptance.reason) tell. Give them to
    M(inference.platform.node_acceptance), or use role P(inference.platform.gpu_acceptance#role), which does both.
  - What cannot be looked at is V(unknown) and refuses nothing, for example the kernel log without root.
requirements:
  - nvidia-ml-py in the Python that runs the task, on hosts with a loaded driver.
author:
  - inference.platform maintainers
attributes:
  check_mode:
    support: full
    description: Nothing is changed. The kernel is run in check mode, too.
  diff_mode:
    support: none
    description: The module changes nothing.
options:
  cards:
    description:
      - How many cards were sold. With V(0) as many as are on the PCI bus.
    type: int
    default: 0
  name:
    description:
      - Name of the card that was sold, or part of it, like V(RTX 4090). Each of its words must be in the card's own name.
    type: str
    default: ""
  memory_gib:
    description:
      - Memory of each card in GiB that was sold. With V(0) any will do.
    type: float
    default: 0
  memory_tolerance:
    description:
      - Share of the memory that may be missing, because ECC and the driver keep some.
    type: float
    default: 0.05
  cuda:
    description:
      - Version of CUDA that the engines were built with, like V(12.9). A driver runs every minor version of its major one.
    type: str
    default: ""
  driver:
    description:
      - Oldest version of the driver.
    type: str
    default: ""
  persistence:
    description:
      - Whether the driver must stay loaded when nothing uses the cards, by persistence mode or by C(nvidia-persistenced).
    type: bool
    default: true
  kernel:
    description:
      - Whether to run a kernel on every card. Each takes some 300 MB of the card for a second.
    type: bool
    default: true
  kernel_timeout:
    description:
      - Seconds for all cards together. A broken card may never answer.
    type: float
    default: 120
"""

EXAMPLES = r"""
- name: Judge the cards
  inference.platform.gpu_acceptance:
    cards: 2
    name: RTX 4090
    memory_gib: 24
    cuda: "12.9"
  register: judged

- name: Refuse a host that fails
  ansible.builtin.assert:
    that: judged.acceptance.accepted
    fail_msg: "{{ judged.acceptance.reason }}"
"""

RETURN = r"""
acceptance:
  description: The judgement.
  returned: success
  type: dict
  contains:
    accepted:
      description: Whether nothing failed.
      type: bool
    reason:
      description: Why the host is refused, and what to do, in one line; empty when it is accepted.
      type: str
    checks:
      description:
        - Each check with C(name), C(status) (V(passed), V(failed), V(unknown)) and C(reason).
        - The checks are C(driver), C(cuda), C(cards), C(answers), C(memory), C(persistence), C(ecc), C(memory_repair), C(xid), C(fabric),
          C(nvlink), C(mig) and C(kernel).
      type: list
      elements: dict
  sample:
    accepted: false
    reason: >-
      xid: Xid 79 x 1 of 0000:19:00: the GPU fell off the bus; restart the machine, look at power and seating.
    checks:
      - {name: driver, status: passed, reason: ""}
gpus:
  description: What M(inference.platform.gpu_info) returns.
  returned: success
  type: dict
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.inference.platform.plugins.module_utils.gpu.acceptance import Wanted, judge, reason
from ansible_collections.inference.platform.plugins.module_utils.gpu.aside import run_kernels
from ansible_collections.inference.platform.plugins.module_utils.gpu.library import PACKAGE, look

ARGUMENTS: dict[str, t.Any] = {
    "cards": {"type": "int", "default": 0},
    "name": {"type": "str", "default": ""},
    "memory_gib": {"type": "float", "default": 0},
    "memory_tolerance": {"type": "float", "default": 0.05},
    "cuda": {"type": "str", "default": ""},
    "driver": {"type": "str", "default": ""},
    "persistence": {"type": "bool", "default": True},
    "kernel": {"type": "bool", "default": True},
    "kernel_timeout": {"type": "float", "default": 120},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    gpus = look()
    if gpus["state"] == "unknown":
        module.fail_json(msg=missing_required_lib(PACKAGE, reason="to read the cards of a loaded driver"))
    run = params["kernel"] and gpus["state"] == "present"
    kernels = run_kernels(params["kernel_timeout"]) if run else None
    wanted = Wanted(
        cards=params["cards"],
        name=params["name"],
        memory_gib=params["memory_gib"],
        tolerance=params["memory_tolerance"],
        cuda=params["cuda"],
        driver=params["driver"],
        persistence=params["persistence"],
    )
    checks = judge(gpus, kernels, wanted)
    why = reason(checks)
    acceptance = {"accepted": not why, "reason": why, "checks": [check.as_data() for check in checks]}
    module.exit_json(changed=False, acceptance=acceptance, gpus=gpus)


if __name__ == "__main__":
    main()
