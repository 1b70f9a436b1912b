# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""SSH keys of the account. A virtual machine takes those that are there when it is rented, and no others later.

GET and POST /api/v0/ssh/, DELETE /api/v0/ssh/{id}/.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import typing as t

from .client import Client
from .errors import ApiError, InputError, RestError, unsure

_KINDS = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-", "sk-ssh-ed25519", "sk-ecdsa-sha2-")


@dataclasses.dataclass(frozen=True)
class PublicKey:
    """A public key: its kind and base64 text are its identity, the comment is not."""

    kind: str
    text: str
    comment: str

    @property
    def line(self) -> str:
        return " ".join(part for part in (self.kind, self.text, self.comment) if part)

    def same(self, other: PublicKey | None) -> bool:
        return other is not None and (self.kind, self.text) == (other.kind, other.text)


@dataclasses.dataclass(frozen=True)
class Account:
    """A key on the account with its id there."""

    id: int
    key: PublicKey


def parse(line: str) -> PublicKey | None:
    """The key of a line as in authorized_keys, None when it is none."""
    parts = line.strip().split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(_KINDS):
        return None
    try:
        base64.b64decode(parts[1], validate=True)
    except (binascii.Error, ValueError):
        return None
    return PublicKey(parts[0], parts[1], parts[2] if len(parts) > 2 else "")


def checked(line: str, option: str) -> PublicKey:
    """Raises InputError; a private key is refused without showing it."""
    if "PRIVATE KEY" in line:
        raise InputError(
            f"{option} holds a private key. Give the public one, the content of the file that ends in .pub."
        )
    key = parse(line)
    if key is None:
        raise InputError(f"{option} must be one public key in OpenSSH's form, such as: ssh-ed25519 AAAA... comment.")
    return key


def listed(client: Client) -> list[Account]:
    """The keys on the account; entries that are no keys are left out. Raises RestError."""
    answer: t.Any = client.get("/api/v0/ssh/", doing="listing the account's ssh keys")
    if isinstance(answer, dict):
        answer = next((value for value in answer.values() if isinstance(value, list)), [])
    found = []
    for entry in answer:
        key = parse(str(entry.get("public_key") or entry.get("ssh_key") or entry.get("key") or ""))
        if key is not None and not entry.get("deleted_at"):
            found.append(Account(int(entry["id"]), key))
    return found


def find(client: Client, key: PublicKey) -> list[Account]:
    return [account for account in listed(client) if account.key.same(key)]


def add(client: Client, key: PublicKey) -> Account:
    """Puts the key on the account once: after a lost answer it is looked for before it is sent again. Raises RestError."""
    for last in (False, False, True):
        try:
            client.post(
                "/api/v0/ssh/", {"ssh_key": key.line}, doing="adding an ssh key to the account", repeatable=False
            )
        except RestError as error:
            # another run may have added it meanwhile
            already = isinstance(error, ApiError) and error.code == "duplicate_ssh_key"
            if last or not (already or unsure(error)):
                raise
        found = find(client, key)
        if found:
            return found[0]
    raise RestError("Vast took the ssh key and does not list it.")


def remove(client: Client, account: Account) -> None:
    """Takes the key off the account. Raises RestError."""
    try:
        client.delete(f"/api/v0/ssh/{account.id}/", doing=f"removing ssh key {account.id} from the account")
    except ApiError:
        # Asked again after a lost answer, Vast calls a key that is gone a wrong argument.
        if any(one.id == account.id for one in listed(client)):
            raise


def checked_name(name: str) -> str:
    """A comment of a key: one line. Raises InputError."""
    if not name.isprintable() or not name.strip():
        raise InputError(f"name must be one line of text, not {name!r}.")
    return name.strip()


def view(account: Account) -> dict[str, t.Any]:
    return {"id": account.id, "public_key": account.key.line, "name": account.key.comment}
