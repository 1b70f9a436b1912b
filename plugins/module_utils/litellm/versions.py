# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which versions of LiteLLM this collection was run with; meta/compatibility.yml says the same for people."""

from __future__ import annotations

import re

from .client import Client
from .errors import LiteLLMError

# Both ends of what was run, and what lies between.
OLDEST = "1.106.2"
NEWEST = "1.108.7"


def version(client: Client) -> str | None:
    """What the proxy says of itself, by GET /public/model_hub/info; None where it does not say."""
    try:
        told = client.get("/public/model_hub/info", doing="asking for its version")
    except LiteLLMError:
        return None
    found = told.get("litellm_version") if isinstance(told, dict) else None
    return found if isinstance(found, str) else None


def doubt(found: str | None) -> str | None:
    """What a person should know of a proxy of that version; None when there is nothing to say."""
    number = _number(found or "")
    if not number or _number(OLDEST) <= number <= _number(NEWEST):
        return None
    return (
        f"The proxy is LiteLLM {found}. This collection was run with LiteLLM {OLDEST} to {NEWEST}; "
        "with others things may go differently, see docs/compatibility.md."
    )


def _number(text: str) -> tuple[int, ...]:
    """The release that a version belongs to or comes before; empty when that cannot be told."""
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()
