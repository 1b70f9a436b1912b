# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reads what is needed of a model, and no weights: from a folder, a hub's cache, a model image, or a hub."""

from __future__ import annotations

import json
import pathlib
import typing as t

from .errors import FitError
from .safetensors import Stored, read_header, read_index
from .verdict import Model

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"


class Files(t.Protocol):
    """The files of a model: C(where) names them for messages."""

    where: str

    def read(self, name: str) -> bytes | None:
        """A small file, or None when there is none of that name. Raises FitError when it cannot be read."""

    def weight_files(self) -> list[str]:
        """Names of the safetensors files that can be opened."""

    def part(self, name: str, offset: int, size: int) -> bytes:
        """Bytes of a file. Raises FitError."""

    def size(self, name: str) -> int:
        """Bytes of a whole file, 0 when unknown."""


class Folder:
    """A folder of this machine."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self.where = str(path)

    def read(self, name: str) -> bytes | None:
        """See Files."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise FitError(f"{self.path / name} cannot be read: {error.strerror}.") from error

    def weight_files(self) -> list[str]:
        """See Files."""
        return sorted(path.name for path in self.path.glob("*.safetensors") if path.is_file())

    def part(self, name: str, offset: int, size: int) -> bytes:
        """See Files."""
        try:
            with (self.path / name).open("rb") as stream:
                stream.seek(offset)
                return stream.read(size)
        except OSError as error:
            raise FitError(f"{self.path / name} cannot be read: {error.strerror}.") from error

    def size(self, name: str) -> int:
        """See Files."""
        return (self.path / name).stat().st_size


def load(files: Files, *, in_image: bool = False, headers: bool = True) -> Model:
    """The model in these files.

    Args:
        files: where they are.
        in_image: the files come in an image.
        headers: open every safetensors file, when all are there; without, the index' sum is enough.

    Raises:
        FitError: there is no config.json, or a file is not what its name says.

    """
    text = files.read(CONFIG)
    if text is None:
        raise FitError(f"There is no config.json in {files.where}; name the folder that holds the model's own files.")
    return Model(parse_config(text, f"{files.where}/{CONFIG}"), _stored(files, headers=headers), in_image)


def parse_config(text: bytes | str, name: str) -> dict[str, t.Any]:
    """A config.json. Raises FitError when it is none."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise FitError(f"{name} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise FitError(f"{name} holds no JSON object.")
    return document


def _stored(files: Files, *, headers: bool) -> Stored:
    index = files.read(INDEX)
    total, wanted = read_index(index, f"{files.where}/{INDEX}") if index is not None else (0, [])
    present = files.weight_files()
    wanted = wanted or _main_files(present)
    if total and not (headers and set(wanted) <= set(present)):
        return Stored(total=total, source="safetensors index")
    # What a hub has need not be looked for first.
    missing = sorted(set(wanted) - set(present)) if headers else []
    if missing:
        raise FitError(
            f"{files.where}/{INDEX} names {missing[0]}, which is not there, and gives no total_size: the download is not complete."
        )
    if not wanted:
        return Stored()
    tensors = tuple(tensor for name in wanted for tensor in _header(files, name))
    return Stored(sum(tensor.size for tensor in tensors), tensors, "safetensors headers", max(map(files.size, wanted)))


def _main_files(present: list[str]) -> list[str]:
    # Mistral's repositories hold the weights twice; the consolidated ones are for another loader.
    return [name for name in present if not name.startswith("consolidated")] or present


def _header(files: Files, name: str) -> list[t.Any]:
    return list(read_header(lambda offset, size: files.part(name, offset, size), f"{files.where}/{name}"))


def hub_cache(repository: str, home: str, revision: str = "main") -> Folder | None:
    """The folder in the Hugging Face hub's cache that holds a revision of a repository, None when there is none.

    Layout: C(<home>/hub/models--ORG--NAME/snapshots/<commit>), where C(refs/<revision>) names the commit.
    """
    top = pathlib.Path(home) / "hub" / f"models--{repository.replace('/', '--')}"
    try:
        commit = (top / "refs" / revision).read_text(encoding="utf-8").strip()
    except OSError:
        commit = revision
    folder = top / "snapshots" / commit
    return Folder(folder) if (folder / CONFIG).is_file() else None


__all__ = ("CONFIG", "INDEX", "Files", "Folder", "hub_cache", "load", "parse_config")
