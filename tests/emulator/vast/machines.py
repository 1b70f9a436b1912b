# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Instances that are machines of this host: booted Debian systems with systemd and sshd, on a bridge of their own."""

from __future__ import annotations

import dataclasses
import ipaddress
import pathlib
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.machine.host import Host
from ansible_collections.inference.platform.plugins.module_utils.machine.spec import build
from ansible_collections.inference.platform.plugins.modules import machine as module

from .backends import Address

# sshd reads this file beside authorized_keys, which the machine module writes.
_ACCOUNT_KEYS = "root/.ssh/authorized_keys2"


@dataclasses.dataclass
class Machines:
    """Backend whose instances are real machines; needs root.

    Attributes:
        folder: where their file systems live.
        image: tar of the root file system.
        platform: name that owns them; the bridge is C(ipl-<platform>).
        network: address of this host on the bridge, with prefix length.
        images: folder of unpacked images that a new machine gets, or empty.
        binds: what every machine sees of this host, as the machine module takes it.

    """

    folder: pathlib.Path
    image: pathlib.Path
    platform: str = "rented"
    network: str = "10.213.0.1/24"
    images: str = ""
    binds: tuple[dict[str, t.Any], ...] = ()
    timeout: int = 120
    _numbers: dict[int, int] = dataclasses.field(default_factory=dict)

    def create(self, number: int, keys: list[str]) -> Address:
        """Boot a machine at the next free address."""
        free = next(place for place in range(11, 200) if place not in self._numbers.values())
        self._numbers[number] = free
        self._apply("started", [number])
        self.authorize(number, keys)
        return Address(self._address(number), 22)

    def authorize(self, number: int, keys: list[str]) -> None:
        """Write the account's keys where sshd looks for them."""
        if number in self._numbers:
            file = self._root(number) / _ACCOUNT_KEYS
            file.write_text("".join(f"{key}\n" for key in keys))
            file.chmod(0o600)

    def stop(self, number: int) -> None:
        """Power it off."""
        if number in self._numbers:
            self._apply("stopped", [number])

    def start(self, number: int) -> None:
        """Power it on."""
        self._apply("started", [number])

    def destroy(self, number: int) -> None:
        """Remove it with its files."""
        if number in self._numbers:
            self._apply("absent", [number])
            del self._numbers[number]

    def close(self) -> None:
        """Remove all of them, and the bridge."""
        self._apply("absent", [])
        self._numbers.clear()

    def _apply(self, state: str, numbers: list[int]) -> None:
        params = {name: option.get("default") for name, option in module.ARGUMENTS.items()}
        params |= {
            "platform": self.platform,
            "state": state,
            "machines": [{"name": self._name(one), "address": self._address(one)} for one in numbers],
            "directory": str(self.folder / "machines"),
            "ssh_directory": str(self.folder / "ssh"),
            "image": str(self.image),
            "images": self.images or None,
            "address": self.network,
            "binds": list(self.binds),
            "timeout": self.timeout,
            "stop_timeout": 10,
        }
        module.work(Host(), build(params), params, False)

    def _address(self, number: int) -> str:
        network = ipaddress.IPv4Interface(self.network).network
        return str(network.network_address + self._numbers[number])

    def _root(self, number: int) -> pathlib.Path:
        return self.folder / "machines" / self._name(number) / "root"

    @staticmethod
    def _name(number: int) -> str:
        return f"vast-{number}"
