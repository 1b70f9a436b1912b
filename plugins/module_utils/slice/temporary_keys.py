# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keys of a check that belong to no team, so that no team's limit meets theirs, and that are good for one model."""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .context import Context, must_be_ok
from .offers import Model
from .passing_keys import key_of_a_check
from .wire import Answer

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
    with key_of_a_check(context, models=[model.name], max_budget=_BUDGET, **limits) as value:
        yield TemporaryKey(context, model, value)


__all__ = ("TemporaryKey", "temporary_key")
