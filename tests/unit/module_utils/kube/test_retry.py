# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is asked again and what is not."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError, KubeError, TransportError
from ansible_collections.inference.platform.plugins.module_utils.kube.retry import pause_seconds


def answer(status: int, message: str = "", reason: str = "", after: float | None = None) -> ApiError:
    body = {"message": message, "reason": reason}
    return ApiError(status, body, method="PATCH", path="/x", retry_after=after)


@pytest.mark.parametrize(
    "error",
    [
        answer(429),
        answer(503),
        answer(504),
        answer(500, "etcdserver: request timed out"),
        answer(500, "x", "ServerTimeout"),
        answer(500, 'failed calling webhook "a": no endpoints available for service "b"'),
        answer(500, 'failed calling webhook "a": dial tcp 10.0.0.1:443: connect: connection refused'),
        answer(409, "the object has been modified; please apply your changes to the latest version", "Conflict"),
        answer(403, "unable to create new content in namespace x because it is being terminated", "Forbidden"),
        TransportError("refused", sent=False, refused=True),
        TransportError("reset", sent=True, refused=False),
    ],
)
def test_what_passes_by_itself_is_asked_again(error: KubeError) -> None:
    pause = pause_seconds(error, 0, method="PATCH")
    assert pause is not None
    assert 0 < pause <= 0.1


@pytest.mark.parametrize(
    "error",
    [
        answer(400),
        answer(401),
        answer(403, "User cannot patch", "Forbidden"),
        answer(404),
        answer(409, "already exists", "AlreadyExists"),
        answer(422, "invalid"),
        answer(500, "failed to create typed patch object"),
        answer(500, 'failed calling webhook "a": the answer is not valid'),
        KubeError("certificate"),
    ],
)
def test_what_stays_is_not_asked_again(error: KubeError) -> None:
    assert pause_seconds(error, 0, method="PATCH") is None


def test_a_creation_that_may_have_arrived_is_not_repeated() -> None:
    assert pause_seconds(TransportError("reset", sent=True, refused=False), 0, method="POST") is None
    assert pause_seconds(TransportError("refused", sent=False, refused=True), 0, method="POST") is not None


def test_the_server_says_how_long_to_pause() -> None:
    assert pause_seconds(answer(429, after=7.0), 0, method="GET") == 7.0


def test_pauses_grow_and_are_bounded() -> None:
    pauses = [pause_seconds(answer(503), attempt, method="GET") or 0 for attempt in range(40)]
    assert max(pauses) <= 5.0
    assert pauses[10] > pauses[0]


def test_a_conflict_of_a_request_for_one_version_stays() -> None:
    conflict = answer(409, "the object has been modified; please apply your changes to the latest version", "Conflict")
    assert pause_seconds(conflict, 0, method="PATCH", versioned=True) is None
    assert pause_seconds(answer(503), 0, method="PATCH", versioned=True) is not None
