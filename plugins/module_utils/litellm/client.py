# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""JSON over HTTP to LiteLLM's admin API: one keep-alive connection, bounded retries. Standard library alone."""

from __future__ import annotations

import http.client
import json
import random
import socket
import time
import typing as t
import urllib.parse

from .connection import Connection
from .errors import ApiError, LiteLLMError, TransportError

# The database or the proxy is away for a moment, or the proxy asks us to slow down. 500 is what LiteLLM answers to a
# write while its database is away.
_PASSING = frozenset({429, 500, 502, 503, 504})
_FIRST_PAUSE = 0.5
# Up to a quarter is added to each pause by chance, so that many hosts do not come back at once.
_LONGEST_PAUSE = 8.0


class Client:
    """Not thread-safe. ``changed_by`` stands in LiteLLM's audit log for what is done."""

    def __init__(
        self,
        connection: Connection,
        *,
        changed_by: str,
        sleep: t.Callable[[float], None] = time.sleep,
        chance: t.Callable[[], float] = random.random,
    ) -> None:
        self._connection = connection
        self._sleep = sleep
        self._chance = chance
        self._tls = connection.tls()
        self._http: http.client.HTTPConnection | None = None
        self._headers = {
            "Authorization": f"Bearer {connection.master_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "litellm-changed-by": changed_by,
        }

    def get(self, path: str, query: t.Mapping[str, str | int] | None = None, *, doing: str) -> t.Any:
        """The decoded answer. ``doing`` ends the sentence "... while", for messages. Raises ApiError or TransportError."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        return self._request("GET", target, None, doing)

    def post(self, path: str, body: t.Mapping[str, t.Any], *, doing: str) -> t.Any:
        return self._request("POST", path, json.dumps(body).encode(), doing)

    def patch(self, path: str, body: t.Mapping[str, t.Any], *, doing: str) -> t.Any:
        return self._request("PATCH", path, json.dumps(body).encode(), doing)

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None

    def _request(self, method: str, target: str, body: bytes | None, doing: str) -> t.Any:
        attempt = 0
        while True:
            try:
                return self._once(method, target, body, doing)
            except LiteLLMError as error:
                pause = _pause(error, attempt)
                if pause is None or attempt >= self._connection.retries:
                    raise
                self._sleep(pause * (1.0 + self._chance() / 4))
                attempt += 1

    def _once(self, method: str, target: str, body: bytes | None, doing: str) -> t.Any:
        path = self._connection.address.path + target
        route = f"{method} {target.partition('?')[0]}"
        try:
            http_connection = self._open()
            http_connection.request(method, path, body=body, headers=self._headers)
            response = http_connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise TransportError(self._unreachable(doing, route, error)) from error
        if response.status >= 400:
            raise ApiError(
                url=self._connection.url,
                doing=doing,
                route=route,
                status=response.status,
                body=content,
                retry_after=_seconds(response.headers.get("retry-after")),
            )
        return self._decode(content, doing, route)

    def _open(self) -> http.client.HTTPConnection:
        if self._http is not None:
            return self._http
        address = self._connection.address
        host, timeout = address.hostname or "", self._connection.timeout
        if self._tls is not None:
            self._http = http.client.HTTPSConnection(host, address.port, timeout=timeout, context=self._tls)
        else:
            self._http = http.client.HTTPConnection(host, address.port, timeout=timeout)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._http

    def _decode(self, content: bytes, doing: str, route: str) -> t.Any:
        try:
            return json.loads(content)
        except ValueError as error:
            start = content[:100].decode("utf-8", "replace")
            raise LiteLLMError(
                f"{self._connection.url} answered {route} with something that is not JSON while {doing}: {start!r}. "
                "Is this really LiteLLM?"
            ) from error

    def _unreachable(self, doing: str, route: str, error: Exception) -> str:
        tries = self._connection.retries + 1
        return (
            f"LiteLLM at {self._connection.url} cannot be reached for {route} while {doing}, in up to {tries} attempts: "
            f"{error or type(error).__name__}. Check the address and that the proxy is running."
        )


def _pause(error: LiteLLMError, attempt: int) -> float | None:
    """Seconds until the next attempt; None when asking again is pointless."""
    backoff = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**attempt)
    if isinstance(error, TransportError):
        return backoff
    if not isinstance(error, ApiError) or error.status not in _PASSING:
        return None
    if error.retry_after is not None:
        return min(error.retry_after, _LONGEST_PAUSE)
    return backoff


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
