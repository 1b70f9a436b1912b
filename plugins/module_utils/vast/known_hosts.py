# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Host keys of rented machines, pinned in a file that ssh reads.

Addresses are rented out again, so a pin names the instance in its comment, <label>#<id>: a key that changes on the same
instance is refused, a new instance behind an old address is pinned anew. A comment line says that a label was being
rented by this machine and did not answer yet, so that a later run knows that nothing of worth is on such an instance.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import pathlib
import subprocess
import typing as t

from .errors import InputError, RestError

_PENDING = "# being rented: "
# A key in a line: its type and its base64 text.
Key = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Pin:
    """The pinned keys of one instance and where it answered."""

    instance: int
    address: str
    keys: tuple[Key, ...]


def host_name(host: str, port: int) -> str:
    """As known_hosts writes an address."""
    return host if port == 22 else f"[{host}]:{port}"


def scan(host: str, port: int, timeout: float) -> tuple[Key, ...]:
    """The host keys that a machine presents; empty when no ssh answers. Raises RestError without ssh-keyscan."""
    seconds = str(max(1, round(timeout)))
    command = ["ssh-keyscan", "-T", seconds, "-t", "ed25519,ecdsa,rsa", "-p", str(port), "--", host]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=4 * timeout + 10)
    except FileNotFoundError as error:
        raise RestError("ssh-keyscan is not installed here; install the OpenSSH client.") from error
    except subprocess.TimeoutExpired:
        return ()
    lines = (line.split() for line in done.stdout.splitlines() if line and not line.startswith("#"))
    return tuple(sorted((parts[1], parts[2]) for parts in lines if len(parts) >= 3))


class KnownHosts:
    """The file; a run of Ansible may have several tasks at it at once, so every change holds a lock on its folder."""

    def __init__(self, path: str) -> None:
        self.path = pathlib.Path(path)

    def pin_of(self, label: str) -> Pin | None:
        """The pin of the label's instance, None when there is none. Raises InputError when the file cannot be read."""
        found = [parts for parts in map(str.split, self._lines()) if _is_pin(parts, label)]
        if not found:
            return None
        instance = int(found[0][3].rpartition("#")[2])
        return Pin(instance, found[0][0], tuple(sorted((parts[1], parts[2]) for parts in found)))

    def pending(self, label: str) -> bool:
        return _PENDING + label in self._lines()

    def begin(self, label: str) -> None:
        """Notes that the label is being rented."""
        with self._changing() as lines:
            lines.append(_PENDING + label)

    def pin(self, label: str, pin: Pin) -> None:
        """Replaces what is there for the label and for the address."""
        with self._changing() as lines:
            kept = [line for line in lines if not _about(line, label) and line.split()[:1] != [pin.address]]
            lines[:] = kept + [f"{pin.address} {kind} {key} {label}#{pin.instance}" for kind, key in pin.keys]

    def forget(self, label: str) -> None:
        if self.path.exists():
            with self._changing() as lines:
                lines[:] = [line for line in lines if not _about(line, label)]

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"known_hosts: {self.path} cannot be read: {error.strerror}.") from error

    @contextlib.contextmanager
    def _changing(self) -> t.Iterator[list[str]]:
        """The lines to change in place; written to a temporary name and moved, when they did change."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise InputError(f"known_hosts: {self.path.parent} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            lines = self._lines()
            before = list(lines)
            yield lines
            if lines != before:
                self._write("".join(f"{line}\n" for line in dict.fromkeys(lines)))
        finally:
            os.close(folder)

    def _write(self, text: str) -> None:
        temporary = self.path.with_name(f".{self.path.name}.new")
        try:
            with open(temporary, "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            raise InputError(f"known_hosts: {self.path} cannot be written: {error.strerror}.") from error


def _is_pin(parts: list[str], label: str) -> bool:
    return len(parts) == 4 and parts[3].rpartition("#")[0] == label and parts[3].rpartition("#")[2].isdigit()


def _about(line: str, label: str) -> bool:
    return line == _PENDING + label or _is_pin(line.split(), label)
