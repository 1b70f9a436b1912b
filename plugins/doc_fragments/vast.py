# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation shared by the modules that talk to the API of Vast."""

from __future__ import annotations

import textwrap

_TERMS = """\
gpu:
  description: Names of GPUs, any of which will do, for example V(RTX 4090). Underscores are taken for spaces.
  type: list
  elements: str
gpus:
  description: How many GPUs the machine has for you.
  type: int
gpu_memory_gb:
  description: Memory of each GPU in GB, at least.
  type: float
cpu_cores:
  description: CPU cores for you, at least.
  type: float
memory_gb:
  description: Memory of the machine for you in GB, at least.
  type: float
disk_gb:
  description: Disk in GB, at least. Prices include this much disk.
  type: float
  default: 32.0
reliability:
  description: The provider's estimate that the machine stays up, at least, from 0 to 1.
  type: float
  default: 0.95
driver:
  description: Version of the host's GPU driver, at least, for example V(570) or V(570.124.06).
  type: str
cuda:
  description: The newest CUDA that the driver can run, at least, for example V(12.8).
  type: float
compute_capability:
  description: Compute capability of the GPU, at least, for example V(8.9).
  type: float
countries:
  description:
    - Codes of countries, one of which it must be, for example V(DE).
    - Quote the code of Norway, which YAML takes for V(false).
  type: list
  elements: str
not_countries:
  description: Codes of countries, none of which it may be.
  type: list
  elements: str
max_usd_per_hour:
  description: What the offer may cost an hour with its disk, in US dollars.
  type: float
vm:
  description: Whether it must be able to run a virtual machine. Kubernetes needs one; containers of the provider cannot run it.
  type: bool
  default: true
verified:
  description: Whether the provider must have verified the machine.
  type: bool
  default: true
datacenter:
  description: Whether it must, or must not, be in a data centre.
  type: bool
static_ip:
  description: Whether its address must, or must not, stay the same.
  type: bool
direct_ports:
  description: Ports that can be reached from outside, at least.
  type: int
inet_down_mbps:
  description: Speed of downloads in Mb/s, at least.
  type: float
inet_up_mbps:
  description: Speed of uploads in Mb/s, at least.
  type: float
min_days:
  description: Days for which it can be had, at least.
  type: float
machines_excluded:
  description: Ids of machines that are not wanted.
  type: list
  elements: int
order:
  description: What the best offer is - the cheapest, the most reliable, or the one with the most performance for its price.
  type: str
  choices: [price, reliability, performance]
  default: price
limit:
  description: How many offers at most. The provider answers 64 to one search.
  type: int
  default: 10
"""


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  base_url:
    description: Address of the API.
    type: str
    default: https://console.vast.ai
  api_key:
    description:
      - A key of the account, for example from a vault lookup.
      - It spends money, so run the task on the controller and never on a rented machine.
      - One of O(api_key) and O(api_key_file) is required.
    type: str
  api_key_file:
    description: A file that holds the key alone. It is refused when its group or others may read it.
    type: path
  owner:
    description:
      - Who the task acts for. It is the second part of every label, and what has another one is never touched.
      - The user and the name of the machine that runs the task, as C(user@machine), when it is not given.
    type: str
  request_timeout:
    description: Seconds that one request may take.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is sent again after a lost connection or the statuses 429, 500, 502, 503 and 504.
      - Pauses grow from 0.5 to 8 seconds, and up to a quarter more by chance. A request that rents is sent again after it was looked for alone.
    type: int
    default: 4
  validate_certs:
    description: Whether the certificate of an V(https) address must be valid.
    type: bool
    default: true
  ca_path:
    description: A file with the certificate authorities to trust, in PEM form.
    type: path
"""
    SEARCH = "options:\n" + textwrap.indent(_TERMS, "  ")
    # The same as one option, for a module that has others beside it.
    SEARCHING = """
options:
  search:
    description:
      - What is asked of the offer to rent.
      - An existing machine with another GPU or number of GPUs is refused, not replaced.
    type: dict
    default: {}
    suboptions:
""" + textwrap.indent(_TERMS, "      ")
    ATTRIBUTES = r"""
attributes:
  check_mode:
    description: Can run in check mode and report what would change; nothing is rented or written then.
    support: full
  diff_mode:
    description: Shows the object before and after; never a key.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: full
  action_group:
    description: Use C(group/inference.platform.vast) in C(module_defaults) to give the key and owner once.
    support: full
    membership:
      - inference.platform.vast
"""
    INFO_ATTRIBUTES = r"""
attributes:
  idempotent:
    description: It changes nothing.
    support: full
  action_group:
    description: Use C(group/inference.platform.vast) in C(module_defaults) to give the key and owner once.
    support: full
    membership:
      - inference.platform.vast
"""
