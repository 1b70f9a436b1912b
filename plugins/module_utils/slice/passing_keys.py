# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keys that a check makes for itself in a tenant's team, and deletes again. Should that fail, they expire in minutes."""

from __future__ import annotations

import contextlib
import secrets
import typing as t

from .context import Context, must_be_ok
from .offers import Key
from .results import Notes

# All that a check makes in LiteLLM begins so.
PREFIX = "slice-check"
LIFE = "10m"


@contextlib.contextmanager
def key_of_a_check(context: Context, **options: t.Any) -> t.Iterator[str]:
    """The value of a new key; ``options`` are those of POST /key/generate. It stands in no text. Raises CheckError."""
    value = f"sk-{secrets.token_hex(24)}"
    context.keep_secret(value)
    alias = f"{PREFIX}-{secrets.token_hex(6)}"
    body = {"key": value, "key_alias": alias, "duration": LIFE, **options}
    must_be_ok(context.administer("/key/generate", body), "POST /key/generate with the master key")
    try:
        yield value
    finally:
        # one that is deleted already answers 404
        with contextlib.suppress(OSError):
            context.administer("/key/delete", {"key_aliases": [alias]})


@contextlib.contextmanager
def passing_key(context: Context, notes: Notes, owner: Key, **options: t.Any) -> t.Iterator[str]:
    """The value of a new key of the owner's team; ``options`` are those of POST /key/generate. Raises CheckError."""
    wanted = {"team_id": owner.team, "duration": LIFE, "key_type": "llm_api", **options}
    notes.sent("POST /key/generate with the master key", wanted)
    with key_of_a_check(context, **wanted) as value:
        yield value


__all__ = ("PREFIX", "key_of_a_check", "passing_key")
