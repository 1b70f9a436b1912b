#!/usr/bin/python
# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Compute whether a model fits GPUs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: model_fit
short_description: Compute whether a model fits GPUs, and what would
version_added: "0.1.0"
description:
  - Reads a model's C(config.json) and the headers of its safetensors files, or their index, and computes what vLLM needs on each GPU,
    the weights as they are stored or quantised, the KV cache of the context, activations, CUDA graphs and the rest.
  - No weights are read, and nothing is written anywhere.
  - Weights and KV cache are computed as vLLM 0.32 allocates them. Activations, CUDA graphs and the rest are estimates; vLLM measures them
    when it starts. RV(fit.impossible) says that it cannot fit whatever the estimates are worth.
  - Every formula, with its source and what it was checked against, stands in C(docs/gpu.md).
author:
  - inference.platform maintainers
extends_documentation_fragment:
  - inference.platform.reading
options:
  path:
    description:
      - Folder with the model's C(config.json), and its safetensors files or their index where there are any. C(~) is the user's home.
    type: path
  repository:
    description:
      - Repository on a hub, like V(Qwen/Qwen2.5-7B-Instruct). The cache of the Hugging Face hub on this machine is looked at first.
    type: str
  image:
    description:
      - Reference of a model image in the layout O(layout), as its index names it.
    type: str
  config:
    description:
      - Content of a C(config.json), where the file is not at hand.
    type: dict
  layout:
    description:
      - Folder of the OCI image layout that holds O(image).
    type: path
  folder:
    description:
      - Folder of the model in O(image), like V(/models/coder).
    type: str
  endpoint:
    description:
      - Hub that is asked for O(repository).
    type: str
    default: https://huggingface.co
  revision:
    description:
      - Branch, tag or commit of O(repository).
    type: str
    default: main
  token_file:
    description:
      - File with a token of the hub, for models that are gated. It is sent to O(endpoint) alone, in a header.
    type: path
  cache:
    description:
      - Folder of the Hugging Face hub's cache (C(HF_HOME)).
    type: path
    default: ~/.cache/huggingface
  weights_bytes:
    description:
      - Bytes of the weights, where only O(config) is at hand and the quantisation is not known to this module.
    type: int
  gpu:
    description:
      - Name of the card, however it is written, like V(RTX 4090) or V(NVIDIA H100 80GB HBM3). Without O(gpu_memory_gib) it must be one
        that the module knows.
    type: str
  gpu_memory_gib:
    description:
      - Memory of the card in GiB, as C(nvidia-smi) shows it, for a card that the module does not know or that comes in several sizes.
    type: float
  gpus:
    description:
      - GPUs that share the model (C(--tensor-parallel-size)).
    type: int
    default: 1
  context:
    description:
      - Context in tokens (C(--max-model-len)). Without it the longest that the model knows.
    type: int
  sequences:
    description:
      - How many requests of the full context must fit at the same time. vLLM needs one to start.
    type: int
    default: 1
  gpu_memory_utilization:
    description:
      - Share of the card's memory that the engine takes.
    type: float
    default: 0.9
  dtype:
    description:
      - C(--dtype) of vLLM. With V(auto) it is the model's own, and 16 bits for a model stored in 32.
    type: str
    choices: [auto, float16, bfloat16, float32]
    default: auto
  kv_cache_dtype:
    description:
      - C(--kv-cache-dtype) of vLLM.
    type: str
    choices: [auto, float16, bfloat16, float32, fp8, fp8_e4m3, fp8_e5m2, fp8_per_token_head, int8_per_token_head, fp8_ds_mla]
    default: auto
  quantization:
    description:
      - C(--quantization) of vLLM for a model that is not quantised. How a quantised model is stored, its C(config.json) says.
    type: str
    choices: [fp8]
  max_num_seqs:
    description:
      - C(--max-num-seqs) of vLLM. Without it what vLLM chooses for the card.
    type: int
  max_num_batched_tokens:
    description:
      - C(--max-num-batched-tokens) of vLLM. Without it what vLLM chooses for the card.
    type: int
  enforce_eager:
    description:
      - Whether vLLM is started with C(--enforce-eager), which records no CUDA graphs.
    type: bool
    default: false
  embeds:
    description:
      - Whether the engine only embeds, and samples nothing.
    type: bool
    default: false
  must_fit:
    description:
      - Fail when the model does not fit.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: See what a model needs before a card is rented
  inference.platform.model_fit:
    repository: Qwen/Qwen2.5-Coder-7B-Instruct-AWQ
    gpu: RTX 4090
    context: 16384
  delegate_to: localhost
  register: needs

