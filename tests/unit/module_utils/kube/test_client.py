# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The HTTP client against a server on this machine that misbehaves on purpose."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube import retry
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.config import Cluster
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError, TransportError

Answer = tuple[int, dict[str, str], t.Any]
DROP: Answer = (0, {}, None)


class Server:
    """Gives the answers of ``script`` in turn; the last one for ever. DROP closes the connection without an answer."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.seen: list[tuple[str, str]] = []
        self.connections = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.seen.append((self.command, self.path))
                status, headers, body = outer.script.pop(0) if len(outer.script) > 1 else outer.script[0]
                if not status:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_arguments: t.Any) -> None:
                return

        for method in ("GET", "POST", "PATCH", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.answer)
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def client(self, **options: t.Any) -> Client:
        return Client(Cluster("127.0.0.1", self.http.server_address[1], "", None, {}), **options)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Server]:
    monkeypatch.setattr(retry, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(retry, "_LONGEST_PAUSE", 0.002)
    instance = Server()
    yield instance
    instance.http.shutdown()
    instance.http.server_close()


OK: Answer = (200, {}, {"ok": True})


def test_one_connection_serves_many_requests(server: Server) -> None:
    server.script = [OK]
    client = server.client()
    for _ in range(5):
        client.get("/x")
    assert server.connections == 1
    assert client.requests() == {"GET": 5}


def test_a_closed_idle_connection_is_opened_again_at_once(server: Server) -> None:
    server.script = [OK, DROP, OK]
    client = server.client(retry_seconds=0)
    assert client.get("/x") == client.get("/x") == {"ok": True}


def test_overload_is_asked_again_after_the_pause_the_server_names(server: Server) -> None:
    server.script = [(429, {"Retry-After": "0"}, {}), (503, {}, {}), OK]
    client = server.client()
    assert client.get("/x") == {"ok": True}
    assert client.requests() == {"GET": 3}


def test_the_patience_ends(server: Server) -> None:
    server.script = [(503, {}, {"message": "busy"})]
    with pytest.raises(ApiError, match="HTTP 503 : busy"):
        server.client(retry_seconds=0.05).get("/x")


def test_a_creation_without_an_answer_is_not_repeated(server: Server) -> None:
    server.script = [DROP, OK]
    with pytest.raises(TransportError, match="does not answer"):
        server.client().create("/x", {})
    assert len(server.seen) == 1


def test_nobody_listening_is_said_so() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(TransportError, match=rf"http://127.0.0.1:{port} refuses connections"):
        Client(Cluster("127.0.0.1", port, "", None, {}), retry_seconds=0).get("/x")


def test_pages_are_put_together(server: Server) -> None:
    server.script = [
        (200, {}, {"items": [{"n": 1}], "metadata": {"continue": "next", "resourceVersion": "7"}}),
        (200, {}, {"items": [{"n": 2}], "metadata": {"resourceVersion": "7"}}),
    ]
    assert server.client().list("/x") == ([{"n": 1}, {"n": 2}], "7")
    assert "continue=next" in server.seen[1][1]


def test_absent_is_a_value_for_find_and_an_error_for_get(server: Server) -> None:
    server.script = [(404, {}, {"reason": "NotFound", "message": "gone"})]
    assert server.client().find("/x") is None
    with pytest.raises(ApiError, match="GET /x: HTTP 404 NotFound: gone"):
        server.client().get("/x")


def test_warnings_of_the_server_are_kept(server: Server) -> None:
    server.script = [(200, {"Warning": '299 - "policy/v1beta1 is deprecated"'}, {})]
    client = server.client()
    client.get("/x")
    assert client.warnings == {"policy/v1beta1 is deprecated"}


def test_dry_runs_are_counted_apart(server: Server) -> None:
    server.script = [OK]
    client = server.client()
    client.apply("/x", {}, manager="m", dry_run=True)
    client.apply("/x", {}, manager="m")
    assert client.requests() == {"DRY-RUN": 1, "PATCH": 1}
    assert "dryRun=All" in server.seen[0][1]
    assert "dryRun" not in server.seen[1][1]
    assert "force=true" in server.seen[1][1]


def test_deleting_what_is_gone_or_another_is_no_error(server: Server) -> None:
    server.script = [
        (404, {}, {}),
        (409, {}, {"message": "Precondition failed: UID in precondition: a, UID in object: b"}),
    ]
    client = server.client()
    client.delete("/x", uid="a", propagation="Background")
    client.delete("/x", uid="a", propagation="Background")


def test_a_watch_ends_when_it_is_closed_from_another_thread() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        connection.recv(65536)
        event = b'{"type": "ADDED", "object": {}}\n'
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + b"%x\r\n%s\r\n" % (len(event), event))
        connection.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    watch = Client(Cluster("127.0.0.1", listener.getsockname()[1], "", None, {})).watch("/x", {}, seconds=60)
    events = iter(watch)
    assert next(events)["type"] == "ADDED"
    threading.Timer(0.05, watch.close).start()
    assert next(events, None) is None
    listener.close()
