# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which failures of the API server pass by themselves, and how long to pause before asking again."""

from __future__ import annotations

import random

from .errors import ApiError, KubeError, TransportError

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0

# A webhook's server that has not started, or whose certificate is not injected yet.
_WEBHOOK_WAKING = (
    "connection refused",
    "no endpoints available",
    "deadline exceeded",
    "eof",
    "no such host",
    "i/o timeout",
    "no route to host",
    "connection reset",
    "failed to verify certificate",
    "could not find the requested resource",
    "service unavailable",
)


def pause_seconds(error: KubeError, attempt: int, *, method: str, versioned: bool = False) -> float | None:
    """Seconds to wait before attempt ``attempt + 1`` (the first attempt is 0); None when asking again is pointless.

    ``versioned``: the request names the resourceVersion that the object must have, so a conflict does not pass.
    """
    if isinstance(error, TransportError):
        if method == "POST" and error.sent:
            return None
        return _backoff(attempt)
    if not isinstance(error, ApiError) or not _passes(error):
        return None
    if versioned and error.status == 409:
        return None
    return error.retry_after if error.retry_after is not None else _backoff(attempt)


def _backoff(attempt: int) -> float:
    ceiling = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempt, 16))
    return ceiling * random.uniform(0.6, 1.0)


def _passes(error: ApiError) -> bool:
    text = error.server_message.lower()
    if error.status in (429, 502, 503, 504):
        return True
    if error.status == 500:
        webhook = "failed calling webhook" in text and any(word in text for word in _WEBHOOK_WAKING)
        return webhook or error.reason in ("ServerTimeout", "Timeout") or "etcdserver: " in text
    if error.status == 409:
        return error.reason == "Conflict" and "the object has been modified" in text
    return error.status == 403 and "is being terminated" in text
