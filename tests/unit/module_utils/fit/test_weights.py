# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bytes of weights: quantisation, files, and what each of several GPUs holds."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.fit.architecture import architecture
from ansible_collections.inference.platform.plugins.module_utils.fit.divide import division_errors
from ansible_collections.inference.platform.plugins.module_utils.fit.errors import FitError
from ansible_collections.inference.platform.plugins.module_utils.fit.quantisation import Quantisation, quantisation
from ansible_collections.inference.platform.plugins.module_utils.fit.safetensors import Stored, Tensor
from ansible_collections.inference.platform.plugins.module_utils.fit.weights import Weights, weights

from . import published

Config = dict[str, t.Any]


def found(
    config: Config, stored: Stored | None = None, *, dtype: str = "bfloat16", gpus: int = 1, **more: str
) -> Weights:
    """Weights of a model, as files say or counted."""
    return weights(architecture(config), config, stored or Stored(), dtype=dtype, gpus=gpus, **more)


def with_method(config: Config, **method: t.Any) -> Config:
    """The same model, quantised."""
    return {**config, "quantization_config": method}


@pytest.mark.parametrize(
    ("method", "wanted"),
    [
        # 4096 x 4096: numbers, scales of 32 groups (of 128) for 4096 columns, zero points, group numbers of rows.
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, 8388608 + 32 * 4096 * 2 + 32 * 4096 // 2),
        ({"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": False}, 8388608 + 32 * 4096 * 2),
        ({"quant_method": "gptq", "bits": 4, "group_size": 128}, 8388608 + 32 * 4096 * 2 + 32 * 4096 // 2 + 4096 * 4),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, 16777216 + 4096 * 2 + 4096 + 4096 * 4),
        ({"quant_method": "fp8"}, 16777216 + 4096 * 4),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, 16777216 + 32 * 32 * 4),
        ({"quant_method": "mxfp4"}, 8388608 + 128 * 4096),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, 8388608 + 256 * 4096),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, 16777216 + 4096 * 4),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, 8388608 + 64 * 4096 * 4),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 4, "strategy": "group", "group_size": 128}}},
            },
            8388608 + 32 * 4096 * 2,
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 8, "type": "int", "strategy": "channel"}}},
            },
            16777216 + 4096 * 2,
        ),
    ],
)
def test_a_quantised_matrix_counts_its_scales_zero_points_and_indexes(method: Config, wanted: int) -> None:
    read = quantisation({"quantization_config": method})
    assert isinstance(read, Quantisation)
    assert read.matrix_bytes(4096, 4096) == wanted


def test_embeddings_norms_and_the_output_layer_are_not_quantised() -> None:
    plain = found(published.LLAMA_31_8B.config)
    awq = found(with_method(published.LLAMA_31_8B.config, quant_method="awq", bits=4, group_size=128))
    tables = 2 * 128256 * 4096 * 2
    assert awq.bytes > tables + (plain.bytes - tables) // 4
    assert awq.bytes < tables + (plain.bytes - tables) * 0.28


def test_an_unknown_quantisation_is_refused_unless_files_were_measured() -> None:
    config = with_method(published.LLAMA_31_8B.config, quant_method="squeeze")
    with pytest.raises(FitError, match=r"'squeeze', which is not known here .*safetensors files or weights_bytes"):
        found(config)
    assert found(config, Stored(total=5_000_000_000, source="given")).bytes == 5_000_000_000


def test_fp8_on_the_fly_halves_a_model_that_is_stored_in_16_bits() -> None:
    stored = Stored(total=published.LLAMA_31_8B.weights, source="safetensors index")
    assert found(published.LLAMA_31_8B.config, stored).bytes == published.LLAMA_31_8B.weights
    quantised = found(published.LLAMA_31_8B.config, stored, quantise="fp8")
    assert quantised.bytes / published.LLAMA_31_8B.weights == pytest.approx(0.565, abs=0.01)
    assert quantised.quantisation == "fp8"


def test_a_model_stored_in_32_bits_is_served_in_16() -> None:
    config = {**published.LLAMA_32_1B.config, "torch_dtype": "float32"}
    stored = Stored(total=4 * published.LLAMA_32_1B.parameters, source="safetensors index")
    assert found(config, stored).bytes == 2 * published.LLAMA_32_1B.parameters


