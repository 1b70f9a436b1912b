# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Calls, counters and deployments with everything that a test does not care about."""

from __future__ import annotations

import datetime
import typing as t
from decimal import Decimal

from ansible_collections.inference.platform.plugins.module_utils.ledger.calls import Call
from ansible_collections.inference.platform.plugins.module_utils.ledger.counters import Counter
from ansible_collections.inference.platform.plugins.module_utils.ledger.prices import Deployment

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
PRICED = Deployment("coder-chat", "coder-chat", Decimal("0.00001"), Decimal("0.00003"))
DEPLOYMENTS = {
    "coder-chat": PRICED,
    "coder-chat-fim": Deployment("coder-chat-fim", "coder-chat", *([Decimal("0.00001")] * 2)),
}


def at(minutes: float) -> datetime.datetime:
    return START + datetime.timedelta(minutes=minutes)


def call(number: int = 0, spend: str = "0.1", minute: float = 60, **more: t.Any) -> Call:
    """An answered call of a minute's length that began at a minute of the first of January."""
    given: dict[str, t.Any] = {
        "request_id": f"r{number}",
        "started": at(minute),
        "ended": at(minute + 1),
        "failed": False,
        "broken_off": False,
        "fallback_from": None,
        "key": "hash",
        "key_alias": "ci",
        "team": "research",
        "user": None,
        "customer": None,
        "model": "coder-chat",
        "deployment": "coder-chat",
        "spend": Decimal(spend),
        "prompt_tokens": 10,
        "completion_tokens": 20,
    }
    return Call(**{**given, **more})


def counter(spend: str, **more: t.Any) -> Counter:
    given: dict[str, t.Any] = {"since": START, "periodic": False, "due": False}
    return Counter(**{"kind": "key", "identity": "hash", "name": "ci", "spend": Decimal(spend), **given, **more})
