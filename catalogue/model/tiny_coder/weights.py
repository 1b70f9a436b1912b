# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Random weights of a Qwen2 model as a safetensors file (format: a JSON header with offsets, then the tensors)."""

from __future__ import annotations

import json
import math
import random
import struct
import typing as t

Shape = tuple[int, ...]

EMBEDDING = "model.embed_tokens.weight"


def shapes(config: t.Mapping[str, t.Any]) -> dict[str, Shape]:
    """Name -> shape of every tensor of a Qwen2ForCausalLM with tied embeddings."""
    hidden, ffn = config["hidden_size"], config["intermediate_size"]
    head = hidden // config["num_attention_heads"]
    key = head * config["num_key_value_heads"]
    found: dict[str, Shape] = {EMBEDDING: (config["vocab_size"], hidden)}
    for layer in range(config["num_hidden_layers"]):
        of_layer: dict[str, Shape] = {
            "input_layernorm.weight": (hidden,),
            "mlp.down_proj.weight": (hidden, ffn),
            "mlp.gate_proj.weight": (ffn, hidden),
            "mlp.up_proj.weight": (ffn, hidden),
            "post_attention_layernorm.weight": (hidden,),
            "self_attn.k_proj.bias": (key,),
            "self_attn.k_proj.weight": (key, hidden),
            "self_attn.o_proj.weight": (hidden, hidden),
            "self_attn.q_proj.bias": (hidden,),
            "self_attn.q_proj.weight": (hidden, hidden),
            "self_attn.v_proj.bias": (key,),
            "self_attn.v_proj.weight": (key, hidden),
        }
        found |= {f"model.layers.{layer}.{name}": shape for name, shape in of_layer.items()}
    return found | {"model.norm.weight": (hidden,)}


def bfloat16(value: float) -> bytes:
    """The two bytes of the nearest bfloat16, ties to even."""
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return struct.pack("<H", (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)


def tensor(name: str, shape: Shape, quiet: int, rng: random.Random) -> bytes:
    """The bfloat16 values of one tensor: norms are one, biases zero, the rest is uniform.

    Embeddings, which are the output layer too, are small: every token is about as likely as any other. Other weights
    are large beside them, so that the most likely token is not just the one before. The last *quiet* tokens, those
    with a meaning of their own, have the smallest embeddings and never are the most likely one.
    """
    count = math.prod(shape)
    if name.endswith("norm.weight"):
        return bfloat16(1.0) * count
    if name.endswith(".bias"):
        return bfloat16(0.0) * count
    embedding = name == EMBEDDING
    reach = (0.02 if embedding else 0.2) * math.sqrt(3)
    loud = count - quiet * shape[-1] if embedding else count
    values = ((2 * rng.random() - 1) * reach * (1.0 if at < loud else 0.1) for at in range(count))
    return b"".join(map(bfloat16, values))


def safetensors(config: t.Mapping[str, t.Any], quiet: int, seed: int) -> bytes:
    """A safetensors file with every tensor that *config* asks for; *quiet*: see :func:`tensor`."""
    rng = random.Random(seed)
    header: dict[str, t.Any] = {"__metadata__": {"format": "pt"}}
    body = bytearray()
    for name, shape in shapes(config).items():
        values = tensor(name, shape, quiet, rng)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [len(body), len(body) + len(values)]}
        body += values
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + bytes(body)
