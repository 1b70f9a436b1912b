# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a model fits GPUs, with the numbers, and what would fit instead."""

from __future__ import annotations

import dataclasses
import math
import typing as t

from . import dtypes, working
from .architecture import Architecture, architecture
from .divide import division_errors
from .errors import FitError
from .gpus import GPUS, Gpu
from .host import HostNeeds, host_needs
from .kv_cache import KvCache, kv_cache
from .safetensors import Stored
from .weights import Weights, weights
from .working import GIB, Batch

# More GPUs of the same kind that are tried in search of one that fits.
_COUNTS = (1, 2, 4, 8, 16)


@dataclasses.dataclass(frozen=True)
class Serving:
    """How the model is to be served; the names are those of vLLM's options.

    Attributes:
        gpus: GPUs that share it (--tensor-parallel-size).
        context: --max-model-len; 0 is the longest that the model knows.
        sequences: how many requests of the full context must fit at once.
        utilisation: --gpu-memory-utilization.
        dtype: --dtype.
        kv_dtype: --kv-cache-dtype.
        quantise: --quantization of a model that is not quantised, C(fp8) or empty.
        max_sequences, max_tokens: --max-num-seqs and --max-num-batched-tokens; 0 is what vLLM chooses for the card.
        eager: --enforce-eager, which records no CUDA graphs.
        samples: whether it generates; an engine that embeds samples nothing and keeps no KV cache for later.

    """

    gpus: int = 1
    context: int = 0
    sequences: int = 1
    utilisation: float = 0.9
    dtype: str = "auto"
    kv_dtype: str = "auto"
    quantise: str = ""
    max_sequences: int = 0
    max_tokens: int = 0
    eager: bool = False
    samples: bool = True


@dataclasses.dataclass(frozen=True)
class Model:
    """A model: its config.json, what is known of its files, and whether it comes in an image."""

    config: dict[str, t.Any]
    stored: Stored = dataclasses.field(default_factory=Stored)
    in_image: bool = False


