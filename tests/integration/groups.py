# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which tests belong together, in which order they start, and when the servers that they share end."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

import pytest

# Servers that several files share, by the files' first letters; with the last of these tests they end, because a server
# with nothing to do still takes processor time from the tests after it.
_SHARED = {"litellm": ("test_litellm",)}
_FIXTURES = {
    "counters": "litellm",
    "litellm": "litellm",
    "litellm_image": "litellm",
    "postgres": "litellm",
    "twin": "litellm",
}

# Files that share something there is one of; every other file is a group of its own. Groups run side by side, one in order.
_GROUPS = {"litellm": _SHARED["litellm"]}

# The groups that take longest, longest first: one that started last would run when there is no other left beside it.
_FIRST = (
    "litellm",
    "test_artifacts",
    "test_external_secrets",
    "test_sealed_secret",
    "test_component",
    "test_vast_site",
    "test_vast_instance",
)

# What the fixtures of the present tests want to be done when nobody needs them any more.
ENDING = contextlib.ExitStack()


def _name(nodeid: str) -> str:
    return pathlib.Path(nodeid.partition("::")[0]).stem


def _of(nodeid: str, families: dict[str, tuple[str, ...]]) -> str:
    name = _name(nodeid)
    return next((family for family, starts in families.items() if name.startswith(starts)), name)


def group(nodeid: str) -> str:
    """The group of a test."""
    return _of(nodeid, _GROUPS)


def arrange(items: list[pytest.Item]) -> None:
    """Sort tests by their groups. Raises UsageError when one outside of a group uses its servers."""
    for item in items:
        for fixture in t.cast("list[str]", getattr(item, "fixturenames", [])):
            family = _FIXTURES.get(fixture)
            if family and _of(item.nodeid, _SHARED) != family:
                raise pytest.UsageError(
                    f"{item.nodeid} uses {fixture}, which ends with {', '.join(_SHARED[family])}*: call its file like these, "
                    "or name the file in tests/integration/groups.py"
                )
    position = {name: number for number, name in enumerate(_FIRST)}
    order = {family: number for number, family in enumerate(_SHARED)}
    items.sort(
        key=lambda item: (
            position.get(group(item.nodeid), len(position)),
            group(item.nodeid),
            order.get(_of(item.nodeid, _SHARED), len(order)),
        )
    )


def end_what_nobody_needs(item: pytest.Item, following: pytest.Item | None) -> None:
    """After a test: end the servers of its files when the next test is of others."""
    if following is None or _of(item.nodeid, _SHARED) != _of(following.nodeid, _SHARED):
        ENDING.close()
