# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tells which parts of the platform this pod reaches: GET /results tries every target and answers with JSON.

usage: probe.py TARGETS_FILE [PORT]

Each line of the file is "EXPECTED HOST:PORT [PATH]": EXPECTED is blocked or reachable, PATH is asked for over HTTP when
the connection stands. Every address of a name is tried. Standard library only.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import http.client
import http.server
import json
import pathlib
import socket
import sys
import time

TIMEOUT_SECONDS = 2.0
MAXIMUM_ADDRESSES = 8


@dataclasses.dataclass(frozen=True)
class Target:
    """Something to reach, and whether that should work."""

    expected: str
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """How the target is called in the results."""
        return f"{self.host}:{self.port}{self.path}"


def read_targets(text: str) -> list[Target]:
    """Targets of a file. Raises ValueError naming the line that is none."""
    targets = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        host, _, port = (words[1] if len(words) > 1 else "").rpartition(":")
        if words[0] not in ("blocked", "reachable") or not host or not port.isdigit() or len(words) > 3:
            raise ValueError(f"not a target: {line!r}; write: blocked|reachable HOST:PORT [PATH]")
        targets.append(Target(words[0], host, int(port), words[2] if len(words) > 2 else ""))
    return targets


def attempt(target: Target) -> dict[str, object]:
    """What happened to one target: reachable is true as soon as one of its addresses takes a connection."""
    started = time.monotonic()
    reachable, detail = _reach(target)
    milliseconds = round((time.monotonic() - started) * 1000, 1)
    return {
        "target": target.name,
        "expected": target.expected,
        "reachable": reachable,
        "detail": detail,
        "ms": milliseconds,
    }


def _reach(target: Target) -> tuple[bool, str]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        return False, f"the name does not resolve: {error.strerror}"
    addresses = sorted({str(entry[4][0]) for entry in found})[:MAXIMUM_ADDRESSES]
    with concurrent.futures.ThreadPoolExecutor(len(addresses)) as pool:
        answers = list(pool.map(lambda address: _connect(address, target), addresses))
    return any(taken for taken, _detail in answers), "; ".join(detail for _taken, detail in answers)


def _connect(address: str, target: Target) -> tuple[bool, str]:
    try:
        with socket.create_connection((address, target.port), TIMEOUT_SECONDS):
            pass
    except TimeoutError:
        return False, f"{address}: no answer in {TIMEOUT_SECONDS:g} s"
    except OSError as error:
        return False, f"{address}: {error.strerror or error}"
    return True, f"{address}: {_ask(address, target) if target.path else 'connected'}"


def _ask(address: str, target: Target) -> str:
    connection = http.client.HTTPConnection(address, target.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", target.path, headers={"Host": target.host})
        return f"connected, HTTP {connection.getresponse().status}"
    except (OSError, http.client.HTTPException) as error:
        return f"connected, no HTTP ({error})"
    finally:
        connection.close()


def results(targets: list[Target]) -> list[dict[str, object]]:
    """All targets, tried at once, in their order."""
    if not targets:
        return []
    with concurrent.futures.ThreadPoolExecutor(len(targets)) as pool:
        return list(pool.map(attempt, targets))


class Handler(http.server.BaseHTTPRequestHandler):
    """GET /results and GET /healthz."""

    targets: list[Target]

    def do_GET(self) -> None:
        """Answers 200 with JSON, or 404."""
        if self.path == "/healthz":
            self._answer(200, "ok")
        elif self.path == "/results":
            self._answer(200, results(self.targets))
        else:
            self._answer(404, "there is /results and /healthz")

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content, indent=1).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nothing is logged: the results say it all."""


def main(arguments: list[str]) -> None:
    """Serves until it is killed."""
    Handler.targets = read_targets(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    port = int(arguments[1]) if len(arguments) > 1 else 8080
    with http.server.ThreadingHTTPServer(("", port), Handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
