# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether so many GPUs can share a model at all (tensor parallelism).

Sources: vLLM 0.32, vllm/config/model.py, verify_with_parallel_config (heads); the checks of group and block sizes in
vllm/model_executor/layers/quantization/{auto_awq,gptq_marlin,fp8}.py.
"""

from __future__ import annotations

import typing as t

from .architecture import Architecture
from .errors import FitError
from .quantisation import quantisation


def division_errors(a: Architecture, config: t.Mapping[str, t.Any], gpus: int) -> list[str]:
    """One sentence for each thing that cannot be divided by the number of GPUs."""
    if gpus == 1:
        return []
    if a.heads % gpus:
        return [f"{a.heads} attention heads cannot be divided among {gpus} GPUs; take {_divisors(a.heads)} of them."]
    if not a.latent and max(a.kv_heads, gpus) % min(a.kv_heads, gpus):
        return [
            f"{a.kv_heads} KV heads can neither be divided among {gpus} GPUs nor copied to them evenly; take {_divisors(a.kv_heads)}."
        ]
    return _group_errors(a, config, gpus)


def _group_errors(a: Architecture, config: t.Mapping[str, t.Any], gpus: int) -> list[str]:
    try:
        method = quantisation(config)
    except FitError:
        return []
    unit = (method.block or method.group) if method else 0
    width = a.experts.width if a.experts else a.intermediate
    if not unit or method is None or method.experts_only or width % (unit * gpus) == 0:
        return []
    return [
        f"The {method.method} weights come in groups of {unit}; a width of {width} over {gpus} GPUs is not a whole number of them "
        f"({width} / {gpus} / {unit} = {width / gpus / unit:g}). Take fewer GPUs or another quantisation."
    ]


def _divisors(number: int) -> str:
    return ", ".join(str(n) for n in range(1, min(number, 16) + 1) if number % n == 0)


__all__ = ("division_errors",)
