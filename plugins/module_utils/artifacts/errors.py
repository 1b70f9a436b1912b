# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong while artefacts are built."""

from __future__ import annotations


class ArtifactError(Exception):
    """One clear sentence for the user; C(lines) are the last lines that the failing tool wrote."""

    def __init__(self, message: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join((self.message, *("  | " + line for line in self.lines)))


class CatalogueError(ArtifactError):
    """The catalogue is not well-formed; the message names the place in it."""


class CommandError(ArtifactError):
    """A tool ended with an error."""


class CancelledError(ArtifactError):
    """The build was stopped, by another build's failure or because nobody waits for it any more."""
