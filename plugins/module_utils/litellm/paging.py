# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Lists of LiteLLM that come in pages."""

from __future__ import annotations

import typing as t

from .client import Client
from .fields import State

# What most routes allow at most.
PAGE = 100


def pages(
    client: Client,
    path: str,
    query: t.Mapping[str, str | int],
    *,
    items: str,
    size: str,
    doing: str,
    length: int = PAGE,
) -> t.Iterator[State]:
    """All entries of a list, page after page, as they are needed. Raises LiteLLMError.

    Args:
        client: of the proxy.
        path: of the route.
        query: filters.
        items: name of the list in the answer.
        size: name of the parameter that says how many entries a page has.
        doing: ends the sentence "... while", for messages.
        length: entries a page.

    """
    page = 1
    while True:
        answer = client.get(path, {**query, "page": page, size: length}, doing=doing)
        yield from answer[items]
        if page >= (answer.get("total_pages") or 0) or not answer[items]:
            return
        page += 1
