# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Memory that vLLM needs beside weights and KV cache, estimated: activations, CUDA graphs, and what is not torch's.

vLLM measures these at its start (vllm/v1/worker/gpu_worker.py, determine_available_memory). What is computed here follows what
is run there; the constants were set from start-up logs, and docs/gpu.md says which.
"""

from __future__ import annotations

import dataclasses

from . import dtypes
from .architecture import Architecture

MIB = 1024**2
GIB = 1024**3
# Bytes for each entry of the table of sampling, sequences x vocabulary: the numbers themselves in 16 and 32 bits, and what top-k,
# top-p and softmax keep of them.
_SAMPLING_BYTES = 20
# Of each CUDA graph, for each layer.
_GRAPH_LAYER_BYTES = MIB // 5
# CUDA's own memory, libraries, fragmentation; with several GPUs also NCCL's and the all-reduce's buffers.
_OTHER_ONE_GPU = GIB // 2
_OTHER_MORE_GPUS = 5 * GIB // 4


@dataclasses.dataclass(frozen=True)
class Batch:
    """--max-num-seqs and --max-num-batched-tokens of vLLM."""

    sequences: int
    tokens: int


def default_batch(memory_bytes: int, name: str) -> Batch:
    """What vLLM chooses for its OpenAI server on such a GPU (vllm/engine/arg_utils.py, get_batch_defaults)."""
    if memory_bytes >= 160 * GIB:
        return Batch(1024, 16384)
    if memory_bytes >= 70 * GIB and "a100" not in name.lower():
        return Batch(1024, 8192)
    return Batch(256, 2048)


def activations(a: Architecture, batch: Batch, *, dtype: str, gpus: int, samples: bool = True) -> int:
    """Bytes of the larger of two peaks: a full batch in the widest layer, and sampling for all sequences at once."""
    size = dtypes.bits_of(dtype) // 8
    width = 3 * max(a.intermediate, a.heads * a.head_dim) // gpus
    if a.experts:
        routed = a.experts.active * (3 * a.experts.width // gpus + a.hidden)
        width = max(width if a.experts.dense_layers else 0, routed + 3 * a.experts.shared_width // gpus)
    forward = batch.tokens * (4 * a.hidden + width) * size
    sampling = batch.sequences * a.vocabulary * _SAMPLING_BYTES if samples else 0
    return max(forward, sampling)


def graph_sizes(batch: Batch) -> list[int]:
    """Batch sizes for which vLLM records graphs (vllm/config/vllm.py, _set_cudagraph_sizes)."""
    largest = min(2 * batch.sequences, 512, batch.tokens)
    sizes = [1, 2, 4, *range(8, 256, 8), *range(256, largest + 1, 16)]
    return [size for size in sizes if size <= largest]


def cuda_graphs(a: Architecture, batch: Batch) -> int:
    """Bytes of all graphs: one for each size in pieces, and one in full for each size up to --max-num-seqs."""
    sizes = graph_sizes(batch)
    full = sum(1 for size in sizes if size <= batch.sequences)
    return (len(sizes) + full) * a.layers * _GRAPH_LAYER_BYTES


def other(gpus: int) -> int:
    """Bytes of each GPU that torch's allocator does not see."""
    return _OTHER_ONE_GPU if gpus == 1 else _OTHER_MORE_GPUS


__all__ = ("GIB", "MIB", "Batch", "activations", "cuda_graphs", "default_batch", "graph_sizes", "other")
