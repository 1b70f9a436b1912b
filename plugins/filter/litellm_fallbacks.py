# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The filter litellm_fallbacks."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.litellm import catalogue
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

DOCUMENTATION = r"""
name: litellm_fallbacks
short_description: LiteLLM's fallbacks for the platform's models
version_added: "0.1.0"
description:
  - Turns the C(fallbacks) of models into C(router_settings.fallbacks) of LiteLLM's configuration.
  - A model falls back to another one through the same API alone, C(<name>-fim) to C(<other>-fim).
options:
  _input:
    description: Models, as in C(platform.models).
    type: list
    elements: dict
    required: true
  external:
    description: OpenAI-compatible servers elsewhere with their models, as in C(platform.external_endpoints).
    type: list
    elements: dict
    default: []
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show who answers in whose place
  ansible.builtin.debug:
    msg: "{{ platform.models | inference.platform.litellm_fallbacks(platform.external_endpoints) }}"
"""

RETURN = r"""
_value:
  description: Entries of C(router_settings.fallbacks), one for each name that has others to fall back to.
  type: list
  elements: dict
  sample:
    - coder-chat: [far-chat]
"""


def litellm_fallbacks(
    models: list[dict[str, t.Any]], external: list[dict[str, t.Any]] | None = None
) -> list[dict[str, list[str]]]:
    try:
        return catalogue.fallbacks([*models, *catalogue.external_models(external or [])])
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"litellm_fallbacks": litellm_fallbacks}
