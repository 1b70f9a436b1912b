# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A verdict as plain data: bytes as whole numbers, and one sentence for a person."""

from __future__ import annotations

import math
import typing as t

from .gpus import Gpu
from .verdict import Serving, Verdict
from .working import GIB


def as_data(verdict: Verdict, serving: Serving, gpu: Gpu) -> dict[str, t.Any]:
    """Everything that was computed."""
    sums, kept = verdict.sums, verdict.weights
    return {
        "fits": verdict.fits,
        "impossible": verdict.impossible,
        "summary": _summary(verdict, serving, gpu),
        "reasons": list(verdict.reasons),
        "notes": list(verdict.notes),
        "gpu": {
            "name": gpu.name,
            "count": serving.gpus,
            "usable_bytes": gpu.usable_bytes,
            "budget_bytes": sums.budget,
        },
        "weights": {
            "bytes": kept.bytes,
            "bytes_per_gpu": kept.bytes_per_gpu,
            "bytes_on_disk": kept.on_disk,
            "parameters": kept.parameters,
            "by_dtype": kept.by_dtype,
            "quantization": kept.quantisation,
            "source": kept.source,
        },
        "kv_cache": {
            "bytes_per_token": verdict.kv.token_bytes,
            "bytes_per_sequence": sums.kv_sequence,
            "bytes_needed": sums.kv_needed,
            "bytes_available": max(0, sums.kv_available),
            "concurrent_sequences": 0.0 if math.isinf(verdict.concurrent) else verdict.concurrent,
        },
        "estimates": {
            "activation_bytes": sums.activations,
            "cuda_graph_bytes": sums.graphs,
            "other_bytes": sums.other,
        },
        "context": verdict.context,
        "longest_context": verdict.longest_context,
        "smallest_gpu": verdict.smallest_gpu,
        "gpus_needed": verdict.gpus_needed,
        "host": {
            "memory_bytes": verdict.host.memory,
            "shared_memory_bytes": verdict.host.shared_memory,
            "disk_bytes": verdict.host.disk,
        },
    }


def _summary(verdict: Verdict, serving: Serving, gpu: Gpu) -> str:
    cards = gpu.name if serving.gpus == 1 else f"{serving.gpus} x {gpu.name}"
    if verdict.fits:
        return (
            f"It fits {cards}: weights {verdict.sums.weights / GIB:.2f} GiB on each, and {verdict.concurrent:g} sequences of "
            f"{verdict.context} tokens in the KV cache; the longest context is {verdict.longest_context}."
        )
    return f"It does not fit {cards}: {' '.join(verdict.reasons)} {cure(verdict, serving, gpu)}".strip()


def cure(verdict: Verdict, serving: Serving, gpu: Gpu) -> str:
    """What would fit instead."""
    choices = []
    if verdict.longest_context:
        choices.append(f"a context of {verdict.longest_context}")
    if verdict.gpus_needed and verdict.gpus_needed != serving.gpus:
        choices.append(f"{verdict.gpus_needed} x {gpu.name}")
    if verdict.smallest_gpu:
        cards = verdict.smallest_gpu if serving.gpus == 1 else f"{serving.gpus} x {verdict.smallest_gpu}"
        choices.append(f"{cards} (the smallest in the table)")
    if not choices:
        return "Nothing in the table of cards fits it: quantise it, or divide it among more GPUs."
    return f"What fits: {', or '.join(choices)}."


__all__ = ("as_data", "cure")
