# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What stands behind an instance: something that answers ssh."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Address:
    """Where ssh of an instance answers."""

    host: str
    port: int


class Backend(t.Protocol):
    """Makes and removes what instances are made of. Calls come one at a time; ``create`` may take long and runs in a thread."""

    def create(self, number: int, keys: list[str]) -> Address:
        """Make the machine of an instance, which lets these public keys in as root; return when ssh answers."""

    def authorize(self, number: int, keys: list[str]) -> None:
        """Let exactly these public keys in."""

    def stop(self, number: int) -> None:
        """Power it off; its files stay."""

    def start(self, number: int) -> None:
        """Power it on again; return when ssh answers."""

    def destroy(self, number: int) -> None:
        """Remove it with everything in it; nothing happens when there is none."""

    def close(self) -> None:
        """Remove all of them."""
