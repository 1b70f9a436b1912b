# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Plain HTTP where the wire itself is the question: status codes, server-sent events, the moment of each arrival."""

from __future__ import annotations

import dataclasses
import http.client
import json
import time
import typing as t
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Answer:
    """A whole answer. Header names are lower case; seconds from sending to the last byte."""

    status: int
    headers: dict[str, str]
    text: str
    seconds: float

    def json(self) -> t.Any:
        """The parsed body, None when it is not JSON."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def error(self) -> dict[str, t.Any]:
        """The OpenAI error object of the body; empty when there is none."""
        body = self.json()
        error = body.get("error") if isinstance(body, dict) else None
        return error if isinstance(error, dict) else {}


@dataclasses.dataclass(frozen=True)
class Event:
    """One server-sent event: its data, and seconds from sending the request to its arrival."""

    data: str
    seconds: float

    def json(self) -> dict[str, t.Any]:
        """The parsed chunk; empty for [DONE] and for anything that is not an object."""
        try:
            value = json.loads(self.data)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclasses.dataclass(frozen=True)
class Stream:
    """A streamed answer, complete. ``events`` is empty when the status is not 200; ``text`` then has the body."""

    answer: Answer
    events: tuple[Event, ...]


class Http:
    """Requests to one base URL. Every call opens its own connection, so calls of several threads do not meet.

    Args:
        base: http or https URL without a trailing slash.
        timeout: seconds without a byte after which a request fails with TimeoutError.

    """

    def __init__(self, base: str, timeout: float) -> None:
        self.base = base.rstrip("/")
        self._url = urllib.parse.urlsplit(self.base)
        self._timeout = timeout

    def call(self, method: str, path: str, key: str | None = None, body: t.Any = None) -> Answer:
        """Send one request and read the whole answer. Raises OSError when there is none."""
        connection, started = self._send(method, path, key, body)
        try:
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except http.client.HTTPException as error:
            raise ConnectionError(f"{method} {self.base}{path}: not an HTTP answer: {error!r}") from error
        finally:
            connection.close()
        return Answer(response.status, _headers(response), text, time.monotonic() - started)

    def stream(self, path: str, key: str, body: t.Any, most: int = 0) -> Stream:
        """POST and collect the server-sent events as they arrive. Raises OSError when the connection breaks.

        After ``most`` events, unless it is 0, the connection is closed, whatever was still to come.
        """
        connection, started = self._send("POST", path, key, body)
        events: list[Event] = []
        rest: list[str] = []
        try:
            response = connection.getresponse()
            while line := response.readline():
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text.startswith("data:"):
                    events.append(Event(text[5:].strip(), time.monotonic() - started))
                elif text:
                    rest.append(text)
                if most and len(events) >= most:
                    break
        except http.client.HTTPException as error:
            raise ConnectionError(f"POST {self.base}{path}: the stream broke off: {error!r}") from error
        finally:
            connection.close()
        whole = Answer(response.status, _headers(response), "\n".join(rest), time.monotonic() - started)
        return Stream(whole, tuple(events))

    def _send(self, method: str, path: str, key: str | None, body: t.Any) -> tuple[http.client.HTTPConnection, float]:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=self._timeout)
        headers = {"Accept": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        started = time.monotonic()
        connection.request(method, self._url.path + path, data, headers)
        return connection, started


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}


__all__ = ("Answer", "Event", "Http", "Stream")
