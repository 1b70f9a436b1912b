# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The filter tenant_rotations."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.litellm import tenants as litellm_tenants
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

DOCUMENTATION = r"""
name: tenant_rotations
short_description: Keys of tenants as options of litellm_key_rotation
version_added: "0.1.0"
description:
  - Turns the tenants of the validated configuration into one entry per key, with the Secret that keeps its value and the places it is delivered to.
options:
  folder:
    description: Folder of the files with the values.
    type: str
    required: true
  team:
    description: Keys of this team alone.
    type: str
    default: ""
  alias:
    description: The key of this full alias, C(<team>-<alias>), alone.
    type: str
    default: ""
extends_documentation_fragment:
  - inference.platform.tenants
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show where the research team's keys are
  ansible.builtin.debug:
    msg: "{{ platform.tenants | inference.platform.tenant_rotations(platform.models, platform.keys_dir, team='research') }}"
"""

RETURN = r"""
_value:
  description: Entries for O(inference.platform.litellm_key_rotation#module:keys).
  type: list
  elements: dict
  sample:
    - {key_alias: research-ci, secret: tenant-research-ci, file: /home/me/keys/research-ci, publish: []}
"""


def tenant_rotations(
    tenants: list[dict[str, t.Any]], models: list[dict[str, t.Any]], folder: str, team: str = "", alias: str = ""
) -> list[dict[str, t.Any]]:
    try:
        return litellm_tenants.rotations(tenants, models, folder, team=team, alias=alias)
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"tenant_rotations": tenant_rotations}
