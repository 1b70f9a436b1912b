# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong between a module and LiteLLM. The text of each is the module's message: complete sentences."""

from __future__ import annotations

import ast
import json
import typing as t

from ..rest.errors import InputError, TransportError
from ..rest.errors import RestError as LiteLLMError

__all__ = ("ApiError", "InputError", "LiteLLMError", "TransportError", "server_message")


class ApiError(LiteLLMError):
    """LiteLLM answered with an error status.

    Attributes:
        status: the HTTP status.
        server_message: what LiteLLM said, unwrapped.
        retry_after: seconds, when LiteLLM named them.

    """

    def __init__(
        self, *, url: str, doing: str, route: str, status: int, body: bytes, retry_after: float | None
    ) -> None:
        self.status = status
        self.server_message = server_message(body)
        self.retry_after = retry_after
        super().__init__(f"LiteLLM at {url} answered {status} to {route} while {doing}: {self._text()}")

    def _text(self) -> str:
        said = self.server_message.rstrip(".") + "."
        if self.status == 401:
            return f"{said} Check that the master key is the one the proxy runs with."
        if self.status == 403:
            return f"{said} The key given is not allowed to do this; the master key is needed."
        return said


def server_message(body: bytes) -> str:
    """The sentence inside {"error": {"message": ...}} or {"detail": ...}; the start of the body where it is neither."""
    text = body.decode("utf-8", "replace").strip()
    try:
        found = _unwrap(json.loads(text))
    except ValueError:
        found = text
    return found[:500] or "(an empty answer)"


def _unwrap(value: t.Any) -> str:
    if isinstance(value, dict):
        for key in ("error", "detail", "message"):
            if value.get(key):
                return _unwrap(value[key])
        return json.dumps(value)
    if isinstance(value, str) and value.startswith(("{'", '{"')):
        # LiteLLM prints Python dictionaries into its messages
        try:
            return _unwrap(ast.literal_eval(value))
        except (ValueError, SyntaxError):
            return value
    return value if isinstance(value, str) else json.dumps(value)
