# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Checks what the parts of a catalogue say about each other: references resolve, nothing is circular, inputs exist."""

from __future__ import annotations

from .errors import CatalogueError
from .recipes import Artifact, Catalogue, GoFile, Layer, ModuleFile


def check(catalogue: Catalogue) -> None:
    """Raises CatalogueError at the first thing that does not fit."""
    for layer in catalogue.layers.values():
        _check_layer(catalogue, layer)
    for name in catalogue.layers:
        _check_cycle(catalogue, name, ())
    for artifact in catalogue.artifacts.values():
        _check_artifact(catalogue, artifact)
    _check_refs(catalogue)
    for go_set in catalogue.go_sets.values():
        _check_input(catalogue, go_set.directory, f"go.{go_set.name}.directory")
        if go_set.patch:
            _check_input(catalogue, f"{go_set.directory}/patch", f"go.{go_set.name}.patch")
    _check_input(catalogue, catalogue.go_toolchain.requirements, "toolchains.go.requirements")


def _check_layer(catalogue: Catalogue, layer: Layer) -> None:
    where = f"layers.{layer.name}"
    if layer.base is not None and layer.base not in catalogue.layers:
        raise CatalogueError(f"{where}.base: there is no layer {layer.base!r}.")
    for step in layer.steps:
        for name in step.layers():
            if name not in catalogue.layers:
                raise CatalogueError(f"{where}: {step.kind} names a layer {name!r} that is not there.")
        command = step.command()
        if command is not None:
            _check_command(catalogue, *command, where)
        for path in step.inputs():
            _check_input(catalogue, path, f"{where}.{step.kind}")


def _check_command(catalogue: Catalogue, name: str, command: str, where: str) -> None:
    go_set = catalogue.go_sets.get(name)
    if go_set is None or command not in go_set.commands:
        raise CatalogueError(f"{where}: there is no command {command!r} in a Go set {name!r}.")


def _check_input(catalogue: Catalogue, path: str, where: str) -> None:
    full = (catalogue.root / path).resolve()
    if not full.is_relative_to(catalogue.root.resolve()):
        raise CatalogueError(f"{where}: {path} lies outside of the catalogue.")
    if not full.exists():
        raise CatalogueError(f"{where}: {path} does not exist beside the catalogue.")


def _check_cycle(catalogue: Catalogue, name: str, above: tuple[str, ...]) -> None:
    if name in above:
        raise CatalogueError(f"layers: {' -> '.join((*above, name))} is circular.")
    layer = catalogue.layers[name]
    below = [layer.base] if layer.base else []
    for step in layer.steps:
        below += step.layers()
    for other in below:
        _check_cycle(catalogue, other, (*above, name))


def _check_artifact(catalogue: Catalogue, artifact: Artifact) -> None:
    where = f"artifacts.{artifact.name}"
    if artifact.layer and artifact.layer not in catalogue.layers:
        raise CatalogueError(f"{where}.base: there is no layer {artifact.layer!r}.")
    file = artifact.file
    if file is None:
        return
    if isinstance(file, GoFile):
        _check_command(catalogue, file.set, file.command, where)
        return
    if isinstance(file, ModuleFile):
        if file.set not in catalogue.go_sets:
            raise CatalogueError(f"{where}.file.module: there is no Go set {file.set!r}.")
        return
    layer = catalogue.layers.get(file.layer)
    if layer is None or layer.base is not None:
        raise CatalogueError(f"{where}.file: {file.layer!r} is not a layer without base.")


def _check_refs(catalogue: Catalogue) -> None:
    owners: dict[str, str] = {}
    for artifact in catalogue.artifacts.values():
        for ref in artifact.images:
            if ref in owners:
                raise CatalogueError(f"artifacts.{artifact.name}: {ref} already stands for {owners[ref]}.")
            owners[ref] = artifact.name
            if ":" not in ref.rsplit("/", 1)[-1]:
                raise CatalogueError(f"artifacts.{artifact.name}: {ref} has no tag.")