- name: Refuse a model that does not fit two cards
  inference.platform.model_fit:
    path: ~/models/Llama-3.3-70B-Instruct
    gpu: H100 SXM
    gpus: 2
    context: 32768
    sequences: 4
    must_fit: true
  delegate_to: localhost

- name: Ask without the model's files
  inference.platform.model_fit:
    config:
      model_type: llama
      num_hidden_layers: 32
      hidden_size: 4096
      num_attention_heads: 32
      num_key_value_heads: 8
      intermediate_size: 14336
      vocab_size: 128256
      torch_dtype: bfloat16
      max_position_embeddings: 131072
    gpu_memory_gib: 24
  delegate_to: localhost
"""

RETURN = r"""
fit:
  description: What was computed. Sizes are bytes.
  returned: success
  type: dict
  contains:
    fits:
      description: Whether the model fits with all estimates.
      type: bool
    impossible:
      description:
        - Whether it cannot fit even with estimates of nothing, or cannot be divided among so many GPUs.
      type: bool
    summary:
      description: The answer in one sentence, with what would fit instead.
      type: str
    reasons:
      description: Why it does not fit.
      type: list
      elements: str
    notes:
      description: What was not counted, or counted roughly.
      type: list
      elements: str
    gpu:
      description: The card (C(name), C(count), C(usable_bytes)) and what of each the engine may take (C(budget_bytes)).
      type: dict
    weights:
      description:
        - C(bytes) of all, C(bytes_per_gpu), C(bytes_on_disk), C(parameters), C(by_dtype) where the files were read, C(quantization) and
          C(source) of the numbers.
      type: dict
    kv_cache:
      description:
        - On each GPU, C(bytes_per_token), C(bytes_per_sequence) of the context, C(bytes_needed), C(bytes_available), and
          C(concurrent_sequences) of the context that fit.
      type: dict
    estimates:
      description: On each GPU, C(activation_bytes), C(cuda_graph_bytes) and C(other_bytes).
      type: dict
    context:
      description: The context in tokens that was computed with.
      type: int
    longest_context:
      description: The longest context that fits, at most that of the model; 0 when none does.
      type: int
    smallest_gpu:
      description: The smallest card in the table of which C(count) would fit the model; empty when there is none.
      type: str
    gpus_needed:
      description: How many of these cards fit the model, out of 1, 2, 4, 8 and 16; 0 when none of these numbers does.
      type: int
    host:
      description: What the machine must have, C(memory_bytes), C(shared_memory_bytes) in C(/dev/shm), and C(disk_bytes).
      type: dict
  sample:
    fits: true
    impossible: false
    summary: >-
      It fits RTX 4090: weights 5.19 GiB on each, and 16.35 sequences of 16384 tokens in the KV cache; the longest context is 32768.
    context: 16384
    longest_context: 32768
    smallest_gpu: RTX 4070
    gpus_needed: 1
