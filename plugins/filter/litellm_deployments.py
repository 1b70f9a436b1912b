# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The filter litellm_deployments."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.litellm import catalogue
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import InputError

DOCUMENTATION = r"""
name: litellm_deployments
short_description: LiteLLM's model list for the platform's models
version_added: "0.1.0"
description:
  - Turns the models of the validated configuration into the C(model_list) of LiteLLM's configuration.
  - A chat or agent model is offered under its name, a fill-in-the-middle model as C(<name>-fim) on C(/v1/completions), an embeddings model
    under its name on C(/v1/embeddings). Each has its price.
options:
  _input:
    description: Models, as in C(platform.models).
    type: list
    elements: dict
    required: true
  gateway_url:
    description: Base address of the inference gateway, with C(/v1).
    type: str
    required: true
  external:
    description: OpenAI-compatible servers elsewhere, as in C(platform.external_endpoints). Their models are offered under names
      and at prices of their own.
    type: list
    elements: dict
    default: []
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: Show what LiteLLM will offer
  ansible.builtin.debug:
    msg: "{{ platform.models | inference.platform.litellm_deployments(platform.gateway_url) }}"
"""

RETURN = r"""
_value:
  description: Entries of C(model_list).
  type: list
  elements: dict
"""


def litellm_deployments(
    models: list[dict[str, t.Any]], gateway_url: str, external: list[dict[str, t.Any]] | None = None
) -> list[dict[str, t.Any]]:
    try:
        return catalogue.deployments(models, gateway_url) + catalogue.external_deployments(external or [])
    except InputError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"litellm_deployments": litellm_deployments}
