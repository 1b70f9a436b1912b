#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tell what NVIDIA GPUs a host has and how they are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_info
short_description: Tell what NVIDIA GPUs a host has and how they are
version_added: "0.1.0"
description:
  - Reads the cards, their memory and its errors, compute capability, persistence mode, NVLink, MIG and the state of the fabric from NVML,
    the driver and the CUDA version that it knows, Xid messages from the kernel log, and cards and NVSwitches from the PCI bus.
  - A host without a GPU, or with a GPU and no driver, is an answer and no failure. RV(gpus.state) and RV(gpus.message) say which.
  - What a card or its driver does not know is none.
  - M(inference.platform.gpu_acceptance) judges the same facts.
requirements:
  - nvidia-ml-py in the Python that runs the task, on hosts with a loaded driver. Role P(inference.platform.gpu_acceptance#role) installs
    it in an environment of its own.
author:
  - inference.platform maintainers
extends_documentation_fragment:
  - inference.platform.reading
options:
  kernel_log:
    description:
      - Whether to look for Xid messages in the kernel log (C(/dev/kmsg), which needs root). It goes back to the machine's start, as far as the
        kernel kept it.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Look at the GPUs of the hosts
  inference.platform.gpu_info:
  register: found

- name: Show them
  ansible.builtin.debug:
    var: found.gpus.message
"""

RETURN = r"""
gpus:
  description: What was found.
  returned: success
  type: dict
  contains:
    state:
      description:
        - V(present), V(no_gpu) (no NVIDIA card on the PCI bus), V(no_driver) (a card, and no driver is loaded) or V(driver_error) (NVML
          and the loaded driver do not get along).
      type: str
    message:
      description: The same in a sentence, with what to do.
      type: str
    driver:
      description: C(version), C(cuda) (the newest that it knows) and C(open) (whether the kernel module is the open one).
      type: dict
    cards:
      description:
        - Each card with C(index), C(name), C(uuid), C(pci_bus_id), C(compute_capability), C(persistence_mode).
        - C(memory) has C(total_bytes), C(used_bytes) and C(reserved_bytes).
        - C(ecc) has C(enabled), C(enabled_after_reset) and the errors C(corrected_since_boot), C(corrected_ever), C(uncorrected_since_boot)
          and C(uncorrected_ever).
        - C(memory_repair) counts remapped C(rows) or retired C(pages) (C(kind)) by cause, C(pending) a reset, and C(failed).
        - C(nvlink) has C(links) and those that are C(active); C(mig) has C(enabled), C(enabled_after_reset) and C(instances).
        - C(fabric) has C(state) (V(not_supported), V(not_started), V(in_progress), V(completed)), C(status) (0 is good) and C(degraded).
        - C(errors) lists what NVML answered with an error.
      type: list
      elements: dict
    xids:
      description:
        - Xid messages by card and code, with C(pci_bus_id), C(code), C(count), the C(text) of the last, and C(hardware) (whether it tells of
          the card and not of a program). None when the kernel log cannot be read.
      type: list
      elements: dict
    host:
      description:
        - C(cards_on_bus) and C(nvswitches) of the PCI bus, C(driver_version), C(driver_open), C(nouveau), whether C(persistence_daemon) and
          C(fabric_manager) run, and C(fabric_manager_version).
      type: dict
  sample:
    state: present
    message: 1 x NVIDIA H100 80GB HBM3; driver 580.159.04, CUDA up to 13.0.
    driver: {version: 580.159.04, cuda: "13.0", open: true}
    xids: []
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.inference.platform.plugins.module_utils.gpu.library import PACKAGE, look

ARGUMENTS: dict[str, t.Any] = {"kernel_log": {"type": "bool", "default": True}}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    gpus = look(kernel_log=module.params["kernel_log"])
    if gpus["state"] == "unknown":
        module.fail_json(msg=missing_required_lib(PACKAGE, reason="to read the cards of a loaded driver"))
    module.exit_json(changed=False, gpus=gpus)


if __name__ == "__main__":
    main()
