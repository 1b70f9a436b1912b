# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What moved between two states of an object, for people: field paths and diffs without secrets."""

from __future__ import annotations

import copy
import typing as t

from .objects import Object, identity
from .yaml_text import dump

_NOISE = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_MOST_FIELDS = 50


def visible(item: Object | None) -> Object | None:
    """The object without what the server and controllers write at every turn; None stays None."""
    if item is None:
        return None
    result = {key: value for key, value in item.items() if key not in ("status", "metadata")}
    result["metadata"] = {key: value for key, value in item["metadata"].items() if key not in _NOISE}
    return result


def fields(before: t.Any, after: t.Any) -> list[str]:
    """Paths that differ, at most 50, lists by index: spec.template.spec.containers[0].image."""
    found: list[str] = []
    _collect(before, after, "", found)
    return found[:_MOST_FIELDS]


def _collect(before: t.Any, after: t.Any, path: str, found: list[str]) -> None:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            _collect(before.get(key), after.get(key), f"{path}.{key}" if path else str(key), found)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            _collect(one, other, f"{path}[{number}]", found)
    elif before != after or type(before) is not type(after):
        found.append(path)


def diff(before: Object | None, after: Object | None) -> dict[str, str]:
    """One entry of Ansible's diff. Values of Secrets appear as *** only."""
    known = after or before or {}
    header = str(identity(known))
    old, new = _masked(visible(before), visible(after))
    return {
        "before_header": header,
        "after_header": header,
        "before": dump(old) if old is not None else "",
        "after": dump(new) if new is not None else "",
    }


def _masked(before: Object | None, after: Object | None) -> tuple[Object | None, Object | None]:
    if "Secret" not in {(before or {}).get("kind"), (after or {}).get("kind")}:
        return before, after
    return _mask(before, after, "*** (before)"), _mask(after, before, "*** (after)")


def _mask(item: Object | None, other: Object | None, changed: str) -> Object | None:
    if item is None:
        return None
    result = copy.deepcopy(item)
    for section in ("data", "stringData"):
        rest = (other or {}).get(section) or {}
        values = result.get(section) or {}
        for key, value in values.items():
            values[key] = "***" if rest.get(key) == value else changed
    annotations = result["metadata"].get("annotations") or {}
    if _LAST_APPLIED in annotations:
        annotations[_LAST_APPLIED] = "***"
    return result
