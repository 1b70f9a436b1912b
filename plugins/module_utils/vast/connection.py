# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The options that say where Vast is and who asks, shared by all its modules."""

from __future__ import annotations

import dataclasses
import os
import stat
import typing as t

from ..rest.endpoint import Endpoint, checked_url, read_secret
from .errors import InputError

BASE_URL = "https://console.vast.ai"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Connection(Endpoint):
    """Where Vast is and how to talk to it. The key never shows in a representation."""

    api_key: str = dataclasses.field(repr=False)


def argument_spec() -> dict[str, dict[str, t.Any]]:
    return {
        "base_url": {"type": "str", "default": BASE_URL},
        "api_key": {"type": "str", "no_log": True},
        "api_key_file": {"type": "path", "no_log": False},
        "owner": {"type": "str"},
        "request_timeout": {"type": "float", "default": 30.0},
        "retries": {"type": "int", "default": 4},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
    }


MUTUALLY_EXCLUSIVE = [("api_key", "api_key_file")]
REQUIRED_ONE_OF = [("api_key", "api_key_file")]


def connection(params: t.Mapping[str, t.Any]) -> Connection:
    """The connection that a module's parameters describe. Raises InputError."""
    return Connection(
        url=checked_url("base_url", params["base_url"], BASE_URL),
        api_key=params["api_key"] or _key_of(params["api_key_file"]),
        timeout=params["request_timeout"],
        retries=params["retries"],
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
    )


def _key_of(path: str) -> str:
    key = read_secret(path, "api_key_file")
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode) and mode & 0o077:
        raise InputError(
            f"api_key_file: {path} has mode {stat.S_IMODE(mode):04o}, so others can read the key that spends your money. "
            f"Run chmod 600 {path}."
        )
    return key
