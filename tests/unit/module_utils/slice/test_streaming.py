# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stream must be complete and arrive while it is made."""

from __future__ import annotations

import json
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import streaming
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one
from ansible_collections.inference.platform.plugins.module_utils.slice.wire import Event, Stream

WORDS = [f"word{number} " for number in range(20)]


def events(recorded: t.Sequence[tuple[float, t.Any]]) -> list[Event]:
    return [
        Event(data if isinstance(data, str) else json.dumps(data), 0.1 + index)
        for index, (_pause, data) in enumerate(recorded)
    ]


def test_a_stream_that_arrives_piece_by_piece_passes(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.chunks(WORDS, pause=0.005))
    (check,) = streaming.checks(context.settings)
    result = run_one(context, check)
    assert result.passed, result.why
    assert "24 events" in result.response
    assert "through the official client: 20 chunks" in result.response


def test_a_buffered_stream_goes_red(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = context.http.stream

    def all_at_the_end(path: str, key: str, body: t.Any) -> Stream:
        # The moments are set, because on a busy machine even what was sent at once is read in pieces.
        stream = real(path, key, body)
        return Stream(stream.answer, tuple(Event(event.data, stream.answer.seconds) for event in stream.events))

    monkeypatch.setattr(context.http, "stream", all_at_the_end)
    tenant.answers["POST /v1/chat/completions"] = lambda key, body: (200, shapes.chunks(WORDS))
    result = run_one(context, streaming.checks(context.settings)[0])
    assert not result.passed
    assert "buffers" in result.cure
    assert len(tenant.asked) == streaming.ATTEMPTS


def test_one_late_stream_on_a_busy_machine_is_forgiven(
    context: Context, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    whole = shapes.chunks(WORDS)

    def answer(key: str, body: t.Any) -> tuple[int, t.Any]:
        return 200, [(0.2, whole[0][1]), *whole[1:]] if len(tenant.asked) == 1 else shapes.chunks(WORDS, pause=0.005)

    tenant.answers["POST /v1/chat/completions"] = answer
    assert run_one(context, streaming.checks(context.settings)[0]).passed


@pytest.mark.parametrize(
    ("arrivals", "total"),
    [([0.500, 0.5001, 0.5002, 0.5003], 0.51), ([0.1, 0.1, 0.5, 0.5], 0.51)],
)
def test_bursts_are_not_a_stream(arrivals: list[float], total: float) -> None:
    with pytest.raises(CheckError, match="bursts"):
        streaming.judge_arrival(arrivals, total)


def test_a_stream_without_its_end_goes_red(shapes: types.SimpleNamespace) -> None:
    with pytest.raises(CheckError, match=r"does not end with \[DONE\]"):
        streaming.judge_events(events(shapes.chunks(WORDS)[:-1]))


def test_an_empty_stream_goes_red() -> None:
    with pytest.raises(CheckError, match="but with nothing"):
        streaming.judge_events([])


def test_an_error_inside_a_stream_goes_red(shapes: types.SimpleNamespace) -> None:
    broken = [
        *shapes.chunks(WORDS)[:4],
        (0.0, {"error": {"message": "EngineCore encountered an issue", "code": 500}}),
        (0.0, "[DONE]"),
    ]
    with pytest.raises(CheckError, match="EngineCore encountered an issue"):
        streaming.judge_events(events(broken))


def test_a_single_chunk_is_not_a_stream(shapes: types.SimpleNamespace) -> None:
    with pytest.raises(CheckError, match="1 content chunks"):
        streaming.judge_events(events(shapes.chunks(["all at once"])))


def test_a_stream_without_usage_goes_red(shapes: types.SimpleNamespace) -> None:
    recorded = shapes.chunks(WORDS)
    with pytest.raises(CheckError, match="no usage chunk"):
        streaming.judge_events(events([*recorded[:-2], recorded[-1]]))


def test_a_stream_without_finish_reason_goes_red(shapes: types.SimpleNamespace) -> None:
    recorded = shapes.chunks(WORDS)
    with pytest.raises(CheckError, match="finish reason"):
        streaming.judge_events(events([*recorded[:-3], *recorded[-2:]]))
