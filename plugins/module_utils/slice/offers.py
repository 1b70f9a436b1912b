# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the platform promises to whom: models with their prices, keys with their scopes, names as tenants see them."""

from __future__ import annotations

import dataclasses
import errno
import pathlib
import typing as t

from ..litellm.catalogue import FIM_SUFFIX, offered_names

CHAT_PURPOSES = frozenset({"chat", "agent"})


@dataclasses.dataclass(frozen=True)
class Model:
    """A model of the configuration. Prices in USD per token; ``fallbacks`` are names of models that answer in its place."""

    name: str
    served_for: frozenset[str]
    minimum: int
    input_price: float
    output_price: float
    fallbacks: tuple[str, ...] = ()

    @property
    def chats(self) -> bool:
        return bool(self.served_for & CHAT_PURPOSES)

    @property
    def fim_name(self) -> str:
        """The name under which it completes raw prompts."""
        return self.name + FIM_SUFFIX

    @property
    def api_names(self) -> tuple[str, ...]:
        """The names under which tenants find it in /v1/models."""
        return tuple(offered_names({"name": self.name, "served_for": self.served_for}))

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        """USD for one request."""
        return prompt_tokens * self.input_price + completion_tokens * self.output_price


@dataclasses.dataclass(frozen=True)
class Key:
    """A tenant's key. ``models`` are names of the configuration, not of the API; ``value`` is the secret."""

    team: str
    alias: str
    models: frozenset[str]
    value: str = dataclasses.field(repr=False)

    @property
    def name(self) -> str:
        return self.team if self.team == self.alias else f"{self.team}/{self.alias}"


def read_models(models: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[Model, ...]:
    """Models from the module's option."""
    return tuple(
        Model(
            name=model["name"],
            served_for=frozenset(model["served_for"]),
            minimum=int((model.get("replicas") or {}).get("min") or 1),
            input_price=float((model.get("price") or {}).get("input_per_token") or 0.0),
            output_price=float((model.get("price") or {}).get("output_per_token") or 0.0),
            fallbacks=tuple(model.get("fallbacks") or ()),
        )
        for model in models
    )


def key_path(keys_dir: str, team: str, alias: str) -> pathlib.Path:
    """Where the key of a tenant lies on the controller."""
    return pathlib.Path(keys_dir) / f"{team}-{alias}"


def _read(path: pathlib.Path) -> str:
    value = path.read_text(encoding="utf-8").strip()
    if not value:
        raise OSError(errno.ENODATA, "the file is empty", str(path))
    return value


def read_keys(tenants: t.Sequence[t.Mapping[str, t.Any]], keys_dir: str | None) -> tuple[Key, ...]:
    """Keys of all tenants from their files; without a folder their values stay empty, which is enough to plan.

    Raises OSError naming the file that cannot be read.
    """
    return tuple(
        Key(
            team=tenant["team"],
            alias=key["alias"],
            models=frozenset(key.get("models") or tenant["models"]),
            value=_read(key_path(keys_dir, tenant["team"], key["alias"])) if keys_dir else "",
        )
        for tenant in tenants
        for key in tenant.get("keys") or ()
    )


__all__ = ("Key", "Model", "key_path", "read_keys", "read_models")
