# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judges external models and who answers in whose place."""

from __future__ import annotations

import difflib
import typing as t

from ..litellm.catalogue import apis, external_models

Entry = dict[str, t.Any]


def findings(models: list[Entry], endpoints: list[Entry], tenants: list[Entry]) -> list[str]:
    """One sentence for each external model or chain that cannot work."""
    external = external_models(endpoints)
    found = [finding for model in external for finding in _external_findings(model)]
    found += _twice(models, external)
    offered = {model["name"]: model for model in [*models, *external]}
    wrong = [finding for model in offered.values() for finding in _chain_findings(model, offered)]
    if wrong:
        return [*found, *wrong]
    return [*found, *_circles(offered), *_closed(offered, list(_scopes(tenants)))]


def _where(model: Entry) -> str:
    variable = "platform_models" if "source" in model else "platform_external_endpoints"
    return f"{variable}: {model['name']!r}"


def _external_findings(model: Entry) -> list[str]:
    if "embeddings" in model["served_for"] and len(model["served_for"]) > 1:
        return [f"{_where(model)} is served for embeddings and more; declare a second model."]
    if "output_per_token" not in model["price"] and model["served_for"] != ["embeddings"]:
        return [
            f"{_where(model)} has no price.output_per_token: what it writes would cost nothing, so no budget ended."
        ]
    return []


def _twice(models: list[Entry], external: list[Entry]) -> list[str]:
    own = {model["name"] for model in models}
    names = [model["name"] for model in external]
    return [
        f"platform_external_endpoints: the model name {name!r} is taken; each model needs its own."
        for name in sorted(set(names))
        if name in own or names.count(name) > 1
    ]


def _chain_findings(model: Entry, offered: dict[str, Entry]) -> list[str]:
    return [
        f"{_where(model)} has the fallback {name!r}, {why}"
        for name in model.get("fallbacks", [])
        if (why := _why_not(model, name, offered))
    ]


def _why_not(model: Entry, name: str, offered: dict[str, Entry]) -> str:
    if name == model["name"]:
        return "which is itself; name another model."
    other = offered.get(name)
    if other is None:
        near = difflib.get_close_matches(name, offered, 1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(offered))}."
        return f"which neither platform_models nor platform_external_endpoints declares; {hint}"
    if not apis(model) & apis(other):
        return (
            f"which is another kind of model: {name!r} is served for {', '.join(other['served_for'])}, "
            f"{model['name']!r} for {', '.join(model['served_for'])}."
        )
    return ""


def _circles(offered: dict[str, Entry]) -> list[str]:
    """Each circle once, beginning with its first name in the alphabet."""
    found = {_turned(path) for name in offered for path in _back_to(name, (name,), offered)}
    return [
        f"The fallbacks go round in a circle: {' -> '.join([*path, path[0]])}. Take one of them away."
        for path in sorted(found)
    ]


def _back_to(start: str, path: tuple[str, ...], offered: dict[str, Entry]) -> t.Iterator[tuple[str, ...]]:
    for name in offered[path[-1]].get("fallbacks", []):
        if name == start:
            yield path
        elif name not in path:
            yield from _back_to(start, (*path, name), offered)


def _turned(path: tuple[str, ...]) -> tuple[str, ...]:
    first = path.index(min(path))
    return path[first:] + path[:first]


def _scopes(tenants: t.Iterable[Entry]) -> t.Iterator[set[str]]:
    """The models of each key; of the team where it has no key yet."""
    for tenant in tenants:
        for key in tenant.get("keys") or [{}]:
            yield set(key.get("models") or tenant["models"])


def _closed(offered: dict[str, Entry], scopes: list[set[str]]) -> list[str]:
    """Fallbacks that no caller may use: LiteLLM passes over a model that the caller's key may not call itself."""
    return [
        f"{_where(model)} has the fallback {name!r}, which nobody who may use {model['name']!r} may use; a call only falls "
        f"back to models of its own key: add {name!r} to models of a team in platform_tenants, or take it away."
        for model in offered.values()
        for name in model.get("fallbacks", [])
        if any(model["name"] in scope for scope in scopes)
        and not any({model["name"], name} <= scope for scope in scopes)
    ]


__all__ = ("findings",)
