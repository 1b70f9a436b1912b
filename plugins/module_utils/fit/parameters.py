# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Counts a model's parameters from config.json alone, part by part.

The shapes are those of the modelling files of transformers for the families in C(KNOWN); other families are counted as if
they were built like Llama, and the estimate says so.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .architecture import Architecture, Experts, Latent

# Families whose parts are counted exactly.
KNOWN = frozenset(
    {
        "deepseek_v2",
        "deepseek_v3",
        "gemma2",
        "gemma3_text",
        "gpt_oss",
        "kimi_k2",
        "llama",
        "mistral",
        "mixtral",
        "phi3",
        "qwen2",
        "qwen2_moe",
        "qwen3",
        "qwen3_moe",
    }
)
# Families whose MLP has two matrices and not three.
_PLAIN_MLP = frozenset(
    {"bloom", "falcon", "gpt2", "gpt_bigcode", "gpt_neox", "gptj", "mpt", "nemotron", "opt", "phi", "starcoder2"}
)
Split = t.Literal["split", "kv", "whole"]


@dataclasses.dataclass(frozen=True)
class Part:
    """Matrices (or, with one row, vectors) of one kind.

    Attributes:
        name: what they are.
        rows, columns: inputs and outputs of one.
        copies: how many there are in the model.
        split: how GPUs share one: C(split) evenly, C(kv) by KV heads (copied when there are fewer heads than GPUs), or
            each GPU has it C(whole).
        quantised: whether quantisation touches it: C(linear), C(expert), C(head) or C(never).

    """

    name: str
    rows: int
    columns: int
    copies: int
    split: Split = "split"
    quantised: t.Literal["linear", "expert", "head", "never"] = "linear"

    @property
    def count(self) -> int:
        return self.rows * self.columns * self.copies


def parts(a: Architecture, config: t.Mapping[str, t.Any]) -> list[Part]:
    """Every parameter of the language model."""
    found = [Part("embeddings", a.vocabulary, a.hidden, 1, quantised="never")]
    if not a.tied:
        found.append(Part("output layer", a.hidden, a.vocabulary, 1, quantised="head"))
    norms = 4 if a.model_type.startswith(("gemma2", "gemma3")) else 2
    found.append(Part("norms", 1, a.hidden, norms * a.layers + 1, "whole", "never"))
    found += _latent_attention(a, a.latent) if a.latent else _attention(a, config)
    dense = a.layers
    if a.experts:
        dense = a.experts.dense_layers
        found += _mixture(a, a.experts)
    if dense:
        found += _mlp(a, dense)
    return [part for part in found if part.count]


def _attention(a: Architecture, config: t.Mapping[str, t.Any]) -> list[Part]:
    queries, keys = a.heads * a.head_dim, a.kv_heads * a.head_dim
    found = [
        Part("queries", a.hidden, queries, a.layers),
        Part("keys and values", a.hidden, keys, 2 * a.layers, "kv"),
        Part("attention output", queries, a.hidden, a.layers),
    ]
    if a.model_type.startswith("qwen2") or a.model_type == "gpt_oss" or config.get("attention_bias"):
        found.append(Part("attention bias", 1, queries, a.layers, quantised="never"))
        found.append(Part("key and value bias", 1, keys, 2 * a.layers, "kv", "never"))
    if a.model_type == "gpt_oss" or (config.get("attention_bias") and not a.model_type.startswith("qwen2")):
        found.append(Part("attention output bias", 1, a.hidden, a.layers, "whole", "never"))
    if a.model_type == "gpt_oss":
        found.append(Part("attention sinks", 1, a.heads, a.layers, quantised="never"))
    if a.model_type.startswith(("qwen3", "gemma3")):
        found.append(Part("query and key norms", 1, a.head_dim, 2 * a.layers, "whole", "never"))
    return found


def _latent_attention(a: Architecture, latent: Latent) -> list[Part]:
    head = latent.nope + latent.rope
    queries = (
        [
            Part("query compression", a.hidden, latent.query, a.layers, "whole"),
            Part("query norm", 1, latent.query, a.layers, "whole", "never"),
            Part("queries", latent.query, a.heads * head, a.layers),
        ]
        if latent.query
        else [Part("queries", a.hidden, a.heads * head, a.layers)]
    )
    return [
        *queries,
        Part("key and value compression", a.hidden, latent.key_value + latent.rope, a.layers, "whole"),
        Part("key and value norm", 1, latent.key_value, a.layers, "whole", "never"),
        Part("keys and values", latent.key_value, a.heads * (latent.nope + latent.value), a.layers),
        Part("attention output", a.heads * latent.value, a.hidden, a.layers),
    ]


def _mlp(a: Architecture, layers: int) -> list[Part]:
    up = 1 if a.model_type in _PLAIN_MLP else 2
    return [
        Part("MLP in", a.hidden, a.intermediate, up * layers),
        Part("MLP out", a.intermediate, a.hidden, layers),
    ]


def _mixture(a: Architecture, experts: Experts) -> list[Part]:
    layers = a.layers - experts.dense_layers
    found = [
        Part("router", a.hidden, experts.count, layers, "whole", "never"),
        Part("experts in", a.hidden, experts.width, 2 * experts.count * layers, quantised="expert"),
        Part("experts out", experts.width, a.hidden, experts.count * layers, quantised="expert"),
    ]
    if experts.shared_width:
        found += [
            Part("shared expert in", a.hidden, experts.shared_width, 2 * layers),
            Part("shared expert out", experts.shared_width, a.hidden, layers),
        ]
    if a.model_type == "qwen2_moe":
        found.append(Part("shared expert gate", a.hidden, 1, layers, "whole", "never"))
    if a.model_type in ("deepseek_v3", "kimi_k2"):
        found.append(Part("router bias", 1, experts.count, layers, "whole", "never"))
    if a.model_type == "gpt_oss":
        found += [
            Part("router bias", 1, experts.count, layers, "whole", "never"),
            Part("experts in bias", 1, experts.width, 2 * experts.count * layers, quantised="never"),
            Part("experts out bias", 1, a.hidden, experts.count * layers, "whole", "never"),
        ]
    return found


__all__ = ("KNOWN", "Part", "Split", "parts")
