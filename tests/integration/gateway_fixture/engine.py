# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for an engine: it tells what reached it and shows the metrics that an endpoint picker reads."""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import threading
import time
import typing as t

PORT = 8000
METRICS = """# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{model_name="m"} 0
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name="m"} 0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{model_name="m"} 0
# TYPE vllm:cache_config_info gauge
vllm:cache_config_info{block_size="128",num_gpu_blocks="64"} 1
"""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers a POST with what it saw; a body with "seconds" is answered after so many."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(METRICS.encode(), "text/plain; version=0.0.4")

    def do_POST(self) -> None:
        engine = t.cast("Server", self.server)
        body = json.loads(self._body())
        engine.seen.append({"path": self.path, "headers": dict(self.headers.items()), "body": body})
        time.sleep(body.get("seconds", 0))
        self._answer(json.dumps({"engine": engine.address, "model": body["model"]}).encode(), "application/json")

    def _body(self) -> bytes:
        """Envoy sends a body that went through the endpoint picker in chunks."""
        if self.headers["content-length"]:
            return self.rfile.read(int(self.headers["content-length"]))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-envoy-upstream-service-time", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Tests look at what was seen, not at a log."""


class Server(http.server.ThreadingHTTPServer):
    """An engine at an address of the loopback network, at the port of all engines."""

    daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, PORT), Handler)
        self.address = address
        self.seen: list[dict[str, t.Any]] = []
        self._connections: list[socket.socket] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def process_request(self, request: t.Any, client_address: t.Any) -> None:
        self._connections.append(request)
        super().process_request(request, client_address)

    def stop(self) -> None:
        """As a process that was killed: nobody listens any more, and its connections end."""
        self.shutdown()
        self.server_close()
        for connection in self._connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
