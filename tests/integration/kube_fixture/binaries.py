# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where the programs of a control plane come from: named folders, or the artefacts that the product built itself."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tarfile
import typing as t

PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kubectl")


def find(workdir: pathlib.Path) -> dict[str, str]:
    """Paths of PROGRAMS; those inside images are unpacked into ``workdir``.

    Raises RuntimeError that says what is missing, where it looked and what to do.
    """
    given = os.environ.get("INFERENCE_PLATFORM_KUBE_BIN", "")
    built = cache()
    found = _from_folders(given.split(os.pathsep)) if given else _from_cache(built, workdir)
    missing = [name for name in PROGRAMS if name not in found]
    if missing:
        raise RuntimeError(
            f"Cannot start a real API server, missing: {', '.join(missing)}. Looked in {given or built}. Build the artefacts "
            "first (ansible-playbook -i inventories/local playbooks/artifacts.yml), or set INFERENCE_PLATFORM_KUBE_BIN to "
            "the folders, separated by colons, that hold these programs."
        )
    return found


def cache() -> pathlib.Path:
    """Where the product keeps what it built."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(os.environ.get("INFERENCE_PLATFORM_CACHE") or os.path.join(base, "inference-platform"))


def _from_folders(folders: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in map(pathlib.Path, folders):
        for name in PROGRAMS:
            # etcd's own build calls its program "server".
            aliases = (name, "server") if name == "etcd" and "etcd" in str(folder) else (name,)
            for path in (folder / alias for alias in aliases):
                if os.access(path, os.X_OK) and path.is_file():
                    found.setdefault(name, str(path))
    return found


def _from_cache(folder: pathlib.Path, workdir: pathlib.Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in PROGRAMS:
        files = sorted((path for path in folder.glob(f"files/{name}-*") if path.is_file()), key=_age)
        if files:
            found[name] = str(files[0])
            continue
        unpacked = unpack(folder / "oci", name, name, workdir / name)
        if unpacked:
            found[name] = unpacked
    return found


def _age(path: pathlib.Path) -> float:
    return -path.stat().st_mtime


def unpack(layout: pathlib.Path, image: str, name: str, target: pathlib.Path) -> str:
    """Unpack the program ``name`` of an image into the file ``target``; empty when the layout has none."""
    for manifest in _manifests(layout, image):
        for layer in manifest.get("layers") or []:
            with tarfile.open(_blob(layout, layer["digest"])) as archive:
                member = next((entry for entry in archive if entry.isfile() and _is_program(entry.name, name)), None)
                source = archive.extractfile(member) if member else None
                if source is None:
                    continue
                with open(target, "wb") as file:
                    shutil.copyfileobj(source, file)
                target.chmod(0o755)
                return str(target)
    return ""


def _is_program(path: str, name: str) -> bool:
    return pathlib.PurePosixPath(path).name == name


def _manifests(layout: pathlib.Path, name: str) -> t.Iterator[dict[str, t.Any]]:
    index = layout / "index.json"
    if not index.is_file():
        return
    for entry in json.loads(index.read_text(encoding="utf-8")).get("manifests") or []:
        names = (entry.get("annotations") or {}).values()
        if any(f"/{name}:" in str(value) or f"/{name}@" in str(value) for value in names):
            yield json.loads(_blob(layout, entry["digest"]).read_text(encoding="utf-8"))


def _blob(layout: pathlib.Path, digest: str) -> pathlib.Path:
    algorithm, value = digest.split(":", 1)
    return layout / "blobs" / algorithm / value
