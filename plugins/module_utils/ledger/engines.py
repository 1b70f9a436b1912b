# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tokens that the engines themselves counted (vLLM's C(vllm:prompt_tokens_total) and C(vllm:generation_tokens_total))."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from ..litellm.errors import InputError
from ..slice.metrics import total

UNITS = ("prompt_tokens", "completion_tokens")
_NAMES = {"prompt_tokens": "vllm:prompt_tokens_total", "completion_tokens": "vllm:generation_tokens_total"}
_STARTED = "process_start_time_seconds"


@dataclasses.dataclass(frozen=True)
class Reading:
    """One engine's counters at a moment. ``engine`` names the replica, ``model`` what it serves, ``at`` is in UTC.

    ``process`` is when the engine started, in seconds since 1970: another start counts from zero again.
    """

    engine: str
    model: str
    at: datetime.datetime
    process: float
    prompt_tokens: int
    completion_tokens: int

    def as_dict(self) -> dict[str, t.Any]:
        return {**dataclasses.asdict(self), "at": self.at.isoformat()}


@dataclasses.dataclass(frozen=True)
class Work:
    """What all replicas of a model did between two readings; ``lost`` names those whose counters are gone."""

    model: str
    start: datetime.datetime
    end: datetime.datetime
    prompt_tokens: int
    completion_tokens: int
    lost: tuple[str, ...]


def of_text(text: str, engine: str, model: str, at: datetime.datetime) -> Reading:
    """A reading of what an engine answers to /metrics. Raises InputError when it is no vLLM's."""
    if _NAMES["prompt_tokens"] not in text:
        raise InputError(f"Engine {engine} has no counter {_NAMES['prompt_tokens']}. Is this really vLLM's /metrics?")
    counts = {unit: int(total(text, name)) for unit, name in _NAMES.items()}
    return Reading(engine, model, at, total(text, _STARTED), **counts)


def parse(entry: t.Mapping[str, t.Any]) -> Reading:
    """A reading from its plain form. Raises InputError."""
    try:
        return Reading(
            engine=str(entry["engine"]),
            model=str(entry["model"]),
            at=datetime.datetime.fromisoformat(entry["at"]),
            process=float(entry["process"]),
            prompt_tokens=int(entry["prompt_tokens"]),
            completion_tokens=int(entry["completion_tokens"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"A reading of an engine is not what engine_tokens_info returns: {error!r}.") from error


def between(before: t.Sequence[Reading], after: t.Sequence[Reading]) -> list[Work]:
    """What each model's replicas did, for models that both readings have. Raises InputError when they are swapped."""
    models = sorted({reading.model for reading in before} & {reading.model for reading in after})
    return [
        _work(model, [one for one in before if one.model == model], [one for one in after if one.model == model])
        for model in models
    ]


def _work(model: str, before: list[Reading], after: list[Reading]) -> Work:
    start, end = max(reading.at for reading in before), min(reading.at for reading in after)
    if end < start:
        raise InputError(f"The readings of the engines of '{model}' are swapped: the second is older than the first.")
    earlier = {(reading.engine, reading.process): reading for reading in before}
    remaining = {(reading.engine, reading.process) for reading in after}
    counts = {unit: sum(getattr(one, unit) - _earlier(earlier, one, unit) for one in after) for unit in UNITS}
    lost = tuple(sorted(engine for engine, process in earlier if (engine, process) not in remaining))
    return Work(model, start, end, counts["prompt_tokens"], counts["completion_tokens"], lost)


def _earlier(earlier: dict[tuple[str, float], Reading], one: Reading, unit: str) -> int:
    """What this very process had counted before; 0 for one that started since."""
    known = earlier.get((one.engine, one.process))
    return int(getattr(known, unit)) if known is not None else 0
