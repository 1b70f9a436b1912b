# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The options that say where LiteLLM is, shared by all its modules."""

from __future__ import annotations

import dataclasses
import ssl
import typing as t
import urllib.parse

from .errors import InputError


@dataclasses.dataclass(frozen=True)
class Connection:
    """Where LiteLLM is and how to talk to it; times in seconds. The key never shows in a representation."""

    url: str
    master_key: str = dataclasses.field(repr=False)
    timeout: float = 30.0
    retries: int = 4
    validate_certs: bool = True
    ca_path: str | None = None

    @property
    def address(self) -> urllib.parse.SplitResult:
        return urllib.parse.urlsplit(self.url)

    def tls(self) -> ssl.SSLContext | None:
        """None for plain http. Raises InputError when the CA file cannot be used."""
        if self.address.scheme != "https":
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_path)
        except OSError as error:
            raise InputError(f"The CA file {self.ca_path} cannot be used: {error}.") from error
        if not self.validate_certs:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def argument_spec() -> dict[str, dict[str, t.Any]]:
    return {
        "url": {"type": "str", "required": True},
        "master_key": {"type": "str", "no_log": True},
        "master_key_file": {"type": "path", "no_log": False},
        "timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 4},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    }


MUTUALLY_EXCLUSIVE = [("master_key", "master_key_file")]
REQUIRED_ONE_OF = [("master_key", "master_key_file")]


def connection(params: t.Mapping[str, t.Any]) -> Connection:
    """The connection that a module's parameters describe. Raises InputError."""
    url = params["url"].rstrip("/")
    address = urllib.parse.urlsplit(url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise InputError(f"url must look like http://host:4000, not {url!r}.")
    return Connection(
        url=url,
        master_key=params["master_key"] or read_secret(params["master_key_file"], "master_key_file"),
        timeout=params["timeout"],
        retries=params["retries"],
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
    )


def read_secret(path: str, option: str) -> str:
    """The content of a file that holds one secret, without the line end. Raises InputError."""
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.read().strip()
    except OSError as error:
        raise InputError(f"{option}: {path} cannot be read: {error.strerror}.") from error
    if not secret:
        raise InputError(f"{option}: {path} is empty.")
    return secret
