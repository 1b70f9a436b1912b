# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keys of everything that is built: a hash of the recipe, of the input files and of what it stands on."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import pathlib
import stat
import typing as t

from .recipes import Artifact, Catalogue, GoFile, LayerFile, ModuleFile
from .steps import Step

# Raised when the builder itself makes something else of the same inputs.
BUILDER_FORMAT = 1
ARCHITECTURE = "amd64"
_IGNORED = ("__pycache__", ".git")


class Keys:
    """Computes and remembers keys (sha256 hex) for one catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._layers: dict[str, str] = {}
        self._tree = functools.cache(tree_digest)

    def toolchain(self) -> str:
        """The Go toolchain's key."""
        chain = self._catalogue.go_toolchain
        return _digest(["toolchain", chain.version, self._input(chain.requirements)])

    def command(self, set_name: str, command: str) -> str:
        """The key of one Go command; it does not change with its neighbours in the set."""
        go_set = self._catalogue.go_sets[set_name]
        inputs = self._input(go_set.directory)
        patch = [go_set.patch] if go_set.patch else []
        cgo = ["cgo"] if go_set.cgo else []
        package = go_set.commands[command]
        return _digest(["go", self.toolchain(), inputs, go_set.ldflags, go_set.tags, package, *patch, *cgo])

    def layer(self, name: str) -> str:
        """The key of a layer."""
        if name not in self._layers:
            layer = self._catalogue.layers[name]
            base = self.layer(layer.base) if layer.base else ""
            steps = [self._step(step) for step in layer.steps]
            self._layers[name] = _digest(["layer", self._catalogue.epoch, base, layer.serial, steps])
        return self._layers[name]

    def artifact(self, artifact: Artifact) -> str:
        """The key of an image or a host file."""
        content = [artifact.name, artifact.version]
        if isinstance(artifact.file, GoFile):
            return _digest(["file", *content, self.command(artifact.file.set, artifact.file.command)])
        if isinstance(artifact.file, LayerFile):
            return _digest(["file", *content, self.layer(artifact.file.layer)])
        if isinstance(artifact.file, ModuleFile):
            inputs = self._input(self._catalogue.go_sets[artifact.file.set].directory)
            return _digest(["module", *content, inputs, artifact.file.module, artifact.file.path])
        config = dataclasses.asdict(artifact.config)
        return _digest(["image", *content, artifact.images, config, self.layer(artifact.layer), self._catalogue.epoch])

    def _step(self, step: Step) -> list[t.Any]:
        command = step.command()
        return [
            step.kind,
            dataclasses.asdict(step),
            [self._input(path) for path in step.inputs()],
            [self.layer(name) for name in step.layers()],
            self.command(*command) if command else "",
        ]

    def _input(self, path: str) -> str:
        return self._tree(self._catalogue.root / path)


def tree_digest(path: pathlib.Path) -> str:
    """The hash of a file, or of a folder's names, contents and executable bits."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    entries = []
    for entry in sorted(path.rglob("*")):
        if any(part in _IGNORED for part in entry.relative_to(path).parts) or (
            entry.is_dir() and not entry.is_symlink()
        ):
            continue
        executable = bool(entry.lstat().st_mode & stat.S_IXUSR) and not entry.is_symlink()
        content = f"-> {entry.readlink()}" if entry.is_symlink() else hashlib.sha256(entry.read_bytes()).hexdigest()
        entries.append([str(entry.relative_to(path)), executable, content])
    return _digest(entries)


def _digest(value: t.Any) -> str:
    text = json.dumps([BUILDER_FORMAT, ARCHITECTURE, value], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