"""

import pathlib
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.inference.platform.plugins.module_utils.fit import report, sources
from ansible_collections.inference.platform.plugins.module_utils.fit.errors import FitError
from ansible_collections.inference.platform.plugins.module_utils.fit.gpus import Gpu, gpu_of
from ansible_collections.inference.platform.plugins.module_utils.fit.hub import Hub
from ansible_collections.inference.platform.plugins.module_utils.fit.image import image_named
from ansible_collections.inference.platform.plugins.module_utils.fit.kv_cache import KV_DTYPES
from ansible_collections.inference.platform.plugins.module_utils.fit.safetensors import Stored
from ansible_collections.inference.platform.plugins.module_utils.fit.verdict import Model, Serving, judge

SOURCES = ["path", "repository", "image", "config"]
ARGUMENTS: dict[str, t.Any] = {
    "path": {"type": "path"},
    "repository": {"type": "str"},
    "image": {"type": "str"},
    "config": {"type": "dict"},
    "layout": {"type": "path"},
    "folder": {"type": "str"},
    "endpoint": {"type": "str", "default": "https://huggingface.co"},
    "revision": {"type": "str", "default": "main"},
    "token_file": {"type": "path", "no_log": False},
    "cache": {"type": "path", "default": "~/.cache/huggingface"},
    "weights_bytes": {"type": "int"},
    "gpu": {"type": "str"},
    "gpu_memory_gib": {"type": "float"},
    "gpus": {"type": "int", "default": 1},
    "context": {"type": "int"},
    "sequences": {"type": "int", "default": 1},
    "gpu_memory_utilization": {"type": "float", "default": 0.9},
    "dtype": {"type": "str", "choices": ["auto", "float16", "bfloat16", "float32"], "default": "auto"},
    "kv_cache_dtype": {"type": "str", "choices": list(KV_DTYPES), "default": "auto"},
    "quantization": {"type": "str", "choices": ["fp8"]},
    "max_num_seqs": {"type": "int"},
    "max_num_batched_tokens": {"type": "int"},
    "enforce_eager": {"type": "bool", "default": False},
    "embeds": {"type": "bool", "default": False},
    "must_fit": {"type": "bool", "default": False},
}


def read_model(params: dict[str, t.Any]) -> Model:
    """The model that the task names. Raises FitError."""
    if params["config"] is not None:
        model = Model(params["config"])
    elif params["path"]:
        model = sources.load(sources.Folder(pathlib.Path(params["path"])))
    elif params["image"]:
        model = sources.load(
            image_named(pathlib.Path(params["layout"]), params["image"], params["folder"]), in_image=True
        )
    else:
        model = _from_hub(params)
    if params["weights_bytes"]:
        return Model(model.config, Stored(total=params["weights_bytes"], source="given"), model.in_image)
    return model


def _from_hub(params: dict[str, t.Any]) -> Model:
    cached = sources.hub_cache(params["repository"], params["cache"], params["revision"])
    if cached:
        return sources.load(cached)
    token = _token(params["token_file"]) if params["token_file"] else ""
    # The index' sum is enough; headers of a hundred files are a hundred requests.
    hub = Hub(params["endpoint"], params["repository"], params["revision"], token)
    return sources.load(hub, headers=False)


def _token(path: str) -> str:
    try:
        return pathlib.Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise FitError(f"token_file {path} cannot be read: {error.strerror}.") from error


def serving(params: dict[str, t.Any]) -> Serving:
    """How the model is to be served. Raises FitError for a number that cannot be."""
    if not 0 < params["gpu_memory_utilization"] <= 1:
        raise FitError(
            f"gpu_memory_utilization is {params['gpu_memory_utilization']:g}; it is a share, above 0 and at most 1."
        )
    for name in ("gpus", "sequences"):
        if params[name] < 1:
            raise FitError(f"{name} is {params[name]}; it must be at least 1.")
    return Serving(
        gpus=params["gpus"],
        context=params["context"] or 0,
        sequences=params["sequences"],
        utilisation=params["gpu_memory_utilization"],
        dtype=params["dtype"],
        kv_dtype=params["kv_cache_dtype"],
        quantise=params["quantization"] or "",
        max_sequences=params["max_num_seqs"] or 0,
        max_tokens=params["max_num_batched_tokens"] or 0,
        eager=params["enforce_eager"],
        samples=not params["embeds"],
    )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
        mutually_exclusive=[SOURCES],
        required_one_of=[SOURCES, ["gpu", "gpu_memory_gib"]],
        required_by={"image": ["layout", "folder"]},
    )
    try:
        wanted = serving(module.params)
        card: Gpu = gpu_of(module.params["gpu"] or "", module.params["gpu_memory_gib"] or 0.0)
        fit = report.as_data(judge(read_model(module.params), wanted, card), wanted, card)
    except FitError as error:
        module.fail_json(msg=str(error))
    if module.params["must_fit"] and not fit["fits"]:
        module.fail_json(msg=fit["summary"], fit=fit)
    module.exit_json(changed=False, fit=fit)


if __name__ == "__main__":
    main()
