# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Is a live object what an apply would leave, judged without asking the server?

The answer ``None`` (nothing to do) is exact; a path is only a doubt, which a dry run decides. Three things must hold: each
desired field has its value in the live object, each field our manager owns is still desired (removals), and each desired
field is owned by our manager (else Argo CD could not remove it later).
"""

from __future__ import annotations

import typing as t

from . import ownership
from .objects import BUILTIN_GROUPS, Object, group_of

# Defaults the API server writes into values that are owned as a whole, where a removed key and a defaulted one look alike.
# Removing such a key gives the default back, so an equal value is never a change. Only true of built-in kinds.
_DEFAULTS_INSIDE: dict[str, tuple[t.Any, ...]] = {
    "apiVersion": ("v1",),
    "divisor": ("0",),
    "expirationSeconds": (3600,),
    "kind": ("PersistentVolumeClaim",),
    "protocol": ("TCP",),
    "status": ({"phase": "Pending"},),
    "volumeMode": ("Filesystem",),
}


def doubt(desired: Object, live: Object, manager: str) -> str | None:
    """Path of the first field that may differ; None when an apply would change nothing."""
    fields = ownership.owned(live, manager)
    if fields is None:
        return "metadata.managedFields"
    if ownership.claim(live, manager)[0] != desired["apiVersion"]:
        return "apiVersion"
    builtin = group_of(desired["apiVersion"]) in BUILTIN_GROUPS
    body = {key: value for key, value in desired.items() if key not in ("apiVersion", "kind", "metadata")}
    metadata = {key: value for key, value in desired["metadata"].items() if key not in ("name", "namespace")}
    if metadata:
        body["metadata"] = metadata
    return _map(body, live, fields, builtin)


def _value(desired: t.Any, live: t.Any, fields: ownership.Fields, builtin: bool) -> str | None:
    if type(desired) is not type(live):
        return ""
    if ownership.is_leaf(fields):
        return None if same_whole(desired, live, builtin) else ""
    if isinstance(desired, dict):
        return _map(desired, live, fields, builtin)
    if isinstance(desired, list):
        return _associative(desired, live, fields, builtin)
    return None if desired == live else ""


def _map(desired: Object, live: Object, fields: ownership.Fields, builtin: bool) -> str | None:
    for key, value in desired.items():
        node = ownership.field(fields, key)
        if node is None or key not in live:
            return key
        found = _value(value, live[key], node, builtin)
        if found is not None:
            return f"{key}.{found}" if found else key
    for name in ownership.names(fields):
        if name not in desired:
            return name
    return None


def _associative(desired: list[t.Any], live: list[t.Any], fields: ownership.Fields, builtin: bool) -> str | None:
    """Members we own, in the live order, must be the desired ones in the desired order (an apply keeps our order)."""
    known = ownership.members(fields)
    mine = [(item, node) for item in live for key, node in known if _is_member(item, key)]
    if len(mine) != len(desired) or len(known) != len(desired):
        return "[]"
    for number, (wanted, (item, node)) in enumerate(zip(desired, mine, strict=True)):
        found = _value(wanted, item, node, builtin) if isinstance(wanted, dict) else _plain(wanted, item)
        if found is not None:
            return f"[{number}].{found}" if found else f"[{number}]"
    return None


def _is_member(item: t.Any, key: t.Any) -> bool:
    if isinstance(key, dict) and isinstance(item, dict):
        return all(item.get(name) == value for name, value in key.items())
    return bool(item == key)


def _plain(desired: t.Any, live: t.Any) -> str | None:
    return None if type(desired) is type(live) and desired == live else ""


def same_whole(desired: t.Any, live: t.Any, builtin: bool) -> bool:
    """Equality of a value that is owned as a whole; defaults of built-in kinds may be added inside."""
    if type(desired) is not type(live):
        return False
    if isinstance(desired, dict):
        return _same_map(desired, live, builtin)
    if isinstance(desired, list):
        return len(desired) == len(live) and all(
            same_whole(one, other, builtin) for one, other in zip(desired, live, strict=True)
        )
    return bool(desired == live)


def _same_map(desired: Object, live: Object, builtin: bool) -> bool:
    for key, value in desired.items():
        if key not in live or not same_whole(value, live[key], builtin):
            return False
    if len(live) == len(desired):
        return True
    return builtin and all(value in _DEFAULTS_INSIDE.get(key, ()) for key, value in live.items() if key not in desired)
