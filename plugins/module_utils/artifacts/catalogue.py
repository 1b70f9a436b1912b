# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The catalogue of artefacts as typed, validated data. Its schema is explained in catalogue/README.md."""

from __future__ import annotations

import pathlib
import typing as t

import yaml

from .catalogue_check import check
from .errors import CatalogueError
from .fields import Fields
from .recipes import (
    Artifact,
    Catalogue,
    GoFile,
    GoSet,
    GoToolchain,
    ImageConfig,
    Layer,
    LayerFile,
    ModuleFile,
)
from .steps import Step, parse_step

FORMAT = 1
KINDS = ("go", "python", "node", "debian", "files")


def load_catalogue(path: pathlib.Path) -> Catalogue:
    """Reads and validates a catalogue file. Raises CatalogueError with the place of the first fault."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CatalogueError(f"{path}: cannot be read as a catalogue: {error}") from error
    return parse_catalogue(data, path.parent)


def parse_catalogue(data: t.Any, root: pathlib.Path) -> Catalogue:
    """The catalogue of plain data, validated: known keys only, every reference resolves, no cycle, every input exists."""
    top = Fields(data, "catalogue")
    if top.take("format", int) != FORMAT:
        raise CatalogueError(f"catalogue: format must be {FORMAT}.")
    go = Fields(Fields(top.take("toolchains", dict), "toolchains").only("go"), "toolchains.go")
    toolchain = GoToolchain(go.take("version", str), go.take("requirements", str))
    go.done()
    epoch = top.take("epoch", int)
    go_sets = {name: _go_set(name, value) for name, value in top.take("go", dict, {}).items()}
    layers = {name: _layer(name, value, f"layers.{name}") for name, value in top.take("layers", dict, {}).items()}
    artifacts = {name: _artifact(name, value, layers) for name, value in top.take("artifacts", dict).items()}
    top.done()
    catalogue = Catalogue(root, epoch, toolchain, go_sets, layers, artifacts)
    check(catalogue)
    return catalogue


def _go_set(name: str, data: t.Any) -> GoSet:
    fields = Fields(data, f"go.{name}")
    found = GoSet(
        name=name,
        directory=fields.take("directory", str),
        ldflags=fields.take("ldflags", str, ""),
        tags=fields.strings("tags"),
        nosumdb=fields.strings("nosumdb"),
        disk=float(fields.take("disk", (int, float), 2)),
        commands=fields.take("commands", dict),
        patch=fields.take("patch", str, ""),
        cgo=fields.take("cgo", bool, False),
    )
    fields.done()
    return found


def _layer(name: str, data: t.Any, where: str) -> Layer:
    fields = Fields(data, where)
    base = fields.take("base", str, None)
    steps = _steps(fields.take("steps", list), base, where)
    found = Layer(name, base, steps, float(fields.take("disk", (int, float), 1)), fields.take("serial", int, 0))
    fields.done()
    return found


def _steps(data: list[t.Any], base: str | None, where: str) -> tuple[Step, ...]:
    steps = tuple(parse_step(item, f"{where}.steps[{number}]") for number, item in enumerate(data))
    for number, step in enumerate(steps):
        if step.kind == "debian" and (number > 0 or base is not None):
            raise CatalogueError(f"{where}.steps[{number}]: debian may only be the first step of a layer without base.")
    rooted = base is not None or (bool(steps) and steps[0].kind == "debian")
    for number, step in enumerate(steps):
        if step.needs_root and not rooted:
            raise CatalogueError(f"{where}.steps[{number}]: {step.kind} needs a layer with a base or a debian step.")
    return steps


def _artifact(name: str, data: t.Any, layers: dict[str, Layer]) -> Artifact:
    """Also enters the artefact's own steps into C(layers) as C(artifact:<name>)."""
    where = f"artifacts.{name}"
    fields = Fields(data, where)
    version = str(fields.take("version", (str, int, float)))
    kind = fields.take("kind", str)
    if kind not in KINDS:
        raise CatalogueError(f"{where}.kind: {kind!r} is not one of {', '.join(KINDS)}.")
    group = fields.take("group", str, "")
    file = fields.take("file", dict, None)
    image = fields.take("image", (str, list), None)
    if (file is None) == (image is None):
        raise CatalogueError(f"{where}: exactly one of image and file must be given.")
    if file is not None:
        fields.done()
        return Artifact(name, version, kind, (), "", ImageConfig(), _file(file, where), group)
    config = _config(fields.take("config", dict, {}), f"{where}.config")
    own = {
        key: value
        for key in ("base", "steps", "disk", "serial")
        if (value := fields.take(key, object, None)) is not None
    }
    fields.done()
    top = own.get("base", "")
    if own.get("steps"):
        top = f"artifact:{name}"
        layers[top] = _layer(top, own, where)
    if not top:
        raise CatalogueError(f"{where}: an image needs a base or steps.")
    images = (image,) if isinstance(image, str) else tuple(image)
    return Artifact(name, version, kind, images, top, config, None, group)


def _file(data: dict[str, t.Any], where: str) -> GoFile | LayerFile | ModuleFile:
    if len(data) != 1 or not set(data) <= {"go", "module", "layer"}:
        raise CatalogueError(f"{where}.file: must be one of go, module and layer.")
    ((kind, value),) = data.items()
    if kind == "layer":
        return LayerFile(str(value))
    fields = Fields(value, f"{where}.file.{kind}")
    found: GoFile | ModuleFile
    if kind == "go":
        found = GoFile(fields.take("set", str), fields.take("command", str))
    else:
        found = ModuleFile(fields.take("set", str), fields.take("module", str), fields.take("path", str))
    fields.done()
    return found


def _config(data: dict[str, t.Any], where: str) -> ImageConfig:
    fields = Fields(data, where)
    env = fields.take("env", dict, {})
    found = ImageConfig(
        entrypoint=fields.strings("entrypoint"),
        cmd=fields.strings("cmd"),
        env=tuple((str(key), str(value)) for key, value in env.items()),
        user=str(fields.take("user", (str, int), "")),
        workdir=fields.take("workdir", str, "/"),
    )
    fields.done()
    return found
