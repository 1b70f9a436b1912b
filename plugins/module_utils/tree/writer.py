# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tree on disk: one file per object, the same bytes for the same object, untouched when nothing changed."""

from __future__ import annotations

import dataclasses
import os
import re
import tempfile

from ..kube.errors import KubeError
from ..kube.objects import Object, flatten, identity
from ..kube.yaml_text import dump, load_all

_TEMPORARY = ".new-"


@dataclasses.dataclass(frozen=True)
class Written:
    """Names of files, relative to the component's folder, that were (in check mode: would be) written or removed."""

    written: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return bool(self.written or self.removed)


def file_name(item: Object) -> str:
    """<kind>-<namespace>-<name>.yaml in lower case; the namespace is left out for cluster-wide objects."""
    key = identity(item)
    # Two groups may use one kind: then the group tells the files apart, as it does in CRD names.
    kind = f"{key.kind}.{key.group}" if "." in key.group and not key.group.endswith(".k8s.io") else key.kind
    parts = [kind, key.namespace, key.name]
    return re.sub(r"[^a-z0-9.-]", "_", "-".join(part for part in parts if part).lower()) + ".yaml"


def write(folder: str, items: list[Object], *, check: bool) -> Written:
    """Make ``folder`` hold exactly ``items``. Every file is replaced as a whole, so a killed run leaves whole files.

    Raises KubeError when two objects would have one file name or the folder cannot be written.
    """
    wanted = texts(items)
    try:
        return _write(folder, wanted, check=check)
    except OSError as error:
        raise KubeError(f"Cannot write the tree {folder}: {error.strerror} ({error.filename}).") from error


def texts(items: list[Object]) -> dict[str, str]:
    """File name -> text of each object. Raises KubeError when two objects would have one file name."""
    found: dict[str, str] = {}
    for item in items:
        name = file_name(item)
        if name in found:
            raise KubeError(f"{identity(item)} and another object of the component would share the file {name}.")
        found[name] = dump(_in_order(item))
    return found


def diffs(folder: str, items: list[Object], written: Written) -> list[dict[str, str]]:
    """What ``written`` does to the files, as entries of Ansible's diff. Call it before the files are written."""
    wanted = texts(items)
    place = os.path.basename(folder)
    entries = []
    for name in (*written.written, *written.removed):
        header = f"{place}/{name}"
        before = _read(folder, name) if os.path.exists(os.path.join(folder, name)) else ""
        entries.append(
            {"before_header": header, "after_header": header, "before": before, "after": wanted.get(name, "")}
        )
    return entries


def read(folder: str) -> list[Object]:
    """Objects of a component's folder; empty when there is none. Raises KubeError."""
    if not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if name.endswith(".yaml"))
    return [item for name in names for item in flatten(load_all(_read(folder, name), name), name)]


def read_tree(tree: str) -> list[Object]:
    """Objects of all components of a tree, in the order of their folders. Raises KubeError."""
    if not os.path.isdir(tree):
        return []
    folders = sorted(entry.path for entry in os.scandir(tree) if entry.is_dir() and not entry.name.startswith("."))
    return [item for folder in folders for item in read(folder)]


def remove(folder: str, *, check: bool) -> Written:
    """Remove the component's folder."""
    result = write(folder, [], check=check)
    if not check and os.path.isdir(folder):
        os.rmdir(folder)
    return result


def _write(folder: str, texts: dict[str, str], *, check: bool) -> Written:
    present = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    leftovers = {name for name in present if name.startswith(_TEMPORARY)}
    written = tuple(sorted(name for name, text in texts.items() if name not in present or _read(folder, name) != text))
    removed = tuple(sorted(present - leftovers - texts.keys()))
    if check:
        return Written(written, removed)
    if texts:
        os.makedirs(folder, exist_ok=True)
    for name in written:
        _replace(folder, name, texts[name])
    for name in (*removed, *leftovers):
        os.unlink(os.path.join(folder, name))
    return Written(written, removed)


def _read(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()
    except (UnicodeDecodeError, IsADirectoryError):
        return ""


def _replace(folder: str, name: str, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=_TEMPORARY, dir=folder)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, os.path.join(folder, name))


def _in_order(item: Object) -> Object:
    """apiVersion, kind and metadata first, as people write them; the rest as it was given."""
    head = {key: item[key] for key in ("apiVersion", "kind", "metadata")}
    return {**head, **{key: value for key, value in item.items() if key not in head}}
