# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The options that say where LiteLLM is, shared by all its modules."""

from __future__ import annotations

import dataclasses
import typing as t

from ..rest.endpoint import Endpoint, checked_url, read_secret

__all__ = ("Connection", "argument_spec", "connection", "read_secret")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Connection(Endpoint):
    """Where LiteLLM is and how to talk to it. The key never shows in a representation."""

    master_key: str = dataclasses.field(repr=False)


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
    return Connection(
        url=checked_url("url", params["url"], "http://host:4000"),
        master_key=params["master_key"] or read_secret(params["master_key_file"], "master_key_file"),
        timeout=params["timeout"],
        retries=params["retries"],
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
    )
