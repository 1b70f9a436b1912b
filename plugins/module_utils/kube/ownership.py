# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What one field manager owns in an object (FieldsV1 of meta/v1 managedFields)."""

from __future__ import annotations

import json
import typing as t

from .objects import Object

Fields = dict[str, t.Any]


def owned(live: Object, manager: str) -> Fields | None:
    """fieldsV1 of what ``manager`` applied, None when it never applied this object."""
    entry = _entry(live, manager)
    return entry.get("fieldsV1") or {} if entry else None


def claim(live: Object, manager: str) -> tuple[str, Fields]:
    """What an apply would leave in managedFields for ``manager``: equal claims mean that nothing is written."""
    entry = _entry(live, manager)
    return (str(entry.get("apiVersion")), entry.get("fieldsV1") or {}) if entry else ("", {})


def _entry(live: Object, manager: str) -> Object | None:
    for entry in live.get("metadata", {}).get("managedFields") or []:
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource"):
            return t.cast(Object, entry)
    return None


def field(fields: Fields, name: str) -> Fields | None:
    found = fields.get(f"f:{name}")
    return t.cast("Fields | None", found)


def is_leaf(fields: Fields) -> bool:
    """True when the manager owns the value as a whole (a scalar, an atomic list or map, an empty one)."""
    return not any(key != "." for key in fields)


def members(fields: Fields) -> list[tuple[t.Any, Fields]]:
    """Members of an owned associative list or set: (merge keys or value, fields of the member)."""
    return [(json.loads(key[2:]), node) for key, node in fields.items() if key[:2] in ("k:", "v:")]


def names(fields: Fields) -> t.Iterator[str]:
    """Names of the owned fields of a map."""
    return (key[2:] for key in fields if key.startswith("f:"))
