# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The program of the isolation probe, against sockets of this machine."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import importlib.util
import json
import pathlib
import socket
import sys
import threading
import types
import typing as t

import pytest

PROGRAM = pathlib.Path(__file__).resolve().parents[3] / "roles" / "isolation_probe" / "files" / "probe.py"


def load() -> types.ModuleType:
    """The program as a module."""
    spec = importlib.util.spec_from_file_location("isolation_probe_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


probe = load()


@pytest.fixture
def listener() -> t.Iterator[int]:
    """Port of a socket that takes connections and never says a word."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> t.Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def attempt(line: str) -> dict[str, t.Any]:
    (target,) = probe.read_targets(line)
    found: dict[str, t.Any] = probe.attempt(target)
    return found


def test_a_socket_that_takes_connections_is_reachable(listener: int) -> None:
    row = attempt(f"blocked 127.0.0.1:{listener}")
    assert row["reachable"] is True
    assert row["expected"] == "blocked"
    assert row["target"] == f"127.0.0.1:{listener}"
    assert row["ms"] >= 0


def test_a_closed_port_is_not_reachable_and_says_why() -> None:
    row = attempt(f"reachable 127.0.0.1:{closed_port()}")
    assert row["reachable"] is False
    assert "refused" in row["detail"]


def test_a_name_that_does_not_resolve_is_told_from_a_block() -> None:
    row = attempt("blocked no-such-name.invalid:80")
    assert row["reachable"] is False
    assert "does not resolve" in row["detail"]


def test_an_http_answer_is_shown_and_no_answer_is_still_reachable(listener: int, monkeypatch: t.Any) -> None:
    monkeypatch.setattr(probe, "TIMEOUT_SECONDS", 0.2)
    with serving(probe.Handler) as port:
        assert "HTTP 404" in attempt(f"blocked 127.0.0.1:{port} /nothing")["detail"]
    silent = attempt(f"blocked 127.0.0.1:{listener} /health")
    assert silent["reachable"] is True
    assert "no HTTP" in silent["detail"]


def test_one_open_address_of_a_name_is_enough_to_be_reachable(listener: int, monkeypatch: t.Any) -> None:
    both = [(2, 1, 6, "", (address, listener)) for address in ("127.0.0.2", "127.0.0.1")]
    monkeypatch.setattr(probe.socket, "getaddrinfo", lambda *_args, **_more: both)
    row = attempt(f"blocked engine:{listener}")
    assert row["reachable"] is True
    assert "127.0.0.2: " in row["detail"]


def test_results_are_asked_for_over_http_in_the_order_of_the_file(listener: int) -> None:
    lines = f"reachable 127.0.0.1:{listener}\n\nblocked 127.0.0.1:{closed_port()} /health\n"
    probe.Handler.targets = probe.read_targets(lines)
    with serving(probe.Handler) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/results")
        rows = json.loads(connection.getresponse().read())
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'"ok"'
        connection.close()
    assert [(row["expected"], row["reachable"]) for row in rows] == [("reachable", True), ("blocked", False)]


@pytest.mark.parametrize(
    "line", ["maybe host:80", "blocked host", "blocked host:http", "blocked host:80 /a /b", "blocked"]
)
def test_a_line_that_is_no_target_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="not a target"):
        probe.read_targets(line)
