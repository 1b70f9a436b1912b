# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tests of LiteLLM against every version that meta/compatibility.yml names, one version after the other.

usage: python -m litellm_fixture.versions [VERSION ...] [-- ARGUMENT OF PYTEST ...]

The catalogue makes one version. Another one is the same image with the lines of locks/VERSION.txt in place of the same
distributions of the catalogue's lock; it is built on the layers of the artefact cache, into a cache of its own beside them.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import typing as t

import yaml

from ansible_collections.inference.platform.plugins.module_utils.artifacts.engine import Engine, Options
from litellm_fixture.images import COLLECTION, cache

CATALOGUE = COLLECTION / "catalogue"
LOCK = "python/litellm/requirements.txt"
LOCKS = pathlib.Path(__file__).with_name("locks")
TESTS = sorted(str(path) for path in pathlib.Path(__file__).parents[1].glob("test_litellm_*.py"))
CHOICE = "INFERENCE_PLATFORM_LITELLM_VERSION"


def tested() -> list[str]:
    """Every version that the compatibility file names, as its image is tagged."""
    file = yaml.safe_load((COLLECTION / "meta" / "compatibility.yml").read_text(encoding="utf-8"))
    found: list[str] = file["components"]["litellm"]["tested"]
    return found


def contents() -> dict[str, t.Any]:
    """The catalogue as data."""
    found: dict[str, t.Any] = yaml.safe_load((CATALOGUE / "catalogue.yml").read_text(encoding="utf-8"))
    return found


def pinned() -> str:
    """The version that the catalogue makes."""
    return str(contents()["artifacts"]["litellm"]["version"])


def chosen() -> str:
    """The version that this run is about. Raises RuntimeError when the compatibility file does not name it."""
    version = os.environ.get(CHOICE) or pinned()
    if version not in tested():
        raise RuntimeError(f"{CHOICE} is {version!r}; meta/compatibility.yml names {', '.join(tested())}")
    return version


def reference(version: str) -> str:
    """The image's name."""
    image: str = contents()["artifacts"]["litellm"]["image"]
    return f"{image.rpartition(':')[0]}:{version}"


def store(version: str) -> pathlib.Path:
    """The artefact cache that has this version."""
    return cache() if version == pinned() else cache() / f"litellm-{version}"


def lines(lock: str) -> dict[str, str]:
    """Distribution -> its line of a lock, with all hashes."""
    entries = lock.replace("\\\n", " ").splitlines()
    return {line.partition("==")[0]: line for line in entries if "==" in line and not line.startswith("#")}


def write_catalogue(version: str, folder: pathlib.Path) -> pathlib.Path:
    """A catalogue that makes nothing but this version; returns the file's path."""
    shutil.copytree(CATALOGUE, folder)
    content = contents()
    recipe = {**content["artifacts"]["litellm"], "version": version, "image": reference(version)}
    content["artifacts"] = {"litellm": recipe}
    others = (LOCKS / f"{version.removeprefix('v')}.txt").read_text(encoding="utf-8")
    merged = {**lines((CATALOGUE / LOCK).read_text(encoding="utf-8")), **lines(others)}
    (folder / LOCK).write_text("\n".join(merged.values()) + "\n", encoding="utf-8")
    path = folder / "catalogue.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def build(version: str) -> None:
    """Makes the images of the tests be there. Raises ArtifactError."""
    names = ("postgres", "redis", *(["litellm"] if version == pinned() else []))
    Engine(Options(cache(), CATALOGUE / "catalogue.yml", names), print).ensure()
    if version == pinned():
        return
    folder = store(version) / "catalogue"
    shutil.rmtree(folder, ignore_errors=True)
    options = Options(store(version), write_catalogue(version, folder))
    if not Engine(dataclasses.replace(options, check=True), print).ensure().built:
        return
    for part in ("oci", "records"):
        # links: the layers below LiteLLM's own are those of the catalogue
        (store(version) / part).mkdir(exist_ok=True)
        subprocess.run(["cp", "-aln", f"{cache() / part}/.", str(store(version) / part)], check=True)
    Engine(options, print).ensure()


def main(arguments: list[str]) -> int:
    """Exit status: 0 when the tests passed against every version."""
    versions, _, options = " ".join(arguments).partition("--")
    failed = []
    for version in versions.split() or tested():
        print(f"=== LiteLLM {version}", flush=True)
        build(version)
        command = [sys.executable, "-m", "pytest", "-v", *(options.split() or TESTS)]
        if subprocess.run(command, cwd=COLLECTION, env={**os.environ, CHOICE: version}, check=False).returncode:
            failed.append(version)
    print(f"=== LiteLLM: failed against {', '.join(failed)}" if failed else "=== LiteLLM: passed against every version")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
