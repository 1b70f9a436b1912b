# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argument spec of everything that talks to the tree's repository."""

from __future__ import annotations

import typing as t

from .remote import Remote

REMOTE: dict[str, t.Any] = {
    "url": {"type": "str", "required": True},
    "branch": {"type": "str", "default": "main"},
    "ssh_key": {"type": "path"},
    "known_hosts": {"type": "path"},
    # A path, not the token.
    "token_file": {"type": "path", "no_log": False},
}


def remote(args: dict[str, t.Any]) -> Remote:
    """The remote that a task names."""
    return Remote(
        args["url"], args["branch"], args["ssh_key"] or "", args["known_hosts"] or "", args["token_file"] or ""
    )
