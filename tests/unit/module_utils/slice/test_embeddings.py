# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Vectors that cannot be right go red."""

from __future__ import annotations

import base64
import math
import struct
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import embeddings
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

ONE, TWO = [0.1, 0.2, 0.3], [0.3, 0.2, -0.1]


def answer(vectors: t.Sequence[t.Sequence[float]], form: str | None) -> dict[str, t.Any]:
    def encoded(vector: t.Sequence[float]) -> t.Any:
        return list(vector) if form == "float" else base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()

    data = [
        {"object": "embedding", "index": index, "embedding": encoded(vector)} for index, vector in enumerate(vectors)
    ]
    return {"object": "list", "model": "coder-embed", "data": data, "usage": {"prompt_tokens": 9, "total_tokens": 9}}


def test_both_encodings_of_the_same_vectors_pass(context: Context, tenant: t.Any) -> None:
    tenant.answers["POST /v1/embeddings"] = lambda key, body: (200, answer([ONE, TWO], body.get("encoding_format")))
    (check,) = embeddings.checks(context.settings)
    result = run_one(context, check)
    assert result.passed, result.why
    assert result.data == {"dimension": 3}


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([ONE], [ONE], "2 texts were sent"),
        ([ONE, TWO[:2]], [ONE, TWO[:2]], r"dimensions \[2, 3\]"),
        ([ONE, [math.nan, 0, 0]], [ONE, TWO], "not finite"),
        ([ONE, TWO], [ONE, [0.3, 0.2, -0.2]], "another vector the second time"),
        ([ONE, ONE], [ONE, ONE], "two different texts gave the same vector"),
    ],
)
def test_bad_vectors_go_red(first: t.Any, second: t.Any, reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        embeddings.judge(first, second)
