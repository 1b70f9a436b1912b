# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""LiteLLM's admin API: JSON over HTTP with the master key."""

from __future__ import annotations

import random
import time
import typing as t

from ..rest.client import JsonClient, Refusal
from .connection import Connection
from .errors import ApiError, LiteLLMError, TransportError

# The database or the proxy is away for a moment, or the proxy asks us to slow down. 500 is what LiteLLM answers to a
# write while its database is away.
_PASSING = frozenset({429, 500, 502, 503, 504})


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
        headers = {"Authorization": f"Bearer {connection.master_key}", "litellm-changed-by": changed_by}
        self._rest = JsonClient(connection, headers, _Dialect(connection), sleep=sleep, chance=chance)

    def get(self, path: str, query: t.Mapping[str, str | int] | None = None, *, doing: str) -> t.Any:
        """The decoded answer. ``doing`` ends the sentence "... while", for messages. Raises ApiError or TransportError."""
        return self._rest.request("GET", path, query=query, doing=doing)

    def post(self, path: str, body: t.Mapping[str, t.Any], *, doing: str) -> t.Any:
        return self._rest.request("POST", path, body=body, doing=doing)

    def patch(self, path: str, body: t.Mapping[str, t.Any], *, doing: str) -> t.Any:
        return self._rest.request("PATCH", path, body=body, doing=doing)

    def close(self) -> None:
        self._rest.close()


class _Dialect:
    """LiteLLM's failures in sentences."""

    def __init__(self, connection: Connection) -> None:
        self._url = connection.url
        self._tries = connection.retries + 1

    def passes(self, refusal: Refusal) -> bool:
        return refusal.status in _PASSING

    def refused(self, refusal: Refusal) -> LiteLLMError:
        return ApiError(
            url=self._url,
            doing=refusal.doing,
            route=refusal.route,
            status=refusal.status,
            body=refusal.body,
            retry_after=refusal.retry_after,
        )

    def unreachable(self, doing: str, route: str, cause: Exception) -> LiteLLMError:
        return TransportError(
            f"LiteLLM at {self._url} cannot be reached for {route} while {doing}, in up to {self._tries} attempts: "
            f"{cause or type(cause).__name__}. Check the address and that the proxy is running."
        )

    def unreadable(self, doing: str, route: str, start: str) -> LiteLLMError:
        return LiteLLMError(
            f"{self._url} answered {route} with something that is not JSON while {doing}: {start!r}. "
            "Is this really LiteLLM?"
        )
