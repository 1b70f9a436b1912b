# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Running the modules for Vast: in this process, and in one that can be killed."""

from __future__ import annotations

import multiprocessing
import pathlib
import typing as t
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from emulator.vast import Call, Emulator
from litellm_fixture import modules

OWNER = "alice@desk"
LABEL = f"inference-platform/{OWNER}/demo/node-1"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0rM2J2c2h1dGRvd25kZWFkYmVlZjAxMjM0NTY3ODkw alice"

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["ansible_collections.inference.platform.plugins.modules.vast_instance", __name__])


class Person:
    """Somebody with the account's key, a name and a file of host keys."""

    def __init__(self, vast: Emulator, folder: pathlib.Path, owner: str = OWNER) -> None:
        self.vast = vast
        self.owner = owner
        self.known_hosts = folder / f"{owner}.known_hosts"
        self.label = f"inference-platform/{owner}/demo/node-1"

    def __call__(self, name: str, /, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """The result of inference.platform.vast_<name>."""
        return modules.run(f"vast_{name}", {**self._access(), **options}, check=check)

    def instance(self, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        """The result of vast_instance for the person's node, present when nothing else is said."""
        return modules.run("vast_instance", self.wish(**options), check=check)

    def wish(self, **options: t.Any) -> dict[str, t.Any]:
        """Options of vast_instance."""
        return {
            **self._access(),
            "label": self.label,
            "search": {"gpu": ["RTX 4090"], "gpus": 1},
            "ssh_public_key": PUBLIC_KEY,
            "known_hosts": str(self.known_hosts),
            "max_usd_per_hour": 0.8,
            "timeout": 20,
            "poll": 0.05,
            **options,
        }

    def living(self) -> list[int]:
        """Ids of the instances with the person's label that cost money."""
        return [one.id for one in self.vast.account.living() if one.label == self.label]

    def add_key(self) -> None:
        """Puts the key on the account without a call that a test would count."""
        self.vast.account.add_key(PUBLIC_KEY)

    def start(self, **options: t.Any) -> BaseProcess:
        """Runs vast_instance in a process of its own."""
        process = _PROCESSES.Process(target=_run, args=(self.wish(**options),))
        process.start()
        return process

    def _access(self) -> dict[str, t.Any]:
        return {"base_url": self.vast.url, "api_key": self.vast.api_key, "owner": self.owner, "request_timeout": 5}


def at_call(vast: Emulator, number: int, act: Callable[[], None]) -> None:
    """Does something once the call of that number had its effect and before it is answered."""

    def watch(moment: str, call: Call) -> None:
        if moment == "after" and call.number == number:
            act()

    vast.watch = watch


def _run(arguments: dict[str, t.Any]) -> None:
    modules.run("vast_instance", arguments)
