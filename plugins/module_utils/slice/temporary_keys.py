# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Virtual keys that live for one check."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import typing as t

from .context import Context, must_be_ok
from .offers import Model
from .wire import Answer

# What is left of a check that was killed ends by itself.
_LIFETIME = "10m"
_BUDGET = 0.05


@dataclasses.dataclass(frozen=True)
class TemporaryKey:
    """A key that is only good for one model."""

    context: Context
    model: Model
    value: str = dataclasses.field(repr=False)

    def chat(self) -> Answer:
        """The smallest chat, over a connection of its own: any of the proxies may get it."""
        body = {
            "model": self.model.name,
            "messages": [{"role": "user", "content": "Hello"}],
            "max_tokens": 1,
        }
        return self.context.http.call("POST", "/v1/chat/completions", self.value, body)

    def administer(self, route: str, **body: t.Any) -> None:
        """POST to LiteLLM's admin API. Raises CheckError."""
        must_be_ok(self.context.administer(route, body), f"POST {route}")


@contextlib.contextmanager
def temporary_key(context: Context, model: Model, **limits: t.Any) -> t.Iterator[TemporaryKey]:
    """A key with these limits, deleted at the end whatever happens. Raises CheckError."""
    value = f"sk-{secrets.token_hex(24)}"
    key = TemporaryKey(context, model, value)
    alias = f"verify-{secrets.token_hex(6)}"
    made = {"key_alias": alias, "models": [model.name], "duration": _LIFETIME, "max_budget": _BUDGET}
    key.administer("/key/generate", key=value, **made, **limits)
    try:
        yield key
    finally:
        context.administer("/key/delete", {"key_aliases": [alias]})


__all__ = ("TemporaryKey", "temporary_key")
