# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The steps of a layer as data. What a step does to a root file system is in step_actions.py."""

from __future__ import annotations

import dataclasses
import typing as t

from .errors import CatalogueError
from .fields import Fields


@dataclasses.dataclass(frozen=True)
class Step:
    """One step. The class attributes and methods say what it needs, so that keys and plans can be made without running it."""

    kind: t.ClassVar[str] = ""
    needs_root: t.ClassVar[bool] = False  # programs of the root itself must run

    def inputs(self) -> tuple[str, ...]:
        """Files and folders of the catalogue whose content decides the result."""
        return ()

    def layers(self) -> tuple[str, ...]:
        """Other layers that must be there first, besides the base."""
        return ()

    def command(self) -> tuple[str, str] | None:
        """The Go set and command that must be built first."""
        return None


@dataclasses.dataclass(frozen=True)
class Debian(Step):
    """A new Debian root file system."""

    kind = "debian"
    suite: str
    variant: str
    packages: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Apt(Step):
    """Debian packages on top."""

    kind = "apt"
    needs_root = True
    packages: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Go(Step):
    """One Go command at C(to)."""

    kind = "go"
    set: str
    name: str
    to: str

    def command(self) -> tuple[str, str]:
        return (self.set, self.name)


@dataclasses.dataclass(frozen=True)
class Python(Step):
    """A virtual environment from hashed requirements."""

    kind = "python"
    needs_root = True
    venv: str
    requirements: str
    sdists: tuple[str, ...]

    def inputs(self) -> tuple[str, ...]:
        return (self.requirements,)


@dataclasses.dataclass(frozen=True)
class Npm(Step):
    """A Node package with its dependencies from a lock."""

    kind = "npm"
    needs_root = True
    source: str
    to: str
    omit: tuple[str, ...]

    def inputs(self) -> tuple[str, ...]:
        return (self.source,)


@dataclasses.dataclass(frozen=True)
class Copy(Step):
    """A file or folder of the catalogue."""

    kind = "copy"
    source: str
    to: str
    mode: int | None

    def inputs(self) -> tuple[str, ...]:
        return (self.source,)


@dataclasses.dataclass(frozen=True)
class CopyFrom(Step):
    """What another layer itself added at C(path)."""

    kind = "copy_from"
    layer: str
    path: str
    to: str

    def layers(self) -> tuple[str, ...]:
        return (self.layer,)


@dataclasses.dataclass(frozen=True)
class Write(Step):
    """A small text file."""

    kind = "write"
    to: str
    content: str
    mode: int


@dataclasses.dataclass(frozen=True)
class Link(Step):
    """A symbolic link."""

    kind = "link"
    to: str
    target: str


@dataclasses.dataclass(frozen=True)
class Run(Step):
    """A program inside the root."""

    kind = "run"
    needs_root = True
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    workdir: str
    sources: tuple[str, ...]
    network: bool

    def inputs(self) -> tuple[str, ...]:
        return self.sources


@dataclasses.dataclass(frozen=True)
class Compile(Step):
    """Python byte code for everything below the paths."""

    kind = "compile"
    needs_root = True
    paths: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Remove(Step):
    """Paths that go away; C(*) is allowed."""

    kind = "remove"
    needs_root = True
    paths: tuple[str, ...]


def parse_step(data: t.Any, where: str) -> Step:
    """The step that a catalogue entry C({kind: arguments}) describes. Raises CatalogueError."""
    if not isinstance(data, dict) or len(data) != 1:
        raise CatalogueError(f"{where}: a step is a mapping with one key.")
    ((kind, value),) = data.items()
    where = f"{where}.{kind}"
    if kind in _LISTS:
        return _LISTS[kind](_strings(value, where))
    if kind not in _MAPPINGS:
        raise CatalogueError(f"{where}: no such step; known are {', '.join((*_MAPPINGS, *_LISTS))}.")
    fields = Fields(value, where)
    step = _MAPPINGS[kind](fields)
    fields.done()
    return step


def _strings(value: t.Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise CatalogueError(f"{where}: must be a list of strings.")
    return tuple(value)


def _mode(fields: Fields, default: str | None) -> int | None:
    text = fields.take("mode", str, default)
    return None if text is None else int(text, 8)


def _debian(fields: Fields) -> Step:
    return Debian(fields.take("suite", str), fields.take("variant", str, "minbase"), fields.strings("packages"))


def _go(fields: Fields) -> Step:
    return Go(fields.take("set", str), fields.take("command", str), fields.take("to", str))


def _python(fields: Fields) -> Step:
    return Python(fields.take("venv", str), fields.take("requirements", str), fields.strings("sdists"))


def _npm(fields: Fields) -> Step:
    return Npm(fields.take("source", str), fields.take("to", str), fields.strings("omit"))


def _copy(fields: Fields) -> Step:
    return Copy(fields.take("source", str), fields.take("to", str), _mode(fields, None))


def _copy_from(fields: Fields) -> Step:
    artifact = fields.take("artifact", str, None)
    layer = fields.take("layer", str) if artifact is None else f"artifact:{artifact}"
    return CopyFrom(layer, fields.take("path", str), fields.take("to", str))


def _write(fields: Fields) -> Step:
    return Write(fields.take("to", str), fields.take("content", str), _mode(fields, "0644") or 0)


def _link(fields: Fields) -> Step:
    return Link(fields.take("to", str), fields.take("target", str))


def _run(fields: Fields) -> Step:
    env = fields.take("env", dict, {})
    return Run(
        argv=fields.strings("argv"),
        env=tuple((str(key), str(value)) for key, value in env.items()),
        workdir=fields.take("workdir", str, "/"),
        sources=fields.strings("inputs"),
        network=fields.take("network", bool, False),
    )


_MAPPINGS: dict[str, t.Callable[[Fields], Step]] = {
    "debian": _debian,
    "go": _go,
    "python": _python,
    "npm": _npm,
    "copy": _copy,
    "copy_from": _copy_from,
    "write": _write,
    "link": _link,
    "run": _run,
}
_LISTS: dict[str, t.Callable[[tuple[str, ...]], Step]] = {"apt": Apt, "compile": Compile, "remove": Remove}
