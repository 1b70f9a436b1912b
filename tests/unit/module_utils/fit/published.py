# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Facts that others published of well-known models, restated: what of config.json memory depends on, and the sizes.

Where the numbers come from:

* parameters: C(safetensors.total) of the model's page on the Hugging Face hub; for DeepSeek-V3 the model card (671B without the
  layer for multi-token prediction, 685B with it).
* weights: C(metadata.total_size) of model.safetensors.index.json, or the sum of the hub's parameters by number format.
* kv_token: bytes of a token in all layers of 16 bits, as model cards and papers give it, or as its terms multiply:
  2 x layers x KV heads x head width x 2 bytes; for multi-head latent attention (DeepSeek-V2 paper, table 1)
  layers x (latent + rotary width) x 2 bytes.
"""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Published:
    """A model; weights are 0 where only the parameters are published exactly."""

    name: str
    config: dict[str, t.Any]
    parameters: int
    weights: int
    kv_token: int


def _config(model_type: str, layers: int, hidden: int, heads: int, vocabulary: int, **more: t.Any) -> dict[str, t.Any]:
    return {
        "model_type": model_type,
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "num_attention_heads": heads,
        "vocab_size": vocabulary,
        "torch_dtype": "bfloat16",
        **more,
    }


LLAMA_2_7B = Published(
    "meta-llama/Llama-2-7b-hf",
    _config("llama", 32, 4096, 32, 32000, intermediate_size=11008, torch_dtype="float16", max_position_embeddings=4096),
    6738415616,
    13476831232,
    524288,
)
LLAMA_31_8B = Published(
    "meta-llama/Llama-3.1-8B-Instruct",
    _config(
        "llama",
        32,
        4096,
        32,
        128256,
        intermediate_size=14336,
        num_key_value_heads=8,
        max_position_embeddings=131072,
        tie_word_embeddings=False,
    ),
    8030261248,
    16060522496,
    131072,
)
LLAMA_32_1B = Published(
    "meta-llama/Llama-3.2-1B",
    _config(
        "llama",
        16,
        2048,
        32,
        128256,
        intermediate_size=8192,
        num_key_value_heads=8,
        head_dim=64,
        max_position_embeddings=131072,
        tie_word_embeddings=True,
    ),
    1235814400,
    0,
    32768,
)
LLAMA_33_70B = Published(
    "meta-llama/Llama-3.3-70B-Instruct",
    _config(
        "llama",
        80,
        8192,
        64,
        128256,
        intermediate_size=28672,
        num_key_value_heads=8,
        max_position_embeddings=131072,
        tie_word_embeddings=False,
    ),
    70553706496,
    141107412992,
    327680,
)
QWEN25_05B = Published(
    "Qwen/Qwen2.5-0.5B-Instruct",
    _config(
        "qwen2",
        24,
        896,
        14,
        151936,
        intermediate_size=4864,
        num_key_value_heads=2,
        max_position_embeddings=32768,
        sliding_window=32768,
        use_sliding_window=False,
        tie_word_embeddings=True,
    ),
    494032768,
    0,
    12288,
)
QWEN25_7B = Published(
    "Qwen/Qwen2.5-7B-Instruct",
    _config(
        "qwen2",
        28,
        3584,
        28,
        152064,
        intermediate_size=18944,
        num_key_value_heads=4,
        max_position_embeddings=32768,
        sliding_window=131072,
        use_sliding_window=False,
        max_window_layers=28,
        tie_word_embeddings=False,
    ),
    7615616512,
    15231233024,
    57344,
)
QWEN3_8B = Published(
    "Qwen/Qwen3-8B",
    _config(
        "qwen3",
        36,
        4096,
        32,
        151936,
        intermediate_size=12288,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=40960,
        tie_word_embeddings=False,
    ),
    8190735360,
    16381470720,
    147456,
)
QWEN3_30B_A3B = Published(
    "Qwen/Qwen3-30B-A3B",
    _config(
        "qwen3_moe",
        48,
        2048,
        32,
        151936,
        intermediate_size=6144,
        moe_intermediate_size=768,
        num_experts=128,
        num_experts_per_tok=8,
        decoder_sparse_step=1,
        mlp_only_layers=[],
        num_key_value_heads=4,
        head_dim=128,
        max_position_embeddings=40960,
        tie_word_embeddings=False,
    ),
    30532122624,
    61064245248,
    98304,
)
MISTRAL_7B = Published(
    "mistralai/Mistral-7B-v0.1",
    _config(
        "mistral",
        32,
        4096,
        32,
        32000,
        intermediate_size=14336,
        num_key_value_heads=8,
        max_position_embeddings=32768,
        sliding_window=4096,
        tie_word_embeddings=False,
    ),
    7241732096,
    14483464192,
    131072,
)
MIXTRAL_8X7B = Published(
    "mistralai/Mixtral-8x7B-v0.1",
    _config(
        "mixtral",
        32,
        4096,
        32,
        32000,
        intermediate_size=14336,
        num_key_value_heads=8,
        num_local_experts=8,
        num_experts_per_tok=2,
        max_position_embeddings=32768,
        sliding_window=None,
        tie_word_embeddings=False,
    ),
    46702792704,
    93405585408,
    131072,
)
GEMMA_2_9B = Published(
    "google/gemma-2-9b-it",
    _config(
        "gemma2",
        42,
        3584,
        16,
        256000,
        intermediate_size=14336,
        num_key_value_heads=8,
        head_dim=256,
        max_position_embeddings=8192,
        sliding_window=4096,
    ),
    9241705984,
    18483411968,
    344064,
)
PHI_3_MINI = Published(
    "microsoft/Phi-3-mini-4k-instruct",
    _config(
        "phi3",
        32,
        3072,
        32,
        32064,
        intermediate_size=8192,
        num_key_value_heads=32,
        max_position_embeddings=4096,
        sliding_window=2047,
        tie_word_embeddings=False,
    ),
    3821079552,
    0,
    393216,
)
DEEPSEEK_V2_LITE = Published(
    "deepseek-ai/DeepSeek-V2-Lite",
    _config(
        "deepseek_v2",
        27,
        2048,
        16,
        102400,
        intermediate_size=10944,
        moe_intermediate_size=1408,
        n_routed_experts=64,
        n_shared_experts=2,
        num_experts_per_tok=6,
        first_k_dense_replace=1,
        kv_lora_rank=512,
        q_lora_rank=None,
        qk_nope_head_dim=128,
        qk_rope_head_dim=64,
        v_head_dim=128,
        num_key_value_heads=16,
        max_position_embeddings=163840,
        tie_word_embeddings=False,
    ),
    15706484224,
    0,
    31104,
)
DEEPSEEK_V3 = Published(
    "deepseek-ai/DeepSeek-V3",
    _config(
        "deepseek_v3",
        61,
        7168,
        128,
        129280,
        intermediate_size=18432,
        moe_intermediate_size=2048,
        n_routed_experts=256,
        n_shared_experts=1,
        num_experts_per_tok=8,
        first_k_dense_replace=3,
        kv_lora_rank=512,
        q_lora_rank=1536,
        qk_nope_head_dim=128,
        qk_rope_head_dim=64,
        v_head_dim=128,
        num_key_value_heads=128,
        num_nextn_predict_layers=1,
        max_position_embeddings=163840,
        quantization_config={"quant_method": "fp8", "weight_block_size": [128, 128], "activation_scheme": "dynamic"},
        tie_word_embeddings=False,
    ),
    671_000_000_000,
    0,
    70272,
)
GPT_OSS_20B = Published(
    "openai/gpt-oss-20b",
    _config(
        "gpt_oss",
        24,
        2880,
        64,
        201088,
        intermediate_size=2880,
        num_key_value_heads=8,
        head_dim=64,
        num_local_experts=32,
        num_experts_per_tok=4,
        attention_bias=True,
        max_position_embeddings=131072,
        sliding_window=128,
        quantization_config={"quant_method": "mxfp4"},
        tie_word_embeddings=False,
    ),
    20914757184,
    # 1,804,459,584 numbers of 16 bits, and 19,110,297,600 of 4 bits with a scale of 8 bits for 32 of them.
    13761264768,
    49152,
)

ALL = (
    LLAMA_2_7B,
    LLAMA_31_8B,
    LLAMA_32_1B,
    LLAMA_33_70B,
    QWEN25_05B,
    QWEN25_7B,
    QWEN3_8B,
    QWEN3_30B_A3B,
    MISTRAL_7B,
    MIXTRAL_8X7B,
    GEMMA_2_9B,
    PHI_3_MINI,
    DEEPSEEK_V2_LITE,
    GPT_OSS_20B,
)
