# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a catalogue says, as immutable data."""

from __future__ import annotations

import dataclasses
import pathlib

from .steps import Step


@dataclasses.dataclass(frozen=True)
class GoToolchain:
    """The Go toolchain: a wheel named with its hash in the file C(requirements)."""

    version: str
    requirements: str


@dataclasses.dataclass(frozen=True)
class GoSet:
    """Commands that are built from one go.mod. C(commands) maps a command's name to its package; C(disk) is in GB.

    C(patch) is a module of which the files below C(<directory>/patch) replace those of the same path. C(cgo) sets hold C code,
    which the host's C compiler builds.
    """

    name: str
    directory: str
    ldflags: str
    tags: tuple[str, ...]
    nosumdb: tuple[str, ...]
    disk: float
    commands: dict[str, str]
    patch: str = ""
    cgo: bool = False


@dataclasses.dataclass(frozen=True)
class Layer:
    """What C(steps) change on top of the layer C(base). C(disk) is in GB."""

    name: str
    base: str | None
    steps: tuple[Step, ...]
    disk: float
    serial: int


@dataclasses.dataclass(frozen=True)
class ImageConfig:
    """The part of an OCI image configuration that a recipe may set."""

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    user: str = ""
    workdir: str = "/"


@dataclasses.dataclass(frozen=True)
class GoFile:
    """A host file that is one command of a Go set."""

    set: str
    command: str


@dataclasses.dataclass(frozen=True)
class LayerFile:
    """A host file that is the tar of one layer without a base."""

    layer: str


@dataclasses.dataclass(frozen=True)
class ModuleFile:
    """A host file that lies in a module which the go.mod of a Go set requires; of a folder there it is the archive (tar.gz)."""

    set: str
    module: str
    path: str


@dataclasses.dataclass(frozen=True)
class Artifact:
    """An image (C(images) are its references, C(layer) its top layer) or a host file (C(file)).

    One with a C(group) is made only when the group or the artefact itself is asked for.
    """

    name: str
    version: str
    kind: str
    images: tuple[str, ...]
    layer: str
    config: ImageConfig
    file: GoFile | LayerFile | ModuleFile | None
    group: str = ""


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """Everything that can be built. C(root) is the folder that all input paths are relative to."""

    root: pathlib.Path
    epoch: int
    go_toolchain: GoToolchain
    go_sets: dict[str, GoSet]
    layers: dict[str, Layer]
    artifacts: dict[str, Artifact]

    def image_refs(self) -> dict[str, str]:
        """The upstream reference (the first, where there are several) of every image, by artefact."""
        return {name: artifact.images[0] for name, artifact in self.artifacts.items() if artifact.images}

    def chain(self, layer: str) -> list[Layer]:
        """The layer and everything below it, the lowest first."""
        found: list[Layer] = []
        name: str | None = layer
        while name is not None:
            found.insert(0, self.layers[name])
            name = self.layers[name].base
        return found
