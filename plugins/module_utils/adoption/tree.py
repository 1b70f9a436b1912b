# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which objects a handover adopts: the tree without the components that are new."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

from ..kube.errors import KubeError
from ..kube.objects import Identity, Object, identity
from ..tree.writer import read
from .records import Snapshot, Target

_FOLDER = re.compile(r"\d+-(?P<component>.+)")


@dataclasses.dataclass(frozen=True)
class Adopted:
    """What the tree says: objects to look for, the others' identities, and the namespaces in which pods may run."""

    targets: tuple[Target, ...]
    objects: tuple[Object, ...]
    excluded: frozenset[Identity]
    namespaces: tuple[str, ...]


def adopted(tree: str, exclude: t.Collection[str]) -> Adopted:
    """Read the folders <wave>-<component> of ``tree``. An object of an adopted and an excluded component is adopted.

    Raises KubeError for a tree without objects and for files that do not hold objects.
    """
    targets: dict[Identity, Target] = {}
    objects: list[Object] = []
    others: set[Identity] = set()
    for component, folder in _components(tree, exclude):
        for item in read(folder):
            key = identity(item)
            if component in exclude:
                others.add(key)
            elif key not in targets:
                targets[key] = Target(component, item["apiVersion"], key.kind, key.namespace, key.name)
                objects.append(item)
    if not targets:
        raise KubeError(f"The tree {tree} has no object that could be adopted: has the platform been made yet?")
    namespaces = sorted({identity(item).namespace for item in objects if _runs_pods(item)} - {""})
    return Adopted(tuple(targets.values()), tuple(objects), frozenset(others - targets.keys()), tuple(namespaces))


def unadopted(before: Snapshot, wanted: Adopted) -> set[tuple[str, str, str]]:
    """Workloads (kind, namespace, name) whose pods do not count: excluded, or in the tree only since the snapshot."""
    known = {entry.target.key for entry in before.objects} | {target.key for target in before.missing}
    others = {target.key for target in wanted.targets if target.key not in known} | wanted.excluded
    return {(key.kind, key.namespace, key.name) for key in others}


def _components(tree: str, exclude: t.Collection[str]) -> list[tuple[str, str]]:
    try:
        names = sorted(os.listdir(tree))
    except OSError as error:
        raise KubeError(f"Cannot read the tree {tree}: {error.strerror}.") from error
    matches = [match for name in names if (match := _FOLDER.fullmatch(name))]
    found = [(match["component"], os.path.join(tree, match.string)) for match in matches]
    return [(component, folder) for component, folder in found if os.path.isdir(folder)]


def _runs_pods(value: t.Any) -> bool:
    """Whether a pod template stands anywhere in the object, whatever its kind calls it."""
    if isinstance(value, dict):
        return any(
            (key == "containers" and isinstance(entry, list)) or _runs_pods(entry) for key, entry in value.items()
        )
    return isinstance(value, list) and any(_runs_pods(entry) for entry in value)
