# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Spans and moments as people write them and as LiteLLM answers them."""

from __future__ import annotations

import datetime
import re

from .errors import InputError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(text: str, option: str) -> float:
    """A span such as C(90d) or C(12h) in seconds. Raises InputError naming the option."""
    match = re.fullmatch(r"(\d+)([smhdw])", text.strip())
    if match is None:
        raise InputError(f"{option}: {text!r} is no span of time. Write a number and one of s, m, h, d, w: 90d, 12h.")
    return float(int(match[1]) * _SECONDS[match[2]])


def moment(text: str | None) -> datetime.datetime | None:
    """A moment as LiteLLM answers it (ISO 8601; without a zone it is UTC)."""
    if not text:
        return None
    parsed = datetime.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.UTC)


def text(when: datetime.datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second; None stays None."""
    if when is None:
        return None
    return when.astimezone(datetime.UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
