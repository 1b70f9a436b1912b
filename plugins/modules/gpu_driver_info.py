#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tell what a host's NVIDIA cards need of a driver."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_driver_info
short_description: Tell what a host's NVIDIA cards need of a driver, and what it has
version_added: "0.1.0"
description:
  - Finds cards and NVSwitches on the PCI bus, what driver is loaded, what is installed, and what is in its way, and decides what is to be done.
  - Kind of kernel module and packages come from a table by PCI device id, for branch 580 of NVIDIA's driver. It is the last one that knows Maxwell,
    Pascal and Volta, which need the proprietary modules; Turing, Ampere, Hopper, Ada and Blackwell get the open ones.
  - Role P(inference.platform.gpu_driver#role) does what this module says.
requirements:
  - a host with C(/sys), which every Linux has; no lspci
author:
  - inference.platform maintainers
extends_documentation_fragment:
  - inference.platform.reading
options:
  kind:
    description: Kind of the kernel modules. V(auto) is the open ones where all cards run with them.
    type: str
    choices: [auto, open, proprietary]
    default: auto
  replace:
    description: Whether a driver that works is exchanged where it is of another branch or kind.
    type: bool
    default: false
  packages:
    description: Packages of the driver, instead of the table's.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Look at the cards and their driver
  inference.platform.gpu_driver_info:
  register: found

- name: Show what would be done
  ansible.builtin.debug:
    var: found.driver.message
"""

RETURN = r"""
driver:
  description: What was found and what is to be done.
  returned: success
  type: dict
  contains:
    action:
      description: V(none) (there is no card), V(keep) (what is there stays) or V(install).
      type: str
    message:
      description: The same in a sentence.
      type: str
    problem:
      description: Why it cannot be done, and what to do; empty when it can.
      type: str
    restart:
      description: Why the host must restart before its cards can be used, empty when it need not.
      type: str
    kind:
      description: Kind of the kernel modules that are there or will be.
      type: str
    pin:
      description: Packages to install before the others; they keep the host on the branch.
      type: list
      elements: str
    packages:
      description: Packages of the driver.
      type: list
      elements: str
    fabric:
      description: Packages for NVSwitches that are missing, or that are of another version than the driver.
      type: list
      elements: str
    switched:
      description: Whether the cards need a fabric manager.
      type: bool
    subnet_manager:
      description: Whether their NVSwitches also need NVIDIA's subnet manager.
      type: bool
    cards:
      description: Each card with C(pci_bus_id) and C(device), its PCI device id.
      type: list
      elements: dict
    nvswitches:
      description: How many NVSwitches are on the PCI bus.
      type: int
    loaded:
      description: Version of the kernel module that is loaded, empty without one.
      type: str
    loaded_open:
      description: Whether that is the open one.
      type: bool
    library:
      description: Version of the driver's libraries, empty without any.
      type: str
    nouveau:
      description: Whether the kernel's own module nouveau is loaded.
      type: bool
    secure_boot:
      description: Whether the kernel loads signed modules only.
      type: bool
    kernel:
      description: Release of the running kernel.
      type: str
    distribution:
      description: Such as V(debian12) or V(ubuntu2404).
      type: str
    initramfs_stale:
      description: Whether the initial file system is older than the settings that turn nouveau off.
      type: bool
    fabric_version:
      description: Version of the fabric manager, empty without one.
      type: str
    units:
      description: Which of the driver's services are installed.
      type: list
      elements: str
    described:
      description: Whether the description of the cards for containers is of the driver that is loaded.
      type: bool
  sample:
    action: install
    message: "1 x 10de:2684 (ada): branch 580 with open kernel modules is installed (nvidia-driver-cuda, nvidia-persistenced, nvidia-kernel-open-dkms)."
    problem: ""
    restart: the kernel's own module nouveau holds the cards
"""

import typing as t
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.gpu import driver_facts, driver_plan

ARGUMENTS: dict[str, t.Any] = {
    "kind": {"type": "str", "choices": ["auto", "open", "proprietary"], "default": "auto"},
    "replace": {"type": "bool", "default": False},
    "packages": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.params
    kind = "" if given["kind"] == "auto" else given["kind"]
    wanted = driver_plan.Wanted(kind, given["replace"], tuple(given["packages"]))
    facts = driver_facts.read(Path("/"))
    plan = driver_plan.plan(facts, wanted)
    module.exit_json(changed=False, driver={**driver_facts.as_data(facts), **driver_plan.as_data(plan)})


if __name__ == "__main__":
    main()
