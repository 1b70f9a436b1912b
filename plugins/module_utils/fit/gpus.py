# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Cards that are rented and owned most: their memory as NVML tells it, and their compute capability."""

from __future__ import annotations

import dataclasses
import difflib
import re

from .errors import FitError

MIB = 1024**2


@dataclasses.dataclass(frozen=True)
class Gpu:
    """A kind of card.

    Attributes:
        name: short name, as markets list it.
        memory_mib: total of NVML (nvidia-smi), with ECC on where that is the delivered state.
        capability: compute capability, times ten.

    """

    name: str
    memory_mib: int
    capability: int = 0

    @property
    def usable_bytes(self) -> int:
        """What CUDA reports as the card's total, of which --gpu-memory-utilization is a share.

        The driver keeps some of NVML's total: 320 to 450 MiB on cards of 16 to 48 GiB, just under 1 % on larger ones.
        """
        return (self.memory_mib - max(450, self.memory_mib * 95 // 10000)) * MIB


GPUS = (
    Gpu("RTX 3060", 12288, 86),
    Gpu("RTX 4070", 12282, 89),
    Gpu("Tesla T4", 15360, 75),
    Gpu("Tesla V100 16GB", 16384, 70),
    Gpu("RTX 5070 Ti", 16303, 120),
    Gpu("RTX 5080", 16303, 120),
    Gpu("RTX 4060 Ti 16GB", 16380, 89),
    Gpu("RTX 4070 Ti SUPER", 16376, 89),
    Gpu("RTX 4080", 16376, 89),
    Gpu("RTX A4000", 16376, 86),
    Gpu("A10", 23028, 86),
    Gpu("A10G", 23028, 86),
    Gpu("L4", 23034, 89),
    Gpu("RTX 4090", 24564, 89),
    Gpu("RTX A5000", 24564, 86),
    Gpu("RTX 3090", 24576, 86),
    Gpu("A30", 24576, 80),
    Gpu("RTX 5090", 32607, 120),
    Gpu("Tesla V100 32GB", 32768, 70),
    Gpu("A100 40GB", 40960, 80),
    Gpu("A40", 46068, 86),
    Gpu("L40", 46068, 89),
    Gpu("L40S", 46068, 89),
    Gpu("RTX A6000", 49140, 86),
    Gpu("RTX 6000 Ada", 49140, 89),
    Gpu("H100 PCIE", 81559, 90),
    Gpu("H100 SXM", 81559, 90),
    Gpu("A100 80GB", 81920, 80),
    Gpu("H100 NVL", 95830, 90),
    Gpu("RTX PRO 6000", 97887, 120),
    Gpu("GH200", 97871, 90),
    Gpu("H200", 143771, 90),
    Gpu("B200", 183359, 100),
)
# Other names of the same cards: of markets, of nvidia-smi, of device plugins.
_ALIASES = {
    "a100sxm4": "a10080gb",
    "a100pcie": "a10080gb",
    "a100sxm480gb": "a10080gb",
    "a10080gbpcie": "a10080gb",
    "a100pcie40gb": "a10040gb",
    "a100sxm440gb": "a10040gb",
    "h100": "h100sxm",
    "h10080gbhbm3": "h100sxm",
    "h200nvl": "h200",
    "rtx6000adageneration": "rtx6000ada",
    "rtxpro6000blackwellworkstationedition": "rtxpro6000",
    "rtxpro6000blackwellserveredition": "rtxpro6000",
    "rtxpro6000ws": "rtxpro6000",
    "rtxpro6000s": "rtxpro6000",
    "t4": "teslat4",
    "v100": "teslav10016gb",
    "rtx4080super": "rtx4080",
    "rtx4080s": "rtx4080",
    "rtx4070tis": "rtx4070tisuper",
    "rtx4060ti": "rtx4060ti16gb",
}


def _key(name: str) -> str:
    return re.sub(r"nvidia|geforce|[^a-z0-9]", "", name.lower())


def gpu_named(name: str) -> Gpu:
    """The card of that name, however it is written ("RTX_4090", "NVIDIA GeForce RTX 4090"). Raises FitError."""
    known = {_key(gpu.name): gpu for gpu in GPUS}
    key = _ALIASES.get(_key(name), _key(name))
    if key not in known:
        near = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {known[near[0]].name}?" if near else f"known are {', '.join(gpu.name for gpu in GPUS)}."
        raise FitError(f"The GPU {name!r} is not in the table of cards; {hint} Or give its memory (gpu_memory_gib).")
    return known[key]


def gpu_of(name: str, memory_gib: float = 0.0) -> Gpu:
    """The card of that name, or one of so much memory, whatever its name. Raises FitError."""
    if not memory_gib:
        return gpu_named(name)
    if memory_gib < 1:
        raise FitError(f"A GPU with {memory_gib:g} GiB of memory is too small to be meant.")
    return Gpu(name or f"a card of {round(memory_gib, 1):g} GiB", round(memory_gib * 1024))


__all__ = ("GPUS", "Gpu", "gpu_named", "gpu_of")
