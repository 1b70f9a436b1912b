# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The connection layer against a server that answers as it is told."""

from __future__ import annotations

import http.server
import json
import pathlib
import threading
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.litellm import connection
from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client
from ansible_collections.inference.platform.plugins.module_utils.litellm.errors import (
    ApiError,
    InputError,
    LiteLLMError,
    TransportError,
)

Answer = tuple[int, dict[str, str], bytes]


class Server(http.server.ThreadingHTTPServer):
    """Gives its answers in turn, the last one for ever; None cuts the connection."""

    def __init__(self, answers: list[Answer | None]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.requests: list[tuple[str, dict[str, str], bytes]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        server = t.cast(Server, self.server)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        server.requests.append((f"{self.command} {self.path}", dict(self.headers.items()), body))
        found = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        if found is None:
            self.close_connection = True
            return
        status, headers, content = found
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def do_PATCH(self) -> None:
        self.answer()

    def log_message(self, *_args: t.Any) -> None:
        """Nothing on the screen."""


OK: Answer = (200, {}, b'{"ok": true}')


class Scene:
    """A server, a client of it, and the pauses that the client made."""

    def __init__(self, answers: list[Answer | None], retries: int) -> None:
        self.server = Server(answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.pauses: list[float] = []
        url = f"http://127.0.0.1:{self.server.server_port}/base"
        where = connection.Connection(url=url, master_key="sk-master", retries=retries, timeout=5)
        self.client = Client(where, changed_by="test", sleep=self.pauses.append, chance=lambda: 0.0)


@pytest.fixture
def scene() -> t.Iterator[t.Callable[..., Scene]]:
    made: list[Scene] = []

    def make(*answers: Answer | None, retries: int = 4) -> Scene:
        made.append(Scene(list(answers), retries))
        return made[-1]

    yield make
    for one in made:
        one.client.close()
        one.server.shutdown()
        one.server.server_close()


def test_a_request_carries_key_author_and_body(scene: t.Callable[..., Scene]) -> None:
    one = scene(OK)
    assert one.client.post("/team/new", {"a": 1}, doing="x") == {"ok": True}
    ((line, headers, body),) = one.server.requests
    assert line == "POST /base/team/new"
    assert headers["Authorization"] == "Bearer sk-master"
    assert headers["litellm-changed-by"] == "test"
    assert json.loads(body) == {"a": 1}


def test_a_query_is_encoded(scene: t.Callable[..., Scene]) -> None:
    one = scene(OK)
    one.client.get("/team/info", {"team_id": "a&b c"}, doing="x")
    assert one.server.requests[0][0] == "GET /base/team/info?team_id=a%26b+c"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_by_itself_is_asked_again(scene: t.Callable[..., Scene], status: int) -> None:
    one = scene((status, {}, b"{}"), (status, {}, b"{}"), OK)
    assert one.client.get("/x", doing="x") == {"ok": True}
    assert one.pauses == [0.5, 1.0]


def test_a_lost_connection_is_opened_again(scene: t.Callable[..., Scene]) -> None:
    one = scene(OK, None, OK)
    for _ in range(2):
        assert one.client.get("/x", doing="x") == {"ok": True}
    assert len(one.server.requests) == 3


def test_a_named_pause_is_kept_up_to_a_limit(scene: t.Callable[..., Scene]) -> None:
    one = scene((429, {"retry-after": "3"}, b"{}"), (429, {"retry-after": "600"}, b"{}"), OK)
    one.client.get("/x", doing="x")
    assert one.pauses == [3.0, 8.0]


def test_pauses_are_stretched_by_chance_so_that_hosts_do_not_come_back_at_once() -> None:
    pauses: list[float] = []
    where = connection.Connection(url="http://127.0.0.1:9", master_key="k", retries=2)
    client = Client(where, changed_by="t", sleep=pauses.append, chance=lambda: 1.0)
    with pytest.raises(TransportError):
        client.get("/x", doing="x")
    assert pauses == [0.625, 1.25]


def test_a_patch_carries_its_body(scene: t.Callable[..., Scene]) -> None:
    one = scene(OK)
    one.client.patch("/model/m/update", {"blocked": True}, doing="x")
    assert (one.server.requests[0][0], one.server.requests[0][2]) == (
        "PATCH /base/model/m/update",
        b'{"blocked": true}',
    )


def test_retries_are_bounded(scene: t.Callable[..., Scene]) -> None:
    one = scene((503, {}, b'{"error": {"message": "no db"}}'), retries=2)
    with pytest.raises(ApiError, match="answered 503 to GET /x while looking: no db"):
        one.client.get("/x", doing="looking")
    assert len(one.server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_not_asked_again(scene: t.Callable[..., Scene], status: int) -> None:
    one = scene((status, {}, b"{}"))
    with pytest.raises(ApiError) as caught:
        one.client.get("/x", doing="x")
    assert caught.value.status == status
    assert one.pauses == []


def test_a_server_that_is_something_else_is_named(scene: t.Callable[..., Scene]) -> None:
    one = scene((200, {}, b"<html>"))
    with pytest.raises(LiteLLMError, match="Is this really LiteLLM"):
        one.client.get("/x", doing="x")


def test_an_address_where_nobody_listens_is_named() -> None:
    pauses: list[float] = []
    where = connection.Connection(url="http://127.0.0.1:9", master_key="k", retries=1)
    client = Client(where, changed_by="t", sleep=pauses.append, chance=lambda: 0.0)
    with pytest.raises(
        TransportError, match=r"http://127.0.0.1:9 cannot be reached for GET /x while looking, in up to 2 "
    ):
        client.get("/x", doing="looking")
    assert pauses == [0.5]


PARAMS: dict[str, t.Any] = {
    "url": "http://p:4000/",
    "master_key": "sk-1",
    "master_key_file": None,
    "timeout": 30.0,
    "retries": 4,
    "validate_certs": True,
    "ca_path": None,
}


def test_the_key_shows_in_no_representation() -> None:
    assert "sk-1" not in repr(connection.connection(PARAMS))


def test_the_key_may_lie_in_a_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "key").write_text("sk-2\n", encoding="utf-8")
    from_file = {**PARAMS, "master_key": None, "master_key_file": str(tmp_path / "key")}
    assert connection.connection(from_file).master_key == "sk-2"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"url": "p:4000"}, "must look like http://host:4000"),
        ({"url": "ftp://p"}, "must look like http://host:4000"),
        ({"master_key": None, "master_key_file": "/nowhere/key"}, "master_key_file: /nowhere/key cannot be read"),
        ({"master_key": None, "master_key_file": "/dev/null"}, "master_key_file: /dev/null is empty"),
    ],
)
def test_a_wrong_option_is_named(change: dict[str, t.Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        connection.connection({**PARAMS, **change})


def test_a_missing_ca_file_is_named() -> None:
    with pytest.raises(InputError, match=r"The CA file /nowhere/ca.pem cannot be used"):
        connection.connection({**PARAMS, "url": "https://p", "ca_path": "/nowhere/ca.pem"}).tls()
