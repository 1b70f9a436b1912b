# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bytes of a model's weights: as the files say, or counted from config.json; in all, and on each of several GPUs."""

from __future__ import annotations

import dataclasses
import typing as t

from . import dtypes
from .architecture import Architecture
from .errors import FitError
from .parameters import KNOWN, Part, parts
from .quantisation import Quantisation, quantisation
from .safetensors import Stored

# vLLM pads the vocabulary to a multiple of this (vocab_parallel_embedding.DEFAULT_VOCAB_PADDING_SIZE).
_VOCABULARY_PADDING = 64


@dataclasses.dataclass(frozen=True)
class Weights:
    """Weights in memory.

    Attributes:
        bytes: of all GPUs together as if nothing were copied.
        bytes_per_gpu: of the GPU with the most.
        on_disk: bytes of the files, as far as known.
        parameters: how many, 0 when only bytes are known.
        by_dtype: bytes by number format, empty when only the sum is known.
        source: where the numbers come from: C(safetensors headers), C(safetensors index), C(given) or C(config.json).
        quantisation: method, empty without.
        notes: what a person should know about the numbers.

    """

    bytes: int
    bytes_per_gpu: int
    on_disk: int
    parameters: int
    by_dtype: dict[str, int]
    source: str
    quantisation: str
    notes: tuple[str, ...] = ()


def weights(
    a: Architecture,
    config: t.Mapping[str, t.Any],
    stored: Stored,
    *,
    dtype: str,
    gpus: int,
    quantise: str = "",
) -> Weights:
    """Weights as vLLM keeps them.

    Args:
        a: the architecture of the config.
        config: config.json.
        stored: what was read of the files; empty when nothing was.
        dtype: number format to serve in, as dtypes.served_dtype says.
        gpus: GPUs that share the model (tensor parallel size).
        quantise: --quantization of vLLM for a model that is not quantised; C(fp8) alone is known.

    Raises:
        FitError: without files, for a quantisation that is not known here.

    """
    all_parts = parts(a, config)
    method = _method(config, quantise, known=not stored.total)
    counted = [_part_bytes(part, method, dtype) for part in all_parts]
    total, source, by_dtype = _total(a, stored, method, dtype, sum(counted))
    share = sum(_on_one_gpu(part, size, a, gpus) for part, size in zip(all_parts, counted, strict=True))
    per_gpu = total if gpus == 1 else -(-total * share // max(1, sum(counted)))
    return Weights(
        bytes=total,
        bytes_per_gpu=per_gpu,
        on_disk=stored.total or total,
        parameters=sum(part.count for part in all_parts),
        by_dtype=by_dtype,
        source=source,
        quantisation=method.method if method else "",
        notes=_notes(a, stored),
    )


def _method(config: t.Mapping[str, t.Any], quantise: str, *, known: bool) -> Quantisation | None:

    try:
        found = quantisation(config)
    except FitError:
        if known:
            raise
        # The files are measured; the method only weighs how GPUs share them.
        return Quantisation("unknown", 8)
    if found is None and quantise == "fp8":
        return Quantisation("fp8", 8, scale_bits=32)
    return found


def _part_bytes(part: Part, method: Quantisation | None, dtype: str) -> int:
    if method is None or not _is_quantised(part, method):
        return dtypes.bytes_of(dtype, part.count)
    return method.matrix_bytes(part.rows, part.columns) * part.copies


def _is_quantised(part: Part, method: Quantisation) -> bool:
    if part.quantised == "expert":
        return True
    if part.quantised == "head":
        return method.head
    return part.quantised == "linear" and not method.experts_only


def _total(
    a: Architecture, stored: Stored, method: Quantisation | None, dtype: str, counted: int
) -> tuple[int, str, dict[str, int]]:
    if stored.tensors:
        by_dtype = stored.loaded(layers=a.layers, tied=a.tied)
        if method is None:
            by_dtype = _converted(by_dtype, dtype)
        elif method.method == "fp8" and not stored.quantised:
            return counted, "config.json", {}
        return sum(by_dtype.values()), "safetensors headers", by_dtype
    if stored.total and not (method and method.method == "fp8" and stored.total > 1.5 * counted):
        # The index has one sum. Models that are not quantised are served in another width than stored only from float32.
        scale = dtypes.bits_of(dtype) / dtypes.bits_of(a.dtype) if method is None else 1.0
        return round(stored.total * scale), stored.source, {}
    return counted, "config.json", {}


def _converted(by_dtype: dict[str, int], dtype: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, size in by_dtype.items():
        plain = name.lower() in dtypes.PLAIN
        key = dtype if plain else name
        found[key] = found.get(key, 0) + (size * dtypes.bits_of(dtype) // dtypes.bits_of(name) if plain else size)
    return found


def _on_one_gpu(part: Part, size: int, a: Architecture, gpus: int) -> int:
    if part.split == "whole" or gpus == 1:
        return size
    if part.split == "kv":
        return -(-size // min(gpus, a.kv_heads))
    if part.name in ("embeddings", "output layer"):
        padded = -(-a.vocabulary // _VOCABULARY_PADDING) * _VOCABULARY_PADDING
        return -(-size * padded // (a.vocabulary * gpus))
    return -(-size // gpus)


def _notes(a: Architecture, stored: Stored) -> tuple[str, ...]:
    notes = []
    if not stored.total and a.model_type not in KNOWN:
        notes.append(
            f"The family {a.model_type or '(without a name)'} is not known here; its weights were counted as if it were built like Llama. "
            "Give its safetensors files for the true number."
        )
    if not stored.total and a.multimodal:
        notes.append("The model has more than a language model (images, sound), which was not counted.")
    return tuple(notes)


__all__ = ("Weights", "weights")
