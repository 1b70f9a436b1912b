# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What of a model's config.json decides how much memory it needs.

Follows vLLM 0.32: vllm/transformers_utils/model_arch_config_convertor.py (head size, KV heads, experts, MLA), and
transformers' configuration classes for which layer attends how far.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import FitError
from .layers import LayerKinds, layer_kinds

Config = t.Mapping[str, t.Any]

_KV_HEADS = ("n_head_kv", "num_kv_heads", "num_key_value_heads", "multi_query_group_num", "num_attention_groups")
_EXPERTS = ("num_experts", "moe_num_experts", "n_routed_experts", "num_local_experts")
_ACTIVE = ("num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk", "top_k_experts")
_CONTEXT = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "model_max_length")
_LATENT = ("deepseek", "kimi", "glm4_moe_lite", "glm_moe_dsa", "longcat", "pangu_ultra", "axk1")


@dataclasses.dataclass(frozen=True)
class Latent:
    """Multi-head latent attention: widths of the compressed query (0: none) and key/value, and of the parts of a head."""

    query: int
    key_value: int
    rope: int
    nope: int
    value: int


@dataclasses.dataclass(frozen=True)
class Experts:
    """Mixture of experts.

    Attributes:
        count: routed experts of a layer.
        active: those that a token goes through.
        width: width of a routed expert.
        shared_width: width of all shared experts of a layer together, 0 without.
        dense_layers: layers that have an ordinary MLP instead.

    """

    count: int
    active: int
    width: int
    shared_width: int
    dense_layers: int


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A decoder, as far as memory goes. Widths are numbers of elements.

    Attributes:
        model_type: as in config.json.
        layers, hidden, vocabulary: number of layers, width of the model, entries of the vocabulary.
        heads, kv_heads, head_dim: of attention; head_dim need not be hidden / heads.
        intermediate: width of an ordinary MLP.
        tied: the output layer uses the table of the embeddings.
        dtype: number format of config.json.
        context: the longest context that the model knows, 0 when config.json does not say.
        kinds: which layers attend to everything, to a window, or keep a state.
        latent, experts: None for ordinary attention and MLPs.
        multimodal: there is more than the language model, which config.json does not describe well enough to count.

    """

    model_type: str
    layers: int
    hidden: int
    vocabulary: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    tied: bool
    dtype: str
    context: int
    kinds: LayerKinds
    latent: Latent | None
    experts: Experts | None
    multimodal: bool


def architecture(config: Config) -> Architecture:
    """Reads config.json.

    Raises:
        FitError: a key that memory depends on is absent or no number.

    """
    text = _text_config(config)
    heads = _number(text, "num_attention_heads", "n_head", "n_heads", "num_heads")
    hidden = _number(text, "hidden_size", "n_embd", "d_model")
    layers = _number(text, "num_hidden_layers", "n_layer", "n_layers", "num_layers")
    model_type = str(text.get("model_type") or config.get("model_type") or "")
    return Architecture(
        model_type=model_type,
        layers=layers,
        hidden=hidden,
        vocabulary=_number(text, "vocab_size"),
        heads=heads,
        kv_heads=_kv_heads(text, heads),
        head_dim=int(text.get("head_dim") or text.get("hidden_size_per_head") or hidden // heads),
        intermediate=int(_first(text, ("intermediate_size", "ffn_dim", "n_inner"), 4 * hidden) or 4 * hidden),
        tied=_tied(text, config, model_type),
        dtype=_dtype(config, text),
        context=int(_first(text, _CONTEXT, 0) or 0),
        kinds=layer_kinds(text, layers, model_type),
        latent=_latent(text, model_type),
        experts=_experts(text, layers),
        multimodal=text is not config,
    )


def _text_config(config: Config) -> Config:
    for key in ("text_config", "llm_config", "language_config"):
        nested = config.get(key)
        if isinstance(nested, dict):
            return nested
    return config


def _first(config: Config, names: t.Iterable[str], default: t.Any = None) -> t.Any:
    return next((config[name] for name in names if config.get(name) is not None), default)


def _number(config: Config, *names: str) -> int:
    value = _first(config, names)
    if value is None:
        raise FitError(
            f"config.json has no {names[0]}, without which memory cannot be computed; is it the model's own (of a decoder, not of an adapter)?"
        )
    if not isinstance(value, int) or value < 1:
        raise FitError(f"config.json says {names[0]} is {value!r}, which is no number of at least 1.")
    return value


def _kv_heads(text: Config, heads: int) -> int:
    # Falcon's first models share one head without saying how many there are.
    if text.get("multi_query") is True and not text.get("new_decoder_architecture"):
        return 1
    return int(_first(text, _KV_HEADS, heads))


def _tied(text: Config, config: Config, model_type: str) -> bool:
    given = text.get("tie_word_embeddings", config.get("tie_word_embeddings"))
    # Families whose configuration classes tie them unless told otherwise.
    return bool(given) if given is not None else model_type.startswith(("gemma", "falcon", "gpt2"))


def _dtype(config: Config, text: Config) -> str:
    names = ("torch_dtype", "dtype")
    return str(_first(config, names) or _first(text, names) or "float32").removeprefix("torch.")


def _latent(text: Config, model_type: str) -> Latent | None:
    if text.get("kv_lora_rank") is None or not model_type.startswith(_LATENT):
        return None
    return Latent(
        query=int(text.get("q_lora_rank") or 0),
        key_value=int(text["kv_lora_rank"]),
        rope=int(text.get("qk_rope_head_dim") or 0),
        nope=int(text.get("qk_nope_head_dim") or 0),
        value=int(text.get("v_head_dim") or 0),
    )


def _experts(text: Config, layers: int) -> Experts | None:
    count = int(_first(text, _EXPERTS, 0) or 0)
    if not count:
        return None
    width = int(_first(text, ("moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size"), 0) or 0)
    shared = int(text.get("shared_expert_intermediate_size") or 0)
    shared = shared or width * int(text.get("n_shared_experts") or text.get("num_shared_experts") or 0)
    active = int(_first(text, _ACTIVE, 1) or 1)
    return Experts(count, active, width, shared, _dense_layers(text, layers))


def _dense_layers(text: Config, layers: int) -> int:
    if "first_k_dense_replace" in text:
        return min(layers, int(text["first_k_dense_replace"]))
    step = int(text.get("decoder_sparse_step") or text.get("moe_layer_freq") or 1)
    named = set(text.get("mlp_only_layers") or [])
    return sum(1 for number in range(layers) if number in named or (number + 1) % step)


__all__ = ("Architecture", "Config", "Experts", "Latent", "architecture")
