# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A tenant sees nothing of another: not its team, not its keys, not what it spent."""

from __future__ import annotations

import datetime
import functools

from ..litellm.keys import key_hash
from .context import Context, Settings
from .offers import Key
from .refusals import judge
from .results import Check, Notes


def checks(settings: Settings) -> list[Check]:
    """One check for each team, asking about the next one."""
    first = {key.team: key for key in reversed(settings.keys)}
    keys = list(first.values())
    if len(keys) < 2:
        return []
    return [
        Check(
            f"privacy.{key.team}",
            f"401 or 403 for everything about team {other.team} with a key of team {key.team}",
            functools.partial(_privacy, key=key, other=other),
        )
        for key, other in zip(keys, [*keys[1:], keys[0]], strict=True)
    ]


def _privacy(context: Context, notes: Notes, *, key: Key, other: Key) -> None:
    now = datetime.datetime.now(datetime.UTC)
    days = f"start_date={now:%Y-%m-%d}&end_date={now + datetime.timedelta(days=1):%Y-%m-%d}"
    other_hash = key_hash(other.value)
    for what, path in (
        (f"team {other.team}", f"/team/info?team_id={other.team}"),
        (f"the key {other.name}", f"/key/info?key={other_hash}"),
        (f"the spend of team {other.team}", f"/spend/logs/v2?team_id={other.team}&{days}"),
        (f"the spend of the key {other.name}", f"/spend/logs?api_key={other_hash}"),
    ):
        notes.sent(f"GET {path}")
        answer = context.http.call("GET", path, key.value)
        notes.got(f"HTTP {answer.status} {answer.text}")
        judge(
            answer,
            (401, 403),
            f"asking for {what} with the key of {key.name}",
            "The key may call more than models: run the playbook tenants.yml, which lets keys call LLM routes alone.",
        )


__all__ = ("checks",)