def test_headers_are_summed_by_format_without_what_is_not_loaded() -> None:
    config = {**published.LLAMA_32_1B.config, "num_hidden_layers": 2}
    tensors = (
        Tensor("model.embed_tokens.weight", "BF16", 2000),
        Tensor("model.layers.0.mlp.up_proj.weight", "F32", 400),
        Tensor("model.layers.1.mlp.up_proj.weight", "I32", 100),
        # Multi-token prediction, and an output layer that is the table of embeddings.
        Tensor("model.layers.2.mlp.up_proj.weight", "BF16", 50),
        Tensor("lm_head.weight", "BF16", 2000),
    )
    kept = found(config, Stored(4550, tensors, "safetensors headers"))
    assert kept.by_dtype == {"bfloat16": 2200, "I32": 100}
    assert (kept.bytes, kept.on_disk, kept.source) == (2300, 4550, "safetensors headers")


def test_scales_of_32_bits_stay_so_in_a_quantised_model() -> None:
    config = with_method(published.LLAMA_32_1B.config, quant_method="fp8")
    tensors = (Tensor("a", "F8_E4M3", 1000), Tensor("a.weight_scale", "F32", 40))
    assert found(config, Stored(1040, tensors, "safetensors headers")).by_dtype == {"F8_E4M3": 1000, "F32": 40}


def test_gpus_share_the_weights_but_norms_routers_and_copied_kv_heads() -> None:
    whole = found(published.QWEN25_7B.config)
    two, seven = found(published.QWEN25_7B.config, gpus=2), found(published.QWEN25_7B.config, gpus=7)
    assert whole.bytes_per_gpu == whole.bytes
    assert whole.bytes / 2 < two.bytes_per_gpu < whole.bytes / 2 * 1.001
    # Seven GPUs and four KV heads: each holds one head where it would hold 4/7 of one.
    assert seven.bytes_per_gpu > whole.bytes / 7 * 1.005


def test_a_latent_model_copies_the_compressions_to_every_gpu() -> None:
    config = published.DEEPSEEK_V2_LITE.config
    compressions = 27 * 2048 * (512 + 64) * 2
    one, four = found(config), found(config, gpus=4)
    assert four.bytes_per_gpu > (one.bytes - compressions) / 4 + compressions


def test_an_unknown_family_is_counted_like_llama_and_says_so() -> None:
    unknown = found({**published.LLAMA_31_8B.config, "model_type": "newcomer"})
    assert unknown.parameters == published.LLAMA_31_8B.parameters
    assert "The family newcomer is not known here" in unknown.notes[0]


def test_more_than_a_language_model_is_said_not_to_be_counted() -> None:
    config = {"model_type": "llava", "text_config": published.LLAMA_31_8B.config, "vision_config": {}}
    kept = found(config)
    assert kept.parameters == published.LLAMA_31_8B.parameters
    assert "was not counted" in kept.notes[0]
    assert found(config, Stored(total=17_000_000_000, source="safetensors index")).notes == ()


@pytest.mark.parametrize(("key", "value"), [("num_hidden_layers", None), ("vocab_size", "many"), ("hidden_size", 0)])
def test_a_config_without_what_memory_depends_on_is_refused_by_key(key: str, value: t.Any) -> None:
    with pytest.raises(FitError, match=key):
        architecture({**published.LLAMA_31_8B.config, key: value})


def test_heads_must_be_divisible_by_the_number_of_gpus() -> None:
    errors = division_errors(architecture(published.QWEN25_7B.config), published.QWEN25_7B.config, 8)
    assert errors == ["28 attention heads cannot be divided among 8 GPUs; take 1, 2, 4, 7, 14 of them."]


def test_groups_of_quantised_weights_must_not_be_torn() -> None:
    # Qwen3-30B-A3B-FP8: experts of width 768 in blocks of 128 cannot be divided by 4, which vLLM refuses.
    config = with_method(published.QWEN3_30B_A3B.config, quant_method="fp8", weight_block_size=[128, 128])
    a = architecture(config)
    assert division_errors(a, config, 2) == []
    assert "768 / 4 / 128 = 1.5" in division_errors(a, config, 4)[0]
    assert division_errors(architecture(published.QWEN3_30B_A3B.config), published.QWEN3_30B_A3B.config, 4) == []