@dataclasses.dataclass(frozen=True)
class Sums:
    """Bytes on each of the GPUs.

    Attributes:
        budget: what the engine may take.
        weights, activations, graphs, other: what it takes before the KV cache.
        kv_sequence: one sequence of the context.
        kv_needed: all sequences of it.
        kv_available: what is left for the KV cache; negative when nothing is.

    """

    budget: int
    weights: int
    activations: int
    graphs: int
    other: int
    kv_sequence: int
    kv_needed: int

    @property
    def kv_available(self) -> int:
        return self.budget - self.weights - self.activations - self.graphs - self.other

    @property
    def fits(self) -> bool:
        return self.kv_needed <= self.kv_available

    @property
    def impossible(self) -> bool:
        """It cannot fit whatever the estimates are worth: weights and one sequence, which are exact, are too much alone."""
        return self.weights + self.kv_sequence > self.budget


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The answer. C(reasons) is empty when it fits; C(impossible) when no estimate can be the cause of a refusal."""

    fits: bool
    impossible: bool
    reasons: tuple[str, ...]
    sums: Sums
    weights: Weights
    kv: KvCache
    host: HostNeeds
    context: int
    longest_context: int
    concurrent: float
    smallest_gpu: str
    gpus_needed: int
    notes: tuple[str, ...]


def judge(model: Model, serving: Serving, gpu: Gpu) -> Verdict:
    """Judges a model on so many cards of a kind.

    Raises:
        FitError: config.json lacks what memory depends on, or an option is unknown.

    """
    a = architecture(model.config)
    errors = division_errors(a, model.config, serving.gpus)
    context = serving.context or a.context
    if not context:
        raise FitError("Neither config.json nor the task says how long the context is; set context.")
    sums, kept, cache = _sums(a, model, serving, gpu, context)
    limit = max(context, a.context)
    longest = cache.longest(sums.kv_available, serving.sequences, limit)
    fits = sums.fits and not errors
    return Verdict(
        fits=fits,
        impossible=bool(errors) or sums.impossible,
        reasons=() if fits else tuple(errors) or (_reason(sums, serving, gpu, context, longest),),
        sums=sums,
        weights=kept,
        kv=cache,
        host=host_needs(kept, serving.gpus, in_image=model.in_image),
        context=context,
        longest_context=0 if errors else longest,
        concurrent=round(max(0, sums.kv_available) / sums.kv_sequence, 2) if sums.kv_sequence else math.inf,
        smallest_gpu=_smallest(a, model, serving, context),
        gpus_needed=_count(a, model, serving, gpu, context),
        notes=_notes(a, kept, serving, context),
    )


def _sums(a: Architecture, model: Model, serving: Serving, gpu: Gpu, context: int) -> tuple[Sums, Weights, KvCache]:
    dtype = dtypes.served_dtype(a.dtype, serving.dtype)
    chosen = working.default_batch(gpu.usable_bytes, gpu.name)
    batch = Batch(serving.max_sequences or chosen.sequences, serving.max_tokens or chosen.tokens)
    kept = weights(a, model.config, model.stored, dtype=dtype, gpus=serving.gpus, quantise=serving.quantise)
    # Two batches may be under way (vllm/config/vllm.py, max_in_flight_tokens).
    cache = kv_cache(a, kv_dtype=serving.kv_dtype, dtype=dtype, gpus=serving.gpus, in_flight=2 * batch.tokens)
    sequence = cache.sequence_bytes(context)
    sums = Sums(
        budget=math.ceil(gpu.usable_bytes * serving.utilisation),
        weights=kept.bytes_per_gpu,
        activations=working.activations(a, batch, dtype=dtype, gpus=serving.gpus, samples=serving.samples),
        graphs=0 if serving.eager else working.cuda_graphs(a, batch),
        other=working.other(serving.gpus),
        kv_sequence=sequence,
        kv_needed=serving.sequences * sequence + cache.reserved_bytes,
    )
    return sums, kept, cache


def _fits(a: Architecture, model: Model, serving: Serving, gpu: Gpu, context: int) -> bool:
    if division_errors(a, model.config, serving.gpus):
        return False
    return _sums(a, model, serving, gpu, context)[0].fits


def _smallest(a: Architecture, model: Model, serving: Serving, context: int) -> str:
    fitting = [gpu for gpu in GPUS if _fits(a, model, serving, gpu, context)]
    return min(fitting, key=lambda gpu: gpu.memory_mib).name if fitting else ""


def _count(a: Architecture, model: Model, serving: Serving, gpu: Gpu, context: int) -> int:
    for count in _COUNTS:
        if _fits(a, model, dataclasses.replace(serving, gpus=count), gpu, context):
            return count
    return 0


def _reason(sums: Sums, serving: Serving, gpu: Gpu, context: int, longest: int) -> str:
    where = f"{gpu.name}" if serving.gpus == 1 else f"each of {serving.gpus} x {gpu.name}"
    budget = f"{where} gives the engine {_gib(sums.budget)} ({serving.utilisation:g} of {_gib(gpu.usable_bytes)})"
    taken = (
        f"weights take {_gib(sums.weights)}, activations about {_gib(sums.activations)}, "
        f"CUDA graphs about {_gib(sums.graphs)} and the rest about {_gib(sums.other)}"
    )
    if sums.kv_available <= 0:
        return f"{budget}, but {taken}: nothing is left for the KV cache."
    many = f"{serving.sequences} x {context}" if serving.sequences > 1 else f"{context}"
    cure = f"; the longest context that fits is {longest}" if longest else ""
    return (
        f"{budget}, and {taken}: that leaves {_gib(sums.kv_available)} for the KV cache, "
        f"where {many} tokens need {_gib(sums.kv_needed)}{cure}."
    )


def _gib(size: int) -> str:
    return f"{size / GIB:.2f} GiB"


def _notes(a: Architecture, kept: Weights, serving: Serving, context: int) -> tuple[str, ...]:
    notes = list(kept.notes)
    if a.context and context > a.context:
        notes.append(
            f"The model knows contexts of up to {a.context} tokens; vLLM refuses {context} unless it is told to extend them."
        )
    if a.kinds.unknown:
        notes.append(
            f"Layers of the kinds {', '.join(a.kinds.unknown)} are not known here and count as full attention."
        )
    if a.kinds.states and a.kinds.state is None:
        notes.append(f"{a.kinds.states} layers keep a state whose size config.json does not give; it was not counted.")
    if serving.utilisation > 0.97:
        notes.append(
            "A share above 0.97 leaves the card's driver and CUDA too little; vLLM refuses to start when less is free."
        )
    return tuple(notes)


__all__ = ("Model", "Serving", "Sums", "Verdict", "judge")
