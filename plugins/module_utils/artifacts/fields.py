# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Typed access to the mappings of a catalogue, with errors that name the place."""

from __future__ import annotations

import typing as t

from .errors import CatalogueError


class Fields:
    """Takes the known keys out of a mapping and complains about the rest, naming the place."""

    def __init__(self, data: t.Any, where: str) -> None:
        if not isinstance(data, dict):
            raise CatalogueError(f"{where}: must be a mapping.")
        self._data = dict(data)
        self._where = where

    def take(self, key: str, kind: type | tuple[type, ...], default: t.Any = ...) -> t.Any:
        """The value of C(key), of type C(kind); required unless there is a default."""
        value = self._data.pop(key, default)
        if value is ...:
            raise CatalogueError(f"{self._where}: {key} is missing.")
        if value is not default and not isinstance(value, kind):
            raise CatalogueError(f"{self._where}.{key}: {value!r} has the wrong type.")
        return value

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of strings, empty when absent."""
        value = self.take(key, list, [])
        if not all(isinstance(item, str) for item in value):
            raise CatalogueError(f"{self._where}.{key}: must be a list of strings.")
        return tuple(value)

    def only(self, key: str) -> t.Any:
        """The value of the one key there is."""
        value = self.take(key, object)
        self.done()
        return value

    def done(self) -> None:
        """Raises CatalogueError when a key is left over."""
        if self._data:
            raise CatalogueError(f"{self._where}: unknown key {', '.join(map(str, self._data))}.")
