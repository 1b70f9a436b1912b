# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Finds out what must be built: everything wanted whose record is missing or whose files are not what the record says."""

from __future__ import annotations

import dataclasses
import typing as t

from .keys import Keys
from .recipes import Artifact, Catalogue, GoFile, LayerFile, ModuleFile
from .store import Record, Store

TOOLCHAIN = "toolchain:go"
TOOLCHAIN_DISK = 0.3


@dataclasses.dataclass
class Plan:
    """What is to be done, in the order of first need. Ids are C(toolchain:go), C(go:<set>), C(layer:<name>), C(artifact:<name>)."""

    needs: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    commands: dict[str, list[str]] = dataclasses.field(default_factory=dict)  # Go set -> commands to build
    warnings: list[str] = dataclasses.field(default_factory=list)
    disk: float = 0.0

    @property
    def artifacts(self) -> list[str]:
        """The names of the artefacts that will be built."""
        return [id_.removeprefix("artifact:") for id_ in self.needs if id_.startswith("artifact:")]


class Planner:
    """Makes the plan for some artefacts. It only looks, and forgets no record: a check must not write."""

    def __init__(
        self, catalogue: Catalogue, store: Store, keys: Keys, has_toolchain: bool, verify: bool = False
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._keys = keys
        self._has_toolchain = has_toolchain
        self._verify = verify
        self._plan = Plan()
        self._good_layers: dict[str, Record | None] = {}

    def plan(self, names: t.Sequence[str]) -> Plan:
        """The plan for these artefacts, in this order."""
        for name in names:
            self._artifact(self._catalogue.artifacts[name])
        return self._plan

    def _artifact(self, artifact: Artifact) -> None:
        if self._good(self._keys.artifact(artifact), artifact.name) and self._layers_are_good(artifact):
            return
        needs: list[str] = []
        if isinstance(artifact.file, GoFile):
            needs += self._command(artifact.file.set, artifact.file.command)
        elif isinstance(artifact.file, LayerFile):
            needs += self._layer(artifact.file.layer)
        elif isinstance(artifact.file, ModuleFile):
            needs += self._toolchain()
        else:
            needs += self._layer(artifact.layer)
        self._enter(f"artifact:{artifact.name}", needs, 0)

    def _layers_are_good(self, artifact: Artifact) -> bool:
        """An image names the blobs of its layers, so these count like its own."""
        return not artifact.layer or self._good_layer(artifact.layer) is not None

    def _layer(self, name: str) -> list[str]:
        if self._good_layer(name) is not None:
            return []
        id_ = f"layer:{name}"
        layer = self._catalogue.layers[name]
        if id_ not in self._plan.needs:
            needs = self._layer(layer.base) if layer.base else []
            for step in layer.steps:
                for other in step.layers():
                    needs += self._layer(other)
                command = step.command()
                needs += self._command(*command) if command else []
            self._enter(id_, needs, layer.disk)
        return [id_]

    def _good_layer(self, name: str) -> Record | None:
        if name not in self._good_layers:
            self._good_layers[name] = self._look_at_layer(name)
        return self._good_layers[name]

    def _look_at_layer(self, name: str) -> Record | None:
        base = self._catalogue.layers[name].base
        below = self._good_layer(base) if base else None
        if base and below is None:
            return None
        record = self._good(self._keys.layer(name), f"layer {name}")
        if record is None or record.below != (below.main.sha256 if below else ""):
            return None
        return record

    def _command(self, set_name: str, command: str) -> list[str]:
        toolchain = self._toolchain()
        if self._store.command(self._keys.command(set_name, command)).exists():
            return toolchain
        id_ = f"go:{set_name}"
        self._enter(id_, toolchain, self._catalogue.go_sets[set_name].disk)
        commands = self._plan.commands.setdefault(set_name, [])
        if command not in commands:
            commands.append(command)
        return [id_]

    def _toolchain(self) -> list[str]:
        if self._has_toolchain:
            return []
        self._enter(TOOLCHAIN, [], TOOLCHAIN_DISK)
        return [TOOLCHAIN]

    def _enter(self, id_: str, needs: list[str], disk: float) -> None:
        if id_ not in self._plan.needs:
            self._plan.needs[id_] = needs
            self._plan.disk += disk

    def _good(self, key: str, name: str) -> Record | None:
        record = self._store.read(key)
        if record is None:
            return None
        for stored in record.stored:
            fault = self._store.fault(stored, self._verify)
            if fault:
                warning = f"{name}: {stored.path} in the cache {fault}; it is built again."
                if warning not in self._plan.warnings:
                    self._plan.warnings.append(warning)
                return None
        return record
