# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Documentation shared by the modules that talk to LiteLLM's admin API."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description: Address of the LiteLLM proxy, for example V(http://127.0.0.1:4000).
    type: str
    required: true
  master_key:
    description:
      - The proxy's master key, or another key that may administer it.
      - One of O(master_key) and O(master_key_file) is required.
    type: str
  master_key_file:
    description: A file on the host that runs the task, which holds the master key alone.
    type: path
  timeout:
    description: Seconds that one request may take.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is sent again after a lost connection or the statuses 429, 500, 502, 503 and 504.
      - Pauses grow from 0.5 to 8 seconds, and up to a quarter more by chance. An object that a lost answer had already created is found, not made twice.
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
    ATTRIBUTES = r"""
attributes:
  check_mode:
    description: Can run in check mode and report what would change; nothing is written then.
    support: full
  diff_mode:
    description: Shows the managed fields before and after; never a key.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: full
  action_group:
    description: Use C(group/inference.platform.litellm) in C(module_defaults) to give the address and master key once.
    support: full
    membership:
      - inference.platform.litellm
"""
    INFO_ATTRIBUTES = r"""
attributes:
  idempotent:
    description: It changes nothing.
    support: full
  action_group:
    description: Use C(group/inference.platform.litellm) in C(module_defaults) to give the address and master key once.
    support: full
    membership:
      - inference.platform.litellm
"""
