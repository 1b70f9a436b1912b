# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""SSH keys: one for the user, one per machine, made here so that a machine is known before it boots."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import tempfile

from .host import Host, MachineError
from .plan import Step

KEY = "id_ed25519"
KNOWN_HOSTS = "known_hosts"


@dataclasses.dataclass(frozen=True)
class KeyPair:
    """A private key in OpenSSH's format and its public line without comment."""

    private: str
    public: str


def generate(host: Host, folder: pathlib.Path, comment: str) -> KeyPair:
    """Make a key pair in a folder of 0700 below FOLDER that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".key-", dir=folder) as scratch:
        file = pathlib.Path(scratch) / "key"
        host.check(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file)])
        return KeyPair(file.read_text(), " ".join(file.with_suffix(".pub").read_text().split()[:2]))


def write_atomic(path: pathlib.Path, text: str, mode: int) -> None:
    """Write a file that is either the old or the new one, never half; a symbolic link at PATH is replaced, not followed."""
    temporary = path.with_name(f".{path.name}.new")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as output:
        os.fchmod(output.fileno(), mode)
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
    temporary.replace(path)


def public_key(folder: pathlib.Path) -> str | None:
    """Return the user's public key without comment, or nothing when there is none yet."""
    try:
        return " ".join((folder / f"{KEY}.pub").read_text().split()[:2])
    except FileNotFoundError:
        return None


def plan_user_key(host: Host, folder: pathlib.Path, comment: str) -> list[Step]:
    """Plan the user's key: made once; the public half is written anew when it got lost; mode 0600."""
    key = folder / KEY
    if not key.is_file():
        return [Step("ssh key", "absent", str(key), lambda: _make_user_key(host, folder, comment))]
    steps = []
    if key.stat().st_mode & 0o077:
        steps.append(Step("ssh key", f"mode {key.stat().st_mode & 0o777:04o}", "mode 0600", lambda: key.chmod(0o600)))
    if public_key(folder) is None:
        public = key.with_suffix(".pub")
        steps.append(Step("ssh public key", "absent", str(public), lambda: _write_public(host, key, comment)))
    return steps


def _make_user_key(host: Host, folder: pathlib.Path, comment: str) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pair = generate(host, folder, comment)
    # The public half first: a private key without it is completed by the next run, the other way round it is made anew.
    write_atomic(folder / f"{KEY}.pub", f"{pair.public} {comment}\n", 0o644)
    write_atomic(folder / KEY, pair.private, 0o600)


def _write_public(host: Host, key: pathlib.Path, comment: str) -> None:
    public = " ".join(host.check(["ssh-keygen", "-y", "-P", "", "-f", str(key)]).split()[:2])
    write_atomic(key.with_suffix(".pub"), f"{public} {comment}\n", 0o644)


def known_hosts(keys: dict[str, tuple[str, str]]) -> str:
    """Return the text of known_hosts for {name: (address, public key)}."""
    lines = (f"{address},{name} {key}\n" for name, (address, key) in sorted(keys.items()))
    return "".join(lines)


def plan_known_hosts(folder: pathlib.Path, keys: dict[str, tuple[str, str]]) -> list[Step]:
    """Plan the file of pinned host keys; it holds the platform's machines and nothing else."""
    file = folder / KNOWN_HOSTS
    try:
        now = file.read_text()
    except FileNotFoundError:
        now = None
    wanted = known_hosts(keys)
    if now == wanted:
        return []
    before = "absent" if now is None else f"{len(now.splitlines())} keys"
    return [Step("known_hosts", before, f"keys of {', '.join(sorted(keys))}", lambda: _write_known_hosts(file, wanted))]


def _write_known_hosts(file: pathlib.Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(file, text, 0o644)


def plan_removal(folder: pathlib.Path) -> list[Step]:
    """Plan the removal of the key and the pinned keys; a folder that holds anything else stays with that."""
    ours = [folder / name for name in (KEY, f"{KEY}.pub", KNOWN_HOSTS)]
    present = [file for file in ours if file.exists()]
    if not present:
        return []
    return [Step("ssh keys", f"{len(present)} files in {folder}", "absent", lambda: _remove(folder, present))]


def _remove(folder: pathlib.Path, files: list[pathlib.Path]) -> None:
    for file in files:
        try:
            file.unlink()
        except OSError as error:
            raise MachineError(f"cannot remove {file}: {error.strerror}") from error
    with contextlib.suppress(OSError):
        folder.rmdir()


__all__ = (
    "KEY",
    "KNOWN_HOSTS",
    "KeyPair",
    "generate",
    "known_hosts",
    "plan_known_hosts",
    "plan_removal",
    "plan_user_key",
    "public_key",
    "write_atomic",
)
