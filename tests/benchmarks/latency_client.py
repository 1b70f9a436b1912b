# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The client of bench_latency.py. Runs on a node, with the standard library alone: reads a JSON plan from standard input,
measures every target in turn, and prints the times as JSON.

The plan: {"targets": [{"name", "urls": [..], "key", "model"}], "requests", "warm_up", "streams", "rounds"}.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import sys
import time
import typing as t
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

TOKENS = 4
STREAM_TOKENS = 64


class Target:
    """One way to the model; takes its addresses in turn and keeps one connection to each."""

    def __init__(self, target: dict[str, t.Any]) -> None:
        self.name = target["name"]
        self._urls = [urllib.parse.urlsplit(url) for url in target["urls"]]
        self._headers = {"Authorization": f"Bearer {target['key']}", "Content-Type": "application/json"}
        self._model = target["model"]
        self._open = [self._connect(number) for number in range(len(self._urls))]
        self._turn = 0

    def chat(self) -> float:
        """Milliseconds of a chat of 4 tokens."""
        number, self._turn = self._turn % len(self._urls), self._turn + 1
        started = time.perf_counter()
        answer = self._post(self._open[number], number, self._body(TOKENS))
        answer.read()
        return (time.perf_counter() - started) * 1000

    def stream(self, number: int) -> tuple[float, float, int]:
        """Milliseconds to the first event with text and to the end of a stream of up to 64 tokens, and its events."""
        number %= len(self._urls)
        connection = self._connect(number)
        first, events = 0.0, 0
        started = time.perf_counter()
        answer = self._post(connection, number, self._body(STREAM_TOKENS) | {"stream": True})
        while line := answer.readline():
            if line.startswith(b"data: {"):
                events += 1
                text = (json.loads(line[6:]).get("choices") or [{}])[0].get("delta", {}).get("content")
                first = first or ((time.perf_counter() - started) * 1000 if text else 0.0)
        connection.close()
        return first, (time.perf_counter() - started) * 1000, events

    def _body(self, tokens: int) -> dict[str, t.Any]:
        messages = [{"role": "user", "content": "Hello"}]
        return {"model": self._model, "messages": messages, "max_tokens": tokens, "min_tokens": tokens}

    def _connect(self, number: int) -> http.client.HTTPConnection:
        url = self._urls[number]
        return http.client.HTTPConnection(str(url.hostname), url.port, timeout=60)

    def _post(
        self, connection: http.client.HTTPConnection, number: int, body: dict[str, t.Any]
    ) -> http.client.HTTPResponse:
        url = self._urls[number]
        try:
            connection.request("POST", f"{url.path}/chat/completions", json.dumps(body), self._headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise SystemExit(f"{self.name}: {url.geturl()} does not answer: {error}") from error
        if answer.status != 200:
            raise SystemExit(f"{self.name}: HTTP {answer.status}: {answer.read()[:300].decode('utf-8', 'replace')}")
        return answer


def sequential(targets: list[Target], requests: int, warm_up: int) -> dict[str, list[float]]:
    """Chats one after the other; the targets take turns, so that noise of the machine meets all of them."""
    found: dict[str, list[float]] = {target.name: [] for target in targets}
    for number in range(warm_up + requests):
        for target in targets:
            milliseconds = target.chat()
            if number >= warm_up:
                found[target.name].append(milliseconds)
    return found


@dataclasses.dataclass
class Streams:
    """What one target did: milliseconds of each stream, events of all, seconds of wall time."""

    first: list[float] = dataclasses.field(default_factory=list)
    whole: list[float] = dataclasses.field(default_factory=list)
    events: int = 0
    seconds: float = 0.0


def at_once(targets: list[Target], streams: int, rounds: int) -> dict[str, dict[str, t.Any]]:
    """Streams at once, each target in turn; the first round warms up and does not count."""
    found = {target.name: Streams() for target in targets}
    with ThreadPoolExecutor(streams) as pool:
        for number in range(rounds + 1):
            for target in targets:
                started = time.perf_counter()
                answers = list(pool.map(target.stream, range(streams)))
                if number == 0:
                    continue
                mine = found[target.name]
                mine.seconds += time.perf_counter() - started
                mine.first += [answer[0] for answer in answers]
                mine.whole += [answer[1] for answer in answers]
                mine.events += sum(answer[2] for answer in answers)
    return {name: dataclasses.asdict(mine) for name, mine in found.items()}


def main() -> None:
    plan = json.load(sys.stdin)
    targets = [Target(target) for target in plan["targets"]]
    result = {
        "chats": sequential(targets, plan["requests"], plan["warm_up"]),
        "streams": at_once(targets, plan["streams"], plan["rounds"]),
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
