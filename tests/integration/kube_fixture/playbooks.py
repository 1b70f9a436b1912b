# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Plays that say what a task registered."""

from __future__ import annotations

import os
import pathlib
import typing as t

_ACTIONS = str(pathlib.Path(__file__).with_name("actions"))


def keeping(variable: str, path: pathlib.Path) -> dict[str, t.Any]:
    """A task that writes a registered variable to a file as JSON."""
    return {"keep": {"content": f"{{{{ {variable} | to_json }}}}", "dest": str(path)}}


def environment(**more: str) -> dict[str, str]:
    """What a play with such a task needs."""
    return {**os.environ, "ANSIBLE_ACTION_PLUGINS": _ACTIONS, **more}
