# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Memory of the KV cache, in blocks as vLLM takes it.

Follows vLLM 0.32: vllm/v1/kv_cache_interface.py (page_size_bytes, max_memory_usage_bytes of FullAttentionSpec, SlidingWindowSpec
and MLAAttentionSpec), vllm/v1/core/kv_cache_utils.py (_get_kv_cache_groups_uniform_page_size: how layers of different kinds share
a pool of blocks; estimate_max_model_len) and vllm/config/model.py (get_num_kv_heads).
"""

from __future__ import annotations

import dataclasses

from . import dtypes
from .architecture import Architecture
from .errors import FitError

# --block-size of vLLM.
BLOCK = 16
# FlashMLA's own format of a token (fp8_ds_mla): 512 bytes of FP8, four scales and 64 numbers of 16 bits.
_DS_MLA_BYTES = 656
_EIGHT_BITS = ("fp8", "fp8_e4m3", "fp8_e5m2")
_PER_HEAD_SCALES = ("fp8_per_token_head", "int8_per_token_head")
KV_DTYPES = ("auto", "float16", "bfloat16", "float32", *_EIGHT_BITS, *_PER_HEAD_SCALES, "fp8_ds_mla")


@dataclasses.dataclass(frozen=True)
class KvCache:
    """The KV cache of one GPU.

    Attributes:
        layer_token_bytes: of one layer for one token.
        full, windowed, window: layers that keep the whole context, those that keep a window, and its tokens.
        in_flight: tokens that may be under way and keep blocks that fell out of the window.
        state_bytes: fixed state of one sequence, of all layers that keep one.

    """

    layer_token_bytes: int
    full: int
    windowed: int
    window: int
    in_flight: int
    state_bytes: int

    @property
    def token_bytes(self) -> int:
        """Bytes of one token in all layers, as long as it is in every window."""
        return self.layer_token_bytes * (self.full + self.windowed)

    def sequence_bytes(self, context: int) -> int:
        """Bytes of one sequence of so many tokens."""
        group = self._group()
        blocks = -(-self.full // group) * -(-context // BLOCK) if self.full else 0
        if self.windowed:
            kept = min(self.window - 1 + self.in_flight, context)
            blocks += -(-self.windowed // group) * (-(-kept // BLOCK) + 1)
        return blocks * group * BLOCK * self.layer_token_bytes + self.state_bytes

    def longest(self, memory: int, sequences: int, limit: int) -> int:
        """The longest context of which so many sequences fit into so many bytes, at most limit; 0 when none does."""
        low, high = 0, limit
        while low < high:
            middle = (low + high + 1) // 2
            if sequences * self.sequence_bytes(middle) + self.reserved_bytes <= memory:
                low = middle
            else:
                high = middle - 1
        return low

    @property
    def reserved_bytes(self) -> int:
        """The one block that vLLM never gives to a sequence."""
        return self._group() * BLOCK * self.layer_token_bytes

    def _group(self) -> int:
        """Layers that share a block's number: all kinds get groups of equal size."""
        if not (self.full and self.windowed):
            return self.full or self.windowed or 1
        few, many = sorted((self.full, self.windowed))
        return many if many < few * 1.5 else few


def kv_cache(a: Architecture, *, kv_dtype: str, dtype: str, gpus: int, in_flight: int) -> KvCache:
    """The KV cache of one of so many GPUs.

    Args:
        a: the architecture.
        kv_dtype: --kv-cache-dtype; auto is the type that is served in.
        dtype: the type that is served in.
        gpus: tensor parallel size. KV heads are copied where there are fewer of them; a latent is never split.
        in_flight: tokens that may be scheduled and not yet settled.

    Raises:
        FitError: a kv_dtype that is not known here.

    """
    return KvCache(
        layer_token_bytes=_layer_token_bytes(a, kv_dtype, dtype, gpus),
        full=a.kinds.full,
        windowed=a.kinds.windowed,
        window=a.kinds.window,
        in_flight=in_flight,
        state_bytes=_state_bytes(a, dtype, gpus),
    )


def _layer_token_bytes(a: Architecture, kv_dtype: str, dtype: str, gpus: int) -> int:
    if kv_dtype not in KV_DTYPES:
        raise FitError(f"kv_cache_dtype {kv_dtype!r} is not known here; known are {', '.join(KV_DTYPES)}.")
    if kv_dtype == "fp8_ds_mla":
        if a.latent is None:
            raise FitError(
                "kv_cache_dtype fp8_ds_mla is for models with multi-head latent attention; this one has none."
            )
        return _DS_MLA_BYTES
    size = 1 if kv_dtype in (*_EIGHT_BITS, *_PER_HEAD_SCALES) else _size(dtype if kv_dtype == "auto" else kv_dtype)
    if a.latent:
        return (a.latent.key_value + a.latent.rope) * size
    heads = max(1, a.kv_heads // gpus)
    # Two scales of 32 bits for each head and token.
    scales = 8 * heads if kv_dtype in _PER_HEAD_SCALES else 0
    return 2 * heads * a.head_dim * size + scales


def _size(name: str) -> int:
    return dtypes.bits_of(name) // 8


def _state_bytes(a: Architecture, dtype: str, gpus: int) -> int:
    """State of a gated delta net (vllm/model_executor/layers/mamba/mamba_utils.py, gated_delta_net_state_shape)."""
    state = a.kinds.state
    if state is None:
        return 0
    channels = 2 * state.key_dim * state.key_heads + state.value_dim * state.value_heads
    taps = channels // gpus * (state.taps - 1) * _size(dtype)
    memory = state.value_heads // gpus * state.key_dim * state.value_dim * _size(dtype)
    return a.kinds.states * (taps + memory)


__all__ = ("BLOCK", "KV_DTYPES", "KvCache", "kv_cache")
