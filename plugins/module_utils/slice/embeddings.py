# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Embeddings: as many numbers for every text, finite, the same for the same text and others for another."""

from __future__ import annotations

import functools
import math
import typing as t

from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes
from .sdk import ask

TEXTS = ("def add(a, b): return a + b", "The quick brown fox jumps over the lazy dog.")
# Kernels may pick another order of additions for another batch.
TOLERANCE = 1e-4


def checks(settings: Settings) -> list[Check]:
    """One check for each model that embeds."""
    return [
        Check(
            f"embeddings.{model.name}",
            "vectors of one dimension, finite, equal for equal text in both encodings and different for different text",
            functools.partial(_embeddings, model=model),
        )
        for model in settings.models_for("embeddings")
    ]


def _embeddings(context: Context, notes: Notes, *, model: Model) -> None:
    client = context.sdk(context.key(model))
    wanted = {"model": model.name, "input": list(TEXTS)}
    # The client's default encoding is base64; a second call asks for plain numbers.
    first = ask(notes, "POST /v1/embeddings", client.embeddings.create, wanted)
    second = ask(notes, "POST /v1/embeddings", client.embeddings.create, {**wanted, "encoding_format": "float"})
    judge([entry.embedding for entry in first.data], [entry.embedding for entry in second.data])
    notes.data["dimension"] = len(first.data[0].embedding)


def judge(first: t.Sequence[t.Sequence[float]], second: t.Sequence[t.Sequence[float]]) -> None:
    """Raises CheckError unless both answers hold good and equal vectors for the two texts."""
    vectors = [*first, *second]
    if len(first) != len(TEXTS) or len(second) != len(TEXTS):
        raise CheckError(f"{len(TEXTS)} texts were sent; {len(first)} and then {len(second)} vectors came back.")
    dimensions = sorted({len(vector) for vector in vectors})
    if len(dimensions) != 1 or dimensions[0] < 2:
        raise CheckError(f"the vectors have the dimensions {dimensions}.")
    if not all(math.isfinite(number) for vector in vectors for number in vector):
        raise CheckError("a vector contains a number that is not finite.", "Serve the model in float32.")
    if any(distance(one, two) > TOLERANCE for one, two in zip(first, second, strict=True)):
        raise CheckError(
            "the same text gave another vector the second time.", "Look for replicas with different models."
        )
    if distance(first[0], first[1]) <= TOLERANCE:
        raise CheckError(
            "two different texts gave the same vector.", "The weights of the model are not the right ones."
        )


def distance(one: t.Sequence[float], two: t.Sequence[float]) -> float:
    """The largest difference of two vectors in one coordinate."""
    return max(abs(left - right) for left, right in zip(one, two, strict=True))


__all__ = ("checks", "distance", "judge")
