# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How many bytes a quantised matrix takes, with its scales, zero points and indexes.

Layouts: AutoAWQ (qweight, qzeros, scales), GPTQ (the same and g_idx), compressed-tensors, FP8 in blocks (DeepSeek), MXFP4
(OCP Microscaling 1.0: a power-of-two scale for 32 numbers), NVFP4 (an FP8 scale for 16), bitsandbytes NF4 (a scale for 64).
"""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import FitError

Config = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Quantisation:
    """How matrices are stored.

    Attributes:
        method: as in config.json, for example C(awq).
        bits: of a number.
        group: numbers of a column that share a scale; 0 when a whole column does.
        scale_bits: of a scale.
        zero_bits: of a zero point beside each scale, 0 without.
        index_bits: of the group number that each row of the matrix carries, 0 without.
        block: side of a square that shares a scale, instead of a group; 0 without.
        experts_only: the routed experts are quantised and nothing else.
        head: the output layer is quantised, too.

    """

    method: str
    bits: int
    group: int = 0
    scale_bits: int = 16
    zero_bits: int = 0
    index_bits: int = 0
    block: int = 0
    experts_only: bool = False
    head: bool = False

    def matrix_bytes(self, rows: int, columns: int) -> int:
        """Bytes of a matrix of so many inputs (rows) and outputs (columns) with all that belongs to it."""
        numbers = -(-rows * columns * self.bits // 8)
        scale = -(-self._scales(rows, columns) * (self.scale_bits + self.zero_bits) // 8)
        return numbers + scale + rows * self.index_bits // 8

    def _scales(self, rows: int, columns: int) -> int:
        if self.block:
            return -(-rows // self.block) * -(-columns // self.block)
        return (-(-rows // self.group) if self.group else 1) * columns


def quantisation(config: Config) -> Quantisation | None:
    """Reads C(quantization_config); None without one.

    Raises:
        FitError: a method, or a detail of it, that is not known here. The files themselves can still be measured.

    """
    given = _section(config)
    if not given:
        return None
    method = str(given.get("quant_method") or "").lower().replace("compressed_tensors", "compressed-tensors")
    read = _METHODS.get(method)
    if read is None:
        raise FitError(
            f"config.json names the quantisation {method or given!r}, which is not known here (known: {', '.join(_METHODS)}). "
            "Give the model's safetensors files or weights_bytes, which are measured whatever the method."
        )
    return read(given)


def _section(config: Config) -> Config:
    for place in (config, config.get("text_config") or {}):
        for key in ("quantization_config", "compression_config"):
            if isinstance(place.get(key), dict):
                return t.cast(Config, place[key])
    return {}


def _whole(given: Config, *names: str, default: int) -> int:
    return next((int(given[name]) for name in names if given.get(name) is not None), default)


def _awq(given: Config) -> Quantisation:
    bits = _whole(given, "bits", "w_bit", default=4)
    zero = bits if given.get("zero_point", True) else 0
    return Quantisation("awq", bits, max(0, _whole(given, "group_size", "q_group_size", default=128)), zero_bits=zero)


def _gptq(given: Config) -> Quantisation:
    bits = _whole(given, "bits", default=4)
    group = max(0, _whole(given, "group_size", default=128))
    # Zero points are stored for symmetric weights, too, and the group of each row whatever desc_act says.
    return Quantisation("gptq", bits, group, zero_bits=bits, index_bits=32, head=bool(given.get("lm_head")))


def _fp8(given: Config) -> Quantisation:
    block = given.get("weight_block_size")
    if block:
        return Quantisation("fp8", 8, block=int(block[0]), scale_bits=32)
    return Quantisation("fp8", 8, scale_bits=32)


def _compressed(given: Config) -> Quantisation:
    groups = given.get("config_groups") or {}
    weights = next((group["weights"] for group in groups.values() if group.get("weights")), None)
    if weights is None:
        raise FitError("config.json names compressed-tensors, but no group of it says how weights are stored.")
    bits = int(weights.get("num_bits") or 8)
    strategy = weights.get("strategy")
    group = int(weights.get("group_size") or 0) if strategy in ("group", "tensor_group") else 0
    block = int((weights.get("block_structure") or [128])[0]) if strategy == "block" else 0
    zero = 0 if weights.get("symmetric", True) else bits
    return Quantisation(
        "compressed-tensors", bits, max(0, group), 8 if strategy == "tensor_group" else 16, zero, block=block
    )


def _bitsandbytes(given: Config) -> Quantisation:
    if given.get("load_in_8bit") or given.get("_load_in_8bit"):
        return Quantisation("bitsandbytes", 8, scale_bits=32)
    # With double quantisation the scale of 64 numbers is 8 bits wide.
    return Quantisation("bitsandbytes", 4, 64, 8 if given.get("bnb_4bit_use_double_quant") else 32)


def _mxfp4(_given: Config) -> Quantisation:
    return Quantisation("mxfp4", 4, 32, 8, experts_only=True)


def _nvfp4(given: Config) -> Quantisation:
    return Quantisation("modelopt_fp4", 4, _whole(given, "group_size", default=16), 8)


def _modelopt(given: Config) -> Quantisation:
    algorithm = str(given.get("quant_algo") or (given.get("quantization") or {}).get("quant_algo") or "FP8").upper()
    return _nvfp4(given) if algorithm == "NVFP4" else Quantisation("modelopt", 8, scale_bits=32)


_METHODS: dict[str, t.Callable[[Config], Quantisation]] = {
    "awq": _awq,
    "gptq": _gptq,
    "fp8": _fp8,
    "fbgemm_fp8": _fp8,
    "compressed-tensors": _compressed,
    "bitsandbytes": _bitsandbytes,
    "mxfp4": _mxfp4,
    "modelopt": _modelopt,
    "modelopt_fp4": _nvfp4,
}

__all__ = ("Quantisation", "quantisation")
