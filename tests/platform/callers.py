# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tenants that call a running platform all at once, and what each of them got for it."""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import http.client
import json
import threading
import time
import typing as t
import urllib.parse

MODEL = "coder-chat"
TOKENS = 4
ABORTED_TOKENS = 64


@dataclasses.dataclass
class Account:
    """What the calls of one key came to, as its owner saw it; tokens as the answers named them."""

    sent: int = 0
    whole: int = 0
    aborted: int = 0
    refused: int = 0
    broken: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclasses.dataclass(frozen=True)
class Kind:
    """How a call goes: streamed or not, hung up on after the first words or not, of a model that exists or not."""

    streamed: bool = False
    aborted: bool = False
    model: str = MODEL


PLAIN, STREAMED, ABORTED, FAILING = Kind(), Kind(streamed=True), Kind(streamed=True, aborted=True), Kind(model="nobody")


class Callers:
    """Calls of many keys through one endpoint.

    Args:
        endpoint: URL that ends in /v1.
        keys: values by name.

    """

    def __init__(self, endpoint: str, keys: dict[str, str]) -> None:
        self._url = urllib.parse.urlsplit(endpoint)
        self._keys = keys
        self._lock = threading.Lock()
        self.accounts: dict[str, Account] = collections.defaultdict(Account)

    def call(self, plan: t.Iterable[tuple[str, Kind]], *, at_once: int) -> float:
        """Make all calls of the plan, (name of the key, kind), and return the seconds that took."""
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(self._one, name, kind) for name, kind in plan]:
                done.result()
        return time.monotonic() - began

    def _one(self, name: str, kind: Kind) -> None:
        try:
            outcome, usage = self._send(name, kind)
        except (OSError, http.client.HTTPException, ValueError):
            outcome, usage = "broken", {}
        with self._lock:
            account = self.accounts[name]
            account.sent += 1
            setattr(account, outcome, getattr(account, outcome) + 1)
            account.prompt_tokens += usage.get("prompt_tokens", 0)
            account.completion_tokens += usage.get("completion_tokens", 0)

    def _send(self, name: str, kind: Kind) -> tuple[str, dict[str, int]]:
        body: dict[str, t.Any] = {
            "model": kind.model,
            "max_tokens": ABORTED_TOKENS if kind.aborted else TOKENS,
            "messages": [{"role": "user", "content": f"Hello from {name}"}],
        }
        if kind.streamed:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        headers = {"Authorization": f"Bearer {self._keys[name]}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self._url.hostname or "", self._url.port, timeout=120)
        try:
            connection.request("POST", f"{self._url.path}/chat/completions", json.dumps(body), headers)
            response = connection.getresponse()
            if response.status != 200:
                response.read()
                return ("refused" if response.status < 500 else "broken"), {}
            if not kind.streamed:
                return "whole", json.load(response)["usage"]
            return _streamed(response, kind)
        finally:
            connection.close()


def _streamed(response: http.client.HTTPResponse, kind: Kind) -> tuple[str, dict[str, int]]:
    usage: dict[str, int] = {}
    while line := response.readline():
        text = line.decode().strip()
        if not text.startswith("data:"):
            continue
        if kind.aborted:
            return "aborted", {}
        if text == "data: [DONE]":
            return "whole", usage
        usage = json.loads(text[5:]).get("usage") or usage
    return "broken", {}
