# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""JSON over HTTP: one keep-alive connection, bounded retries with growing pauses. Standard library alone."""

from __future__ import annotations

import dataclasses
import http.client
import json
import random
import socket
import time
import typing as t
import urllib.parse

from .endpoint import Endpoint
from .errors import RestError

FIRST_PAUSE = 0.5
# Up to a quarter is added to each pause by chance, so that many hosts do not come back at once.
LONGEST_PAUSE = 8.0


@dataclasses.dataclass(frozen=True)
class Refusal:
    """An answer with an error status.

    Attributes:
        doing: what was being done, as the end of the sentence "... while".
        route: method and path.
        retry_after: seconds, when the service named them.

    """

    doing: str
    route: str
    status: int
    body: bytes
    retry_after: float | None


class Dialect(t.Protocol):
    """How one service's failures are judged and told."""

    def passes(self, refusal: Refusal) -> bool:
        """Whether the refusal goes away by itself, so that asking again helps."""

    def refused(self, refusal: Refusal) -> RestError: ...

    def unreachable(self, doing: str, route: str, cause: Exception) -> RestError: ...

    def unreadable(self, doing: str, route: str, start: str) -> RestError: ...


class _AttemptError(Exception):
    """One attempt that failed.

    Attributes:
        error: what the caller is told when it was the last attempt.
        passing: asking again may help.
        undone: the service said that it did nothing, so that asking again cannot do it twice.

    """

    def __init__(self, error: RestError, *, passing: bool, undone: bool, retry_after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.passing = passing
        self.undone = undone
        self.retry_after = retry_after


class JsonClient:
    """Not thread-safe."""

    def __init__(
        self,
        endpoint: Endpoint,
        headers: t.Mapping[str, str],
        dialect: Dialect,
        *,
        longest_named: float = LONGEST_PAUSE,
        sleep: t.Callable[[float], None] = time.sleep,
        chance: t.Callable[[], float] = random.random,
    ) -> None:
        """``longest_named``: seconds of pause up to which the service's own wish for one is followed."""
        self._endpoint = endpoint
        self._longest_named = longest_named
        self._dialect = dialect
        self._sleep = sleep
        self._chance = chance
        self._tls = endpoint.tls()
        self._http: http.client.HTTPConnection | None = None
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **headers}

    def request(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        query: t.Mapping[str, str | int] | None = None,
        body: t.Mapping[str, t.Any] | None = None,
        repeatable: bool = True,
    ) -> t.Any:
        """The decoded answer.

        Args:
            doing: ends the sentence "... while", for messages.
            repeatable: False for a request that must not be done twice. It goes over a new connection and is asked
                again after a 429 alone, with which the service says that it did nothing.

        Raises what the dialect makes of the last failure.

        """
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        content = None if body is None else json.dumps(body).encode()
        if not repeatable:
            # an idle connection may have been closed by the other side: that would look like a lost answer
            self.close()
        attempt = 0
        while True:
            try:
                return self._once(method, target, content, doing)
            except _AttemptError as failure:
                again = failure.passing and (repeatable or failure.undone)
                if not again or attempt >= self._endpoint.retries:
                    raise failure.error from failure.__cause__
                self._sleep(self._pause(failure.retry_after, attempt) * (1.0 + self._chance() / 4))
                attempt += 1

    def _pause(self, retry_after: float | None, attempt: int) -> float:
        """Seconds until the next attempt."""
        if retry_after is not None:
            return min(retry_after, self._longest_named)
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt)

    def close(self) -> None:
        if self._http is not None:
            self._http.close()
        self._http = None

    def _once(self, method: str, target: str, body: bytes | None, doing: str) -> t.Any:
        path = self._endpoint.address.path + target
        route = f"{method} {target.partition('?')[0]}"
        try:
            connection = self._open()
            connection.request(method, path, body=body, headers=self._headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            told = self._dialect.unreachable(doing, route, error)
            raise _AttemptError(told, passing=True, undone=False) from error
        except BaseException:
            # a signal: the connection is in the middle of an exchange and no good for the next
            self.close()
            raise
        if response.status >= 400:
            raise self._refused(response, content, doing, route)
        return self._decode(content, doing, route)

    def _refused(self, response: http.client.HTTPResponse, content: bytes, doing: str, route: str) -> _AttemptError:
        refusal = Refusal(doing, route, response.status, content, _seconds(response.headers.get("retry-after")))
        return _AttemptError(
            self._dialect.refused(refusal),
            passing=self._dialect.passes(refusal),
            undone=refusal.status == 429,
            retry_after=refusal.retry_after,
        )

    def _open(self) -> http.client.HTTPConnection:
        if self._http is not None:
            return self._http
        address = self._endpoint.address
        host, timeout = address.hostname or "", self._endpoint.timeout
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
            told = self._dialect.unreadable(doing, route, start)
            raise _AttemptError(told, passing=False, undone=False) from error


def _seconds(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
