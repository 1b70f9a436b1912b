# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Labels: the only thing that says whose an instance is. Nobody acts on a label of somebody else."""

from __future__ import annotations

import dataclasses
import os
import pwd
import re
import socket

from .errors import InputError

ROOT = "inference-platform"
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*")
SHAPE = f"{ROOT}/<owner>/<platform>/<node>"


@dataclasses.dataclass(frozen=True)
class Label:
    """inference-platform/<owner>/<platform>/<node>."""

    owner: str
    platform: str
    node: str

    def __str__(self) -> str:
        return f"{ROOT}/{self.owner}/{self.platform}/{self.node}"


def default_owner() -> str:
    """user@hostname of this machine, which stays the same though the platform's folder is lost."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def parse(text: str | None) -> Label | None:
    """The label in its parts, None when it is not one of ours at all."""
    parts = (text or "").split("/")
    if len(parts) != 4 or parts[0] != ROOT or not all(_PART.fullmatch(part) for part in parts[1:]):
        return None
    return Label(*parts[1:])


def checked(text: str, owner: str | None, option: str = "label") -> Label:
    """The label, when it is one of this owner's. Raises InputError."""
    mine = checked_owner(owner)
    label = parse(text)
    if label is None:
        raise InputError(
            f"{option} must look like {SHAPE}, with letters, digits and . _ @ + - in each part, not {text!r}."
        )
    if label.owner != mine:
        raise InputError(
            f"{option} {text!r} belongs to {label.owner!r} and this task acts for {mine!r}, so nothing was touched. "
            "Instances of somebody else on the same account are theirs; give owner when it is you under another name."
        )
    return label


def checked_owner(owner: str | None) -> str:
    """The owner given, or the default one. Raises InputError."""
    mine = owner or default_owner()
    if not _PART.fullmatch(mine):
        raise InputError(
            f"owner may have letters, digits and . _ @ + - alone, and begins with a letter or digit: {mine!r}."
        )
    return mine
