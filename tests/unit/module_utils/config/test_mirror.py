# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A registry mirror is asked before nodes are told to pull from it."""

from __future__ import annotations

import http.server
import threading
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config.mirror import mirror_findings


class Registry(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/v2/" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: t.Any) -> None:  # noqa: A002  name given by the base class
        pass


@pytest.fixture
def registry() -> t.Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [200, 401])
def test_a_registry_is_accepted_open_or_behind_a_login(
    registry: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registry, "status", status)
    assert mirror_findings({"source": "mirror", "mirror": registry}) == []


def test_a_server_that_is_no_registry_is_refused_with_its_answer(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registry, "status", 404)
    (finding,) = mirror_findings({"source": "mirror", "mirror": registry})
    assert "404" in finding


def test_an_unreachable_registry_is_named() -> None:
    (finding,) = mirror_findings({"source": "mirror", "mirror": "http://127.0.0.1:9"})
    assert "http://127.0.0.1:9/v2/ cannot be reached" in finding


def test_no_registry_is_asked_when_artefacts_are_built_here() -> None:
    assert mirror_findings({"source": "packages", "mirror": "http://127.0.0.1:9"}) == []
