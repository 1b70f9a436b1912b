# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Callers that call again and again, and the engine that answers them."""

from __future__ import annotations

import collections
import dataclasses
import http.client
import http.server
import json
import secrets
import threading
import time
import typing as t

from litellm_fixture.fixtures import Proxy

BODY = json.dumps({"model": "stand-in", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 3})


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        engine = t.cast("Engine", self.server)
        self.rfile.read(int(self.headers["content-length"]))
        with engine.lock:
            engine.running += 1
            engine.asked += 1
            engine.most = max(engine.most, engine.running)
            fails = engine.failures > 0
            engine.failures -= fails
        time.sleep(engine.seconds)
        with engine.lock:
            engine.running -= 1
        choice = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6}
        answer = {
            "id": secrets.token_hex(8),
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }
        body = json.dumps(answer).encode()
        self.send_response(engine.failure if fails else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        # nobody keeps a connection to an engine that is stopped
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Tests look at counts."""


class Engine(http.server.ThreadingHTTPServer):
    """A stand-in for an engine that answers after some seconds and knows how many requests it had at a time."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.lock = threading.Lock()
        self.seconds = 0.0
        self.running = 0
        self.most = 0
        # requests that came, and how many of the next ones fail
        self.asked = 0
        self.failures = 0
        self.failure = 500
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@dataclasses.dataclass(frozen=True)
class Call:
    """One call: which proxy, when it began (monotonic seconds), and the status (0: none)."""

    proxy: int
    began: float
    status: int


class Load:
    """Callers of one key, some at each proxy, until they are told to end."""

    def __init__(self, proxies: t.Sequence[Proxy], key: t.Callable[[], str], *, callers: int = 1) -> None:
        self.calls: list[Call] = []
        self._key = key
        self._on = True
        places = [(index, proxy.port) for index, proxy in enumerate(proxies) for _ in range(callers)]
        self._threads = [threading.Thread(target=self._run, args=place) for place in places]
        for thread in self._threads:
            thread.start()

    def end(self) -> list[Call]:
        self._on = False
        for thread in self._threads:
            thread.join()
        return self.calls

    def statuses(self) -> collections.Counter[int]:
        return collections.Counter(call.status for call in self.calls)

    def refused_everywhere(self) -> bool:
        """Whether the last call at every proxy was refused."""
        last = {call.proxy: call.status for call in list(self.calls)}
        return len(last) > 1 and 200 not in last.values()

    def _run(self, index: int, port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while self._on:
            began = time.monotonic()
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key()}"}
            try:
                connection.request("POST", "/v1/chat/completions", BODY, headers)
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            self.calls.append(Call(index, began, status))
        connection.close()


def until(happened: t.Callable[[], bool], limit: float) -> bool:
    """Whether it happened within the limit, in seconds."""
    deadline = time.monotonic() + limit
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
