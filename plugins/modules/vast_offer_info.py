#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

DOCUMENTATION = r"""
module: vast_offer_info
short_description: Search machines with GPUs that Vast offers for rent
version_added: "0.1.0"
description:
  - Searches the offers of Vast's market and gives those that fit, the best first, with their price an hour.
  - Says why other offers of the same GPU do not fit, so that a search that finds nothing can be widened on purpose.
options:
  explain:
    description:
      - Whether to say why other offers do not fit.
      - It takes a second search. The provider counts searches by the day.
    type: bool
    default: true
extends_documentation_fragment:
  - inference.platform.vast
  - inference.platform.vast.search
  - inference.platform.vast.info_attributes
  - inference.platform.reading
seealso:
  - module: inference.platform.vast_instance
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: What does a machine with one RTX 4090 cost in Europe
  inference.platform.vast_offer_info:
    api_key_file: ~/.config/vastai/vast_api_key
    gpu: [RTX 4090]
    gpus: 1
    disk_gb: 100
    countries: [DE, FR, NL, "NO", SE]
    max_usd_per_hour: 0.5
  register: found

- name: Why are there not more
  ansible.builtin.debug:
    var: found.summary
"""

RETURN = r"""
offers:
  description: The offers that fit, the best first.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 4200001
      machine_id: 301
      host_id: 401
      gpu_name: RTX 4090
      num_gpus: 1
      gpu_memory_gb: 24.6
      cpu_cores: 16.0
      memory_gb: 64.0
      disk_gb: 500.0
      usd_per_hour: 0.360833
      reliability: 0.9971
      driver: 550.54.14
      cuda: 12.4
      country: SE
      inet_down_mbps: 900.0
      inet_up_mbps: 900.0
      days: 30.0
      vm: true
excluded:
  description: Other offers of this GPU and number, and why each does not fit; empty without O(explain).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 4200003
      gpu_name: RTX 4090
      num_gpus: 1
      country: CN
      usd_per_hour: 0.310833
      reasons: [cannot run a virtual machine, has reliability 0.9312]
summary:
  description: How many fit and how many do not by which option, and the nearest one when none fits.
  returned: success
  type: str
  sample: "1 of 4 offers of 1 x RTX 4090 fit. Excluded: 2 by vm, 1 by reliability."
"""

from ansible_collections.inference.platform.plugins.module_utils.vast import offers, task, terms

OPTIONS: task.Spec = {**terms.argument_spec(), "explain": {"type": "bool", "default": True}}


def main() -> None:
    module = task.module(OPTIONS)
    with task.client(module) as client:
        found = offers.explained(client, module.params, why=module.params["explain"])
    module.exit_json(
        changed=False,
        offers=[offers.view(offer) for offer in found.offers],
        excluded=[offers.excluded_view(offer, why) for offer, why in found.excluded],
        summary=offers.summary(found, module.params),
    )


if __name__ == "__main__":
    main()
