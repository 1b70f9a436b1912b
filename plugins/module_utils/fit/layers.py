# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which layers of a model keep keys and values of the whole context, of a window, or a state of fixed size.

The key layer_types names them; without it each family's rule applies, as transformers' configuration classes have it.
"""

from __future__ import annotations

import dataclasses
import typing as t

_FULL = "full_attention"
_WINDOW = "sliding_attention"
_CHUNK = "chunked_attention"
_STATE = "linear_attention"
_STATES = frozenset({_STATE, "mamba", "mamba2", "conv", "recurrent"})


@dataclasses.dataclass(frozen=True)
class State:
    """State of a gated delta net layer (linear attention): heads and widths of keys and values, taps of the convolution."""

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    taps: int


@dataclasses.dataclass(frozen=True)
class LayerKinds:
    """Numbers of layers by kind.

    Attributes:
        full: layers that keep the whole context.
        windowed: layers that keep a window.
        window: its tokens, 0 without such layers.
        states: layers that keep a state.
        state: its shape, None when config.json does not describe it in a way that is known here.
        unknown: kinds that are not known here; their layers count as full.

    """

    full: int
    windowed: int = 0
    window: int = 0
    states: int = 0
    state: State | None = None
    unknown: tuple[str, ...] = ()


def layer_kinds(config: t.Mapping[str, t.Any], layers: int, model_type: str) -> LayerKinds:
    """Counts the layers of each kind."""
    types = _types(config, layers, model_type)
    window = int(config.get("sliding_window") or config.get("attention_chunk_size") or 0)
    local = (_WINDOW, _CHUNK) if window else ()
    windowed = sum(1 for kind in types if kind in local)
    states = sum(1 for kind in types if kind in _STATES)
    return LayerKinds(
        full=layers - windowed - states,
        windowed=windowed,
        window=window if windowed else 0,
        states=states,
        state=_state(config) if states else None,
        unknown=tuple(sorted(set(types) - {_FULL, _WINDOW, _CHUNK, *_STATES})),
    )


def _types(config: t.Mapping[str, t.Any], layers: int, model_type: str) -> list[str]:
    given = config.get("layer_types")
    if isinstance(given, list) and given:
        return [str(kind) for kind in given[:layers]]
    interval = config.get("full_attention_interval")
    if interval:
        return [_FULL if (number + 1) % int(interval) == 0 else _STATE for number in range(layers)]
    return _family_types(config, layers, model_type)


def _family_types(config: t.Mapping[str, t.Any], layers: int, model_type: str) -> list[str]:
    pattern = 0
    if model_type in ("gemma2", "gpt_oss"):
        pattern = 2
    elif model_type.startswith("gemma3"):
        pattern = int(config.get("sliding_window_pattern") or 6)
    if pattern:
        return [_WINDOW if (number + 1) % pattern else _FULL for number in range(layers)]
    # Qwen's window is off unless use_sliding_window says otherwise, and then begins at a layer.
    if model_type.startswith("qwen") or "use_sliding_window" in config:
        first = int(config.get("max_window_layers") or 0)
        return [_WINDOW if config.get("use_sliding_window") and n >= first else _FULL for n in range(layers)]
    return [_WINDOW if config.get("sliding_window") else _FULL] * layers


def _state(config: t.Mapping[str, t.Any]) -> State | None:
    keys, values = config.get("linear_num_key_heads"), config.get("linear_num_value_heads")
    key_dim, value_dim = config.get("linear_key_head_dim"), config.get("linear_value_head_dim")
    if not (keys and values and key_dim and value_dim):
        return None
    return State(int(keys), int(values), int(key_dim), int(value_dim), int(config.get("linear_conv_kernel_dim") or 4))


__all__ = ("LayerKinds", "State", "layer_kinds")
