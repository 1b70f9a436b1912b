# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Filter vllm_engine."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.serving.engine import EngineOptions, engine

DOCUMENTATION = r"""
name: vllm_engine
short_description: How vLLM runs for a model
version_added: "0.1.0"
author:
  - inference.platform maintainers
description:
  - Computes the arguments and the environment of C(vllm serve) for one model of the validated configuration.
  - A model without GPUs gets the settings that work on processors. A model for embeddings gets a pooling engine.
options:
  _input:
    description:
      - The model, as the preflight publishes it in C(platform.models).
    type: dict
    required: true
  tool_call_parser:
    description: Name of vLLM's parser for the tool calls of the model.
    type: str
    default: hermes
  gpu_memory_utilization:
    description: Share of a GPU's memory that the engine takes, from 0 to 1.
    type: float
    default: 0.9
  shutdown_timeout:
    description: Seconds that running requests get after the engine was told to stop.
    type: int
    default: 30
  cpu_kv_cache:
    description:
      - Size of the KV cache of an engine without GPU, for example V(1G).
      - Models that come with the platform take 32M, whatever this says.
    type: str
    default: 1G
  extra_args:
    description: Further arguments for the engine.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show how the engine of the first model is started
  ansible.builtin.debug:
    msg: "vllm serve {{ (platform.models | first | inference.platform.vllm_engine).args | join(' ') }}"
"""

RETURN = r"""
_value:
  description:
    - C(args), the arguments after C(vllm serve).
    - C(env), a list of C(name) and C(value).
    - C(folder), where the model lies in the engine; empty when the engine downloads it.
    - C(downloads), whether the engine downloads the model.
    - C(gpus), how many GPUs it needs.
  type: dict
  sample:
    args: [/models/tiny-coder, --served-model-name, coder-chat, --port, "8000"]
    env: [{name: HF_HUB_OFFLINE, value: "1"}]
    folder: /models/tiny-coder
    downloads: false
    gpus: 0
"""


def vllm_engine(
    model: dict[str, t.Any],
    *,
    tool_call_parser: str = "hermes",
    gpu_memory_utilization: float = 0.9,
    shutdown_timeout: int = 30,
    cpu_kv_cache: str = "1G",
    extra_args: t.Sequence[str] = (),
) -> dict[str, t.Any]:
    """The filter. Raises AnsibleFilterError for something that is no model, or one that no engine can serve."""
    options = EngineOptions(tool_call_parser, gpu_memory_utilization, shutdown_timeout, cpu_kv_cache, tuple(extra_args))
    try:
        return engine(model, options)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(f"vllm_engine: this is no model of the validated configuration: {error}.") from error
    except ValueError as error:
        raise AnsibleFilterError(f"vllm_engine: {error}") from error


class FilterModule:
    """Names the filter for Ansible."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Filters of this file by name."""
        return {"vllm_engine": vllm_engine}
