# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the KV cache grows: heads over GPUs, latents, windows, states, number formats."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.fit.architecture import architecture
from ansible_collections.inference.platform.plugins.module_utils.fit.errors import FitError
from ansible_collections.inference.platform.plugins.module_utils.fit.kv_cache import KvCache, kv_cache

from . import published


def cache(config: dict[str, t.Any], *, kv_dtype: str = "auto", gpus: int = 1, in_flight: int = 4096) -> KvCache:
    """The KV cache of a model served in 16 bits."""
    return kv_cache(architecture(config), kv_dtype=kv_dtype, dtype="bfloat16", gpus=gpus, in_flight=in_flight)


def test_kv_heads_are_divided_among_gpus_and_copied_when_they_are_fewer() -> None:
    config = published.QWEN25_7B.config
    assert [cache(config, gpus=gpus).token_bytes for gpus in (1, 2, 4, 28)] == [57344, 28672, 14336, 14336]


def test_a_latent_is_kept_whole_by_every_gpu() -> None:
    config = published.DEEPSEEK_V3.config
    assert cache(config, gpus=8).token_bytes == cache(config).token_bytes == 61 * (512 + 64) * 2


@pytest.mark.parametrize(
    ("kv_dtype", "wanted"),
    [
        ("auto", 131072),
        ("float32", 262144),
        ("fp8", 65536),
        ("fp8_e5m2", 65536),
        ("int8_per_token_head", 65536 + 32 * 8 * 8),
    ],
)
def test_the_number_format_of_the_cache_decides_its_size(kv_dtype: str, wanted: int) -> None:
    assert cache(published.LLAMA_31_8B.config, kv_dtype=kv_dtype).token_bytes == wanted


def test_the_format_of_flash_mla_takes_656_bytes_a_token_and_is_for_latents_alone() -> None:
    assert cache(published.DEEPSEEK_V3.config, kv_dtype="fp8_ds_mla").token_bytes == 61 * 656
    with pytest.raises(FitError, match="this one has none"):
        cache(published.LLAMA_31_8B.config, kv_dtype="fp8_ds_mla")
    with pytest.raises(FitError, match="'fp5' is not known here"):
        cache(published.LLAMA_31_8B.config, kv_dtype="fp5")


def test_a_sequence_takes_whole_blocks() -> None:
    one = cache(published.LLAMA_31_8B.config)
    assert one.sequence_bytes(1) == one.sequence_bytes(16) == 16 * 131072
    assert one.sequence_bytes(17) == 32 * 131072


def test_a_window_stops_growing_where_it_is_full() -> None:
    one = cache(published.MISTRAL_7B.config, in_flight=2048)
    # 4095 tokens of the window, 2048 under way, and a block because windows begin in the middle of one.
    assert one.sequence_bytes(32768) == one.sequence_bytes(16384) == (-(-(4095 + 2048) // 16) + 1) * 16 * 131072
    assert one.sequence_bytes(1024) == (1024 // 16 + 1) * 16 * 131072


def test_layers_of_two_kinds_share_one_pool_of_blocks() -> None:
    gemma = cache(published.GEMMA_2_9B.config, in_flight=2048)
    assert (gemma.full, gemma.windowed) == (21, 21)
    full, windowed = 8192 // 16, -(-(4095 + 2048) // 16) + 1
    assert gemma.sequence_bytes(8192) == (full + windowed) * 21 * 16 * gemma.layer_token_bytes


def test_uneven_kinds_are_padded_to_groups_of_equal_size() -> None:
    # Gemma 3 27B: 10 layers that see everything and 52 that see 1024 tokens make groups of 10, the last of which is padded.
    config = {
        "text_config": {
            **published.GEMMA_2_9B.config,
            "model_type": "gemma3_text",
            "num_hidden_layers": 62,
            "hidden_size": 5376,
            "num_attention_heads": 32,
            "num_key_value_heads": 16,
            "head_dim": 128,
            "sliding_window": 1024,
        }
    }
    gemma = cache(config, in_flight=2048)
    assert (gemma.full, gemma.windowed, gemma.window) == (10, 52, 1024)
    blocks = 32768 // 16 + 6 * (-(-(1023 + 2048) // 16) + 1)
    assert gemma.sequence_bytes(32768) == blocks * 10 * 16 * gemma.layer_token_bytes


def test_layers_with_a_state_take_the_same_for_every_context() -> None:
    # Qwen3-Next: every fourth of 48 layers attends, the others keep a state.
    config = {
        **published.QWEN3_30B_A3B.config,
        "model_type": "qwen3_next",
        "full_attention_interval": 4,
        "linear_num_key_heads": 16,
        "linear_num_value_heads": 32,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
        "linear_conv_kernel_dim": 4,
    }
    one = cache(config)
    state = (2 * 128 * 16 + 128 * 32) * 3 * 2 + 32 * 128 * 128 * 2
    assert (one.full, one.state_bytes) == (12, 36 * state)
    assert one.sequence_bytes(16) == 16 * 12 * one.layer_token_bytes + 36 * state


def test_the_longest_context_is_the_largest_of_which_all_sequences_fit() -> None:
    one = cache(published.LLAMA_31_8B.config)
    memory = 4 * one.sequence_bytes(10_000) + one.reserved_bytes
    longest = one.longest(memory, 4, 131072)
    assert longest == 10_000
    assert 4 * one.sequence_bytes(longest + 1) + one.reserved_bytes > memory
    assert one.longest(memory, 4, 5_000) == 5_000
    assert one.longest(1000, 1, 131072) == 0
    assert one.longest(-5, 1, 131072) == 0
