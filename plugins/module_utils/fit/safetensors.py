# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Headers and indexes of safetensors files (format: an 8-byte little-endian length, then so many bytes of JSON)."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import typing as t

from . import dtypes
from .errors import FitError

# The reference implementation refuses larger headers, too.
HEADER_LIMIT = 100_000_000
_LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")


@dataclasses.dataclass(frozen=True)
class Tensor:
    """One tensor of a header: its name, number format and bytes."""

    name: str
    dtype: str
    size: int


@dataclasses.dataclass(frozen=True)
class Stored:
    """What is known of a model's files.

    Attributes:
        total: bytes of all tensors, 0 when nothing is known.
        tensors: all tensors, empty when only the sum is known.
        source: C(safetensors headers), C(safetensors index), C(given), or empty.
        largest_file: bytes of the largest file, 0 when unknown.

    """

    total: int = 0
    tensors: tuple[Tensor, ...] = ()
    source: str = ""
    largest_file: int = 0

    @property
    def quantised(self) -> bool:
        """Whether a tensor is stored in fewer than 16 bits."""
        return any(dtypes.bits_of(tensor.dtype) < 16 for tensor in self.tensors)

    def loaded(self, *, layers: int, tied: bool) -> dict[str, int]:
        """Bytes by number format of what vLLM loads.

        Layers behind the last (for multi-token prediction) are skipped, and an output layer that is tied to the embeddings.
        """
        found: dict[str, int] = {}
        for tensor in self.tensors:
            layer = _LAYER.search(tensor.name)
            if (layer and int(layer[1]) >= layers) or (tied and tensor.name.endswith("lm_head.weight")):
                continue
            found[tensor.dtype] = found.get(tensor.dtype, 0) + tensor.size
        return found


def read_header(read: t.Callable[[int, int], bytes], name: str) -> list[Tensor]:
    """Tensors of one file.

    Args:
        read: returns bytes of the file, from an offset, so many.
        name: of the file, for messages.

    Raises:
        FitError: this is no safetensors file.

    """
    start = read(0, 8)
    length = int.from_bytes(start, "little")
    if len(start) < 8 or not 2 <= length <= HEADER_LIMIT:
        raise FitError(
            f"{name} does not begin like a safetensors file; is it a pointer of Git LFS, or half downloaded? Fetch it anew."
        )
    try:
        header = json.loads(read(8, length))
        return [_tensor(key, value) for key, value in header.items() if key != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FitError(
            f"The header of {name} is no header of a safetensors file ({error!r}). Fetch the file anew."
        ) from error


def _tensor(name: str, value: dict[str, t.Any]) -> Tensor:
    begin, end = value["data_offsets"]
    dtype = str(value["dtype"])
    counted = dtypes.bytes_of(dtype, math.prod(value["shape"]))
    return Tensor(name, dtype, max(counted, int(end) - int(begin)))


def read_index(text: bytes | str, name: str) -> tuple[int, list[str]]:
    """The sum of all tensors in bytes (0 when the index has none) and the names of the files. Raises FitError."""
    try:
        document = json.loads(text)
        files = sorted(set(document["weight_map"].values()))
        return int((document.get("metadata") or {}).get("total_size") or 0), files
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FitError(f"{name} is no index of safetensors files ({error!r}). Fetch it anew.") from error


__all__ = ("HEADER_LIMIT", "Stored", "Tensor", "read_header", "read_index")
