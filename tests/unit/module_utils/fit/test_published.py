# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic gives what was published of well-known models, and what vLLM logged for two of them."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.fit.architecture import architecture
from ansible_collections.inference.platform.plugins.module_utils.fit.dtypes import served_dtype
from ansible_collections.inference.platform.plugins.module_utils.fit.gpus import gpu_named
from ansible_collections.inference.platform.plugins.module_utils.fit.kv_cache import kv_cache
from ansible_collections.inference.platform.plugins.module_utils.fit.safetensors import Stored
from ansible_collections.inference.platform.plugins.module_utils.fit.verdict import Model, Serving, judge
from ansible_collections.inference.platform.plugins.module_utils.fit.weights import Weights, weights

from . import published
from .published import Published

GIB = 1024**3


def counted(model: Published) -> Weights:
    """Weights computed from config.json alone."""
    a = architecture(model.config)
    return weights(a, model.config, Stored(), dtype=served_dtype(a.dtype), gpus=1)


@pytest.mark.parametrize("model", published.ALL, ids=lambda model: model.name)
def test_parameters_and_bytes_are_the_published_ones_to_the_last(model: Published) -> None:
    found = counted(model)
    assert found.parameters == model.parameters
    if model.weights:
        assert found.bytes == model.weights
    assert found.source == "config.json"
    assert found.notes == ()


@pytest.mark.parametrize("model", [*published.ALL, published.DEEPSEEK_V3], ids=lambda model: model.name)
def test_a_token_of_the_kv_cache_takes_the_published_bytes(model: Published) -> None:
    a = architecture(model.config)
    cache = kv_cache(a, kv_dtype="auto", dtype=served_dtype(a.dtype), gpus=1, in_flight=4096)
    assert cache.token_bytes == model.kv_token


def test_deepseek_v3_has_671_billion_parameters_and_its_files_carry_a_layer_that_is_not_loaded() -> None:
    found = counted(published.DEEPSEEK_V3)
    assert found.parameters == pytest.approx(published.DEEPSEEK_V3.parameters, rel=1e-3)
    # The hub's numbers by format: BF16 3,918,786,560, F8_E4M3 680,571,043,840, F32 41,555,600; of these the layer for
    # multi-token prediction is 14 billion, and the table of embeddings and the output layer come twice.
    stored = 2 * 3918786560 + 680571043840 + 4 * 41555600
    assert 0.97 < found.bytes / stored < 0.99


def test_a_model_of_awq_is_as_large_as_its_two_files() -> None:
    # Files of Qwen2.5-7B-Instruct-1M-AWQ on the hub: 4.48 GB, and the output layer with 1.09 GB.
    awq = {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True, "version": "gemm"}
    config = {**published.QWEN25_7B.config, "torch_dtype": "float16", "quantization_config": awq}
    found = weights(architecture(config), config, Stored(), dtype="float16", gpus=1)
    assert found.bytes == pytest.approx(4.48e9 + 1.09e9, rel=1e-3)
    assert found.quantisation == "awq"


def test_the_room_for_the_kv_cache_is_near_what_vllm_measured_for_gpt_oss_on_an_a100() -> None:
    # vLLM 0.19 with --gpu-memory-utilization 0.65 --max-model-len 131072 on an A100 of 80 GB: "Available KV cache memory: 36.56 GiB".
    serving = Serving(context=131072, utilisation=0.65)
    found = judge(Model(published.GPT_OSS_20B.config), serving, gpu_named("A100 80GB"))
    assert found.sums.kv_available / GIB == pytest.approx(36.56, abs=1.0)
    assert found.fits


def test_the_room_for_the_kv_cache_is_below_what_vllm_measured_for_qwen3_on_24_gb() -> None:
    # vLLM with --gpu-memory-utilization 0.9764 --max-model-len 16384 on a card of 24 GB (LMCache issue 3430): "Available KV cache
    # memory: 6.37 GiB", "Estimated CUDA graph memory: 0.52 GiB".
    serving = Serving(context=16384, utilisation=0.9764)
    found = judge(Model(published.QWEN3_8B.config), serving, gpu_named("RTX 4090"))
    assert 6.37 - 0.75 < found.sums.kv_available / GIB < 6.37
    assert found.sums.graphs / GIB == pytest.approx(0.52, abs=0.1)
