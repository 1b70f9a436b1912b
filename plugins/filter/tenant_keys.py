# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The filter tenant_keys."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.litellm import tenants as litellm_tenants
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

DOCUMENTATION = r"""
name: tenant_keys
short_description: Keys of tenants as options of litellm_key
version_added: "0.1.0"
description:
  - Turns the tenants of the validated configuration into one entry per key, with its alias C(<team>-<alias>), team, models and limits.
  - Limits that a tenant does not have are left out. A model that serves fill-in-the-middle is granted as C(<name>-fim), too.
extends_documentation_fragment:
  - inference.platform.tenants
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show what will be made
  ansible.builtin.debug:
    msg: "{{ platform.tenants | inference.platform.tenant_keys(platform.models) }}"
"""

RETURN = r"""
_value:
  description: Options for M(inference.platform.litellm_key).
  type: list
  elements: dict
  sample:
    - {key_alias: research-ci, team_id: research, models: [], max_budget: 5.0}
"""


def tenant_keys(tenants: list[dict[str, t.Any]], models: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    try:
        return litellm_tenants.keys(tenants, models)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"tenant_keys": tenant_keys}
