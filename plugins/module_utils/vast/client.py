# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Vast's REST API: JSON over HTTP with the account's key."""

from __future__ import annotations

import json
import random
import time
import typing as t

from ..rest.client import JsonClient, Refusal
from .connection import Connection
from .errors import ApiError, RestError, TransportError

# Too many requests, or the service or what stands before it is away for a moment.
_PASSING = frozenset({429, 500, 502, 503, 504})

# Seconds that the provider's client waits when it is asked to.
_LONGEST_NAMED = 60.0


class Client:
    """Not thread-safe. Paths begin with /api; ``doing`` ends the sentence "... while", for messages.

    Every method returns the decoded answer and raises ApiError, also for an answer 200 that says success: false, or
    TransportError.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        sleep: t.Callable[[float], None] = time.sleep,
        chance: t.Callable[[], float] = random.random,
    ) -> None:
        self._url = connection.url
        headers = {"Authorization": f"Bearer {connection.api_key}"}
        self._rest = JsonClient(
            connection, headers, _Dialect(connection), longest_named=_LONGEST_NAMED, sleep=sleep, chance=chance
        )

    def get(self, path: str, query: t.Mapping[str, str | int] | None = None, *, doing: str) -> t.Any:
        return self._checked("GET", path, doing, self._rest.request("GET", path, query=query, doing=doing))

    def post(self, path: str, body: t.Mapping[str, t.Any], *, doing: str, repeatable: bool = True) -> t.Any:
        answer = self._rest.request("POST", path, body=body, doing=doing, repeatable=repeatable)
        return self._checked("POST", path, doing, answer)

    def put(self, path: str, body: t.Mapping[str, t.Any], *, doing: str, repeatable: bool = True) -> t.Any:
        answer = self._rest.request("PUT", path, body=body, doing=doing, repeatable=repeatable)
        return self._checked("PUT", path, doing, answer)

    def delete(self, path: str, query: t.Mapping[str, str | int] | None = None, *, doing: str) -> t.Any:
        """What is not there is the same as success, because a repeated request finds nothing any more."""
        try:
            answer = self._rest.request("DELETE", path, query=query, body={}, doing=doing)
            return self._checked("DELETE", path, doing, answer)
        except ApiError as error:
            if error.gone:
                return {}
            raise

    def close(self) -> None:
        self._rest.close()

    def _checked(self, method: str, path: str, doing: str, answer: t.Any) -> t.Any:
        if isinstance(answer, dict) and answer.get("success") is False:
            raise ApiError(self._url, Refusal(doing, f"{method} {path}", 200, json.dumps(answer).encode(), None))
        return answer


class _Dialect:
    """Vast's failures in sentences."""

    def __init__(self, connection: Connection) -> None:
        self._url = connection.url

    def passes(self, refusal: Refusal) -> bool:
        return refusal.status in _PASSING and not ApiError(self._url, refusal).search_quota

    def refused(self, refusal: Refusal) -> RestError:
        return ApiError(self._url, refusal)

    def unreachable(self, doing: str, route: str, cause: Exception) -> RestError:
        return TransportError(
            f"Vast at {self._url} gave no answer to {route} while {doing}: {cause or type(cause).__name__}. "
            "Check base_url and the network."
        )

    def unreadable(self, doing: str, route: str, start: str) -> RestError:
        return TransportError(
            f"{self._url} answered {route} with something that is not JSON while {doing}: {start!r}. Is this really Vast?"
        )
