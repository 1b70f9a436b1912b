# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What an engine needs of the machine around the GPUs: memory, shared memory, disk."""

from __future__ import annotations

import dataclasses

from .weights import Weights
from .working import GIB, MIB

# Python, torch and CUDA of one process; the API server counts as one.
_PROCESS_BYTES = 4 * GIB
_SERVER_BYTES = 2 * GIB
# A queue between the engine and its workers (vllm/distributed/device_communicators/shm_broadcast.py: 10 chunks of 24 MiB).
_QUEUE_BYTES = 240 * MIB
# NCCL's buffers, when GPUs of one machine cannot reach each other directly.
_NCCL_BYTES = GIB
# Compiled kernels and graphs (VLLM_CACHE_ROOT), tokenizer and configuration.
_CACHE_BYTES = 2 * GIB


@dataclasses.dataclass(frozen=True)
class HostNeeds:
    """Bytes that an engine needs of its machine."""

    memory: int
    shared_memory: int
    disk: int


def host_needs(weights: Weights, gpus: int, *, in_image: bool = False) -> HostNeeds:
    """Needs of one engine.

    Args:
        weights: the model's.
        gpus: GPUs of the engine; each has a process.
        in_image: the model comes in an image, which is on disk packed and unpacked.

    """
    # Weights pass through the page cache on their way; a limit below them makes the kernel read files twice or kill the engine.
    memory = weights.on_disk + gpus * _PROCESS_BYTES + _SERVER_BYTES
    shared = 64 * MIB if gpus == 1 else (1 + gpus) * _QUEUE_BYTES + _NCCL_BYTES
    return HostNeeds(memory, shared, weights.on_disk * (2 if in_image else 1) + _CACHE_BYTES)


__all__ = ("HostNeeds", "host_needs")
