# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What was asked of the server, in order. Keys are not kept."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass
class Call:
    """One request and how it was answered.

    Attributes:
        number: 1 for the first.
        at: seconds since the epoch.
        path: without the query.
        status: HTTP status, or 0 where no answer was sent.
        fault: kind of the injected fault, or nothing.

    """

    number: int
    at: float
    method: str
    path: str
    query: dict[str, str]
    body: t.Any
    status: int = 0
    fault: str = ""

    @property
    def writes(self) -> bool:
        """Whether it asks for a change; searches are posted but change nothing."""
        return self.method != "GET" and not self.path.rstrip("/").endswith(("/bundles", "/search/asks", "/search"))
