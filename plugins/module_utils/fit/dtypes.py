# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sizes of the number formats that config.json, safetensors headers and vLLM name."""

from __future__ import annotations

from .errors import FitError

# Bits of an element. Names of safetensors headers (safetensors' format description) and of torch.
_BITS: dict[str, int] = {
    "f64": 64,
    "i64": 64,
    "u64": 64,
    "f32": 32,
    "i32": 32,
    "u32": 32,
    "float32": 32,
    "float": 32,
    "f16": 16,
    "bf16": 16,
    "i16": 16,
    "u16": 16,
    "float16": 16,
    "half": 16,
    "bfloat16": 16,
    "f8_e4m3": 8,
    "f8_e5m2": 8,
    "f8_e8m0": 8,
    "float8_e4m3fn": 8,
    "float8_e5m2": 8,
    "i8": 8,
    "u8": 8,
    "int8": 8,
    "uint8": 8,
    "bool": 8,
    "f6_e2m3": 6,
    "f6_e3m2": 6,
    "f4": 4,
}
# What vLLM converts to the type it serves in (--dtype); everything else stays as it is stored.
PLAIN = frozenset({"f32", "f16", "bf16"})


def bits_of(name: str) -> int:
    """Bits of one element. Raises FitError for a name that nobody knows."""
    found = _BITS.get(name.lower().removeprefix("torch."))
    if found is None:
        raise FitError(f"{name!r} is no number format that is known here; known are {', '.join(sorted(_BITS))}.")
    return found


def bytes_of(name: str, count: int) -> int:
    """Bytes of count elements, rounded up."""
    return -(-count * bits_of(name) // 8)


def served_dtype(stored: str, wanted: str = "auto") -> str:
    """The type that vLLM computes in: --dtype, or with auto the model's own, where float32 becomes 16 bits.

    Source: vLLM 0.32, vllm/config/model.py, _resolve_auto_dtype.
    """
    chosen = (stored if wanted == "auto" else wanted).removeprefix("torch.")
    return "bfloat16" if wanted == "auto" and bits_of(chosen) == 32 else chosen


__all__ = ("PLAIN", "bits_of", "bytes_of", "served_dtype")
