# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is wanted of an object against what LiteLLM has: the same rules for all of them."""

from __future__ import annotations

import dataclasses
import typing as t

State = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was done, or would be in check mode: managed fields before and after, empty when the object does not exist."""

    before: State
    after: State
    raw: State = dataclasses.field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.before != self.after


def wanted_fields(given: t.Mapping[str, t.Any], *, clear: t.Iterable[str]) -> State:
    """The fields that the task decides: given ones, and None (null: no such limit) for those to clear.

    Args:
        given: options by LiteLLM's field name, None where the task does not say.
        clear: names to clear where they are not given.

    """
    wanted = {name: value for name, value in given.items() if value is not None}
    return {**{name: None for name in clear if name not in wanted}, **wanted}


def differing(wanted: State, current: t.Mapping[str, t.Any]) -> State:
    """The part of ``wanted`` that LiteLLM does not have yet; this is what an update sends."""
    return {name: value for name, value in wanted.items() if normal(name, value) != normal(name, current.get(name))}


def managed(names: t.Iterable[str], current: t.Mapping[str, t.Any]) -> State:
    """The named fields of an object in one stable form, for comparison and diff."""
    return {name: normal(name, current.get(name)) for name in names}


def normal(name: str, value: t.Any) -> t.Any:
    """Server-side defaults and orders that mean nothing must not show as a change."""
    if name in ("models", "teams"):
        return sorted(value or [])
    if name == "metadata":
        return value or {}
    if name == "blocked":
        return bool(value)
    if name in ("max_budget", "soft_budget") and value is not None:
        return float(value)
    if value == "":
        # how some of LiteLLM's routes have to be told that there is none
        return None
    return value
