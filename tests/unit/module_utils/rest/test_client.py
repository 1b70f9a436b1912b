# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is asked again and what must not be."""

from __future__ import annotations

import http.client
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.rest.client import JsonClient, Refusal
from ansible_collections.inference.platform.plugins.module_utils.rest.endpoint import Endpoint
from ansible_collections.inference.platform.plugins.module_utils.rest.errors import RestError


class Plain:
    """Tells failures by their status."""

    def passes(self, refusal: Refusal) -> bool:
        return refusal.status in (429, 503)

    def refused(self, refusal: Refusal) -> RestError:
        return RestError(f"refused {refusal.status}")

    def unreachable(self, doing: str, route: str, cause: Exception) -> RestError:
        return RestError(f"unreachable {route} while {doing}")

    def unreadable(self, doing: str, route: str, start: str) -> RestError:
        return RestError(f"unreadable {start}")


class Response:
    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.status, self.headers, self._body = status, headers, body

    def read(self) -> bytes:
        return self._body


class Line:
    """An http connection whose answers are given; None cuts it, an exception class is raised."""

    def __init__(self, answers: list[t.Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.opened = 0
        self.closed = 0

    def request(self, method: str, path: str, body: bytes | None = None, headers: object = None) -> None:
        self.asked.append(f"{method} {path}")

    def getresponse(self) -> Response:
        answer = self.answers.pop(0)
        if answer is None:
            raise http.client.RemoteDisconnected("cut")
        if isinstance(answer, BaseException):
            raise answer
        status, headers = answer if isinstance(answer, tuple) else (answer, {})
        return Response(status, b'{"ok": true}', headers)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., tuple[JsonClient, Line, list[float]]]:
    def make(*answers: t.Any, **limits: t.Any) -> tuple[JsonClient, Line, list[float]]:
        line, pauses = Line(list(answers)), list[float]()
        where = Endpoint(url="http://service/base", retries=limits.pop("retries", 3))
        client = JsonClient(where, {}, Plain(), sleep=pauses.append, chance=lambda: 0.0, **limits)

        def opened(self: JsonClient) -> Line:
            if self._http is None:
                line.opened += 1
                self._http = t.cast(http.client.HTTPConnection, line)
            return line

        monkeypatch.setattr(JsonClient, "_open", opened)
        return client, line, pauses

    return make


def ask(client: JsonClient, **more: t.Any) -> t.Any:
    return client.request("PUT", "/rent", body={}, doing="renting", **more)


@pytest.mark.parametrize("failure", [503, 429, None])
def test_a_repeatable_request_is_sent_again(scene: t.Any, failure: int | None) -> None:
    client, line, pauses = scene(failure, failure, 200)
    assert ask(client) == {"ok": True}
    assert (len(line.asked), pauses) == (3, [0.5, 1.0])


@pytest.mark.parametrize("failure", [503, None])
def test_a_request_that_must_not_be_done_twice_is_not_sent_again_when_it_may_have_been_done(
    scene: t.Any, failure: int | None
) -> None:
    client, line, pauses = scene(failure, 200)
    with pytest.raises(RestError):
        ask(client, repeatable=False)
    assert (len(line.asked), pauses) == (1, [])


def test_it_is_sent_again_when_the_service_says_that_it_did_nothing(scene: t.Any) -> None:
    client, line, _pauses = scene(429, 429, 200)
    assert ask(client, repeatable=False) == {"ok": True}
    assert len(line.asked) == 3


def test_it_goes_over_a_connection_that_nobody_can_have_closed_meanwhile(scene: t.Any) -> None:
    client, line, _pauses = scene(200, 200, 200)
    ask(client)
    ask(client)
    assert line.opened == 1
    ask(client, repeatable=False)
    assert line.opened == 2


def test_an_interrupted_exchange_is_not_continued(scene: t.Any) -> None:
    client, line, _pauses = scene(KeyboardInterrupt(), 200)
    with pytest.raises(KeyboardInterrupt):
        ask(client)
    assert ask(client) == {"ok": True}
    assert line.opened == 2


def test_a_pause_that_the_service_names_is_kept_up_to_a_limit(scene: t.Any) -> None:
    client, _line, pauses = scene((429, {"retry-after": "30"}), (429, {"retry-after": "900"}), 200, longest_named=60.0)
    ask(client)
    assert pauses == [30.0, 60.0]


def test_retries_are_bounded(scene: t.Any) -> None:
    client, line, _pauses = scene(*[503] * 9, retries=2)
    with pytest.raises(RestError, match="refused 503"):
        ask(client)
    assert len(line.asked) == 3
