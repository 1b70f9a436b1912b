# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Instances that are ssh servers of this process: a host key each, the account's keys, and next to no commands."""

from __future__ import annotations

import asyncio
import threading
import typing as t
from collections.abc import Coroutine

import asyncssh

from .backends import Address

_SAYS = {"true": "", "whoami": "root\n", "hostname": "instance\n"}


class _Door(asyncssh.SSHServer):
    """Lets root in with the keys that an instance has at the moment."""

    def __init__(self, instance: _Instance) -> None:
        self._instance = instance

    def begin_auth(self, username: str) -> bool:
        """Nobody comes in without a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are the only way in."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Compare with the keys of the instance, comments aside."""
        offered = key.export_public_key().decode().split()[:2]
        return username == "root" and any(known.split()[:2] == offered for known in self._instance.keys)


class _Instance:
    """One server with its host key, which stays the same while the instance lives."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.port = 0
        self.server: asyncssh.SSHAcceptor | None = None

    async def listen(self) -> None:
        self.server = await asyncssh.create_server(
            lambda: _Door(self),
            "127.0.0.1",
            self.port,
            server_host_keys=[self.host_key],
            process_factory=_answer,
            reuse_address=True,
        )
        self.port = self.server.get_port()

    async def end(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()
            self.server = None


async def _answer(process: asyncssh.SSHServerProcess[str]) -> None:
    command = (process.command or "").strip()
    if command in _SAYS:
        process.stdout.write(_SAYS[command])
        process.exit(0)
        return
    process.stderr.write(f"{command}: nothing is installed on this instance\n")
    process.exit(127)


class Memory:
    """Backend whose instances answer ssh and can do nothing."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssh of instances", daemon=True)
        self._thread.start()
        self._instances: dict[int, _Instance] = {}

    def create(self, number: int, keys: list[str]) -> Address:
        """Serve ssh at a free port of the loopback."""
        instance = _Instance(list(keys))
        self._run(instance.listen())
        self._instances[number] = instance
        return Address("127.0.0.1", instance.port)

    def authorize(self, number: int, keys: list[str]) -> None:
        """Take other keys."""
        if number in self._instances:
            self._instances[number].keys = list(keys)

    def stop(self, number: int) -> None:
        """Close the port."""
        if number in self._instances:
            self._run(self._instances[number].end())

    def start(self, number: int) -> None:
        """Open the same port again."""
        instance = self._instances[number]
        if instance.server is None:
            self._run(instance.listen())

    def destroy(self, number: int) -> None:
        """Close the port for good."""
        self.stop(number)
        self._instances.pop(number, None)

    def close(self) -> None:
        """End all servers and the loop."""
        for number in list(self._instances):
            self.destroy(number)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[t.Any, t.Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
