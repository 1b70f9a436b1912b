# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two written sides: what the inventory renders, and what Git holds."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
import typing as t

from ..argocd import applications
from ..git.errors import explained
from ..git.repository import folders
from ..kube.errors import KubeError
from ..kube.objects import flatten, identity, normalise
from ..kube.yaml_text import load_all
from ..tree import writer
from .records import Entry, Side

_SECONDS = 60.0


def of_folder(root: str) -> Side:
    """Objects of the components' folders below ``root``. Raises KubeError."""
    if not os.path.isdir(root):
        raise KubeError(f"There is no folder {root}: has the platform been made, or its inventory been rendered?")
    texts: dict[str, str] = {}
    for folder in folders(root):
        for file in sorted(os.listdir(os.path.join(root, folder))):
            if file.endswith(".yaml"):
                with open(os.path.join(root, folder, file), encoding="utf-8") as stream:
                    texts[f"{folder}/{file}"] = stream.read()
    return of_texts(texts)


def of_commit(tree: str, commit: str) -> Side:
    """Objects of a commit that the clone ``tree`` knows. Raises GitError and KubeError."""
    # One request for all files; the working tree stays as it is.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    argv = ["git", "-C", tree, "archive", "--format=tar", commit]
    try:
        done = subprocess.run(argv, env=environment, capture_output=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise KubeError(f"Reading commit {commit[:10]} in {tree} did not end within {_SECONDS:.0f} s.") from error
    if done.returncode != 0:
        raise explained(f"Reading commit {commit[:10]} in {tree}", done.stderr.decode("utf-8", "replace"))
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        return of_texts(dict(_texts(archive)))


def of_texts(texts: t.Mapping[str, str]) -> Side:
    """Objects of files by path (<wave>-<component>/<name>.yaml); other files are no objects. Raises ObjectError."""
    side: Side = {}
    for path, text in sorted(texts.items()):
        folder, _slash, name = path.partition("/")
        if "/" in name or not applications.components([folder]):
            continue
        for item in flatten(load_all(text, path), path):
            side[identity(item)] = Entry(folder, name, normalise(item))
    return side


def of_applications(inventory: Side, git: Side, left_out: frozenset[str], source: applications.Source) -> Side:
    """What the root's folder would hold for this inventory; components that were not rendered count as Git has them."""
    entries = [entry for entry in inventory.values() if entry.component != applications.ROOT]
    entries += [entry for entry in git.values() if entry.component in left_out - {applications.ROOT}]
    by_folder: dict[str, list[Entry]] = {}
    for entry in entries:
        by_folder.setdefault(entry.folder, []).append(entry)
    with tempfile.TemporaryDirectory(prefix="drift-") as tree:
        for folder, found in by_folder.items():
            writer.write(os.path.join(tree, folder), [entry.item for entry in found], check=False)
        items = applications.render(tree, applications.components(by_folder), source)
    folder = os.path.basename(applications.root_folder(""))
    return {identity(item): Entry(folder, writer.file_name(item), normalise(item)) for item in items}


def _texts(archive: tarfile.TarFile) -> t.Iterator[tuple[str, str]]:
    for member in archive:
        if member.isfile() and member.name.endswith(".yaml"):
            content = archive.extractfile(member)
            if content is not None:
                yield member.name, content.read().decode("utf-8", "replace")
