# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""GET /v1/models with each key lists exactly that key's scope."""

from __future__ import annotations

import functools
import typing as t

from .context import Context, Settings, must_be_ok
from .offers import Key
from .results import Check, CheckError, Notes


def checks(settings: Settings) -> list[Check]:
    """One check for each key."""
    return [
        Check(
            f"models.{key.name}",
            f"exactly {', '.join(sorted(expected(settings, key)))}",
            functools.partial(_listed, key=key),
        )
        for key in settings.keys
    ]


def expected(settings: Settings, key: Key) -> set[str]:
    """The names that a key sees."""
    return {
        name for model in (*settings.models, *settings.external) if model.name in key.models for name in model.api_names
    }


def _listed(context: Context, notes: Notes, *, key: Key) -> None:
    notes.sent("GET /v1/models")
    answer = context.http.call("GET", "/v1/models", key.value)
    notes.got(answer.text)
    must_be_ok(answer, f"GET /v1/models with the key of {key.name}")
    judge(listed(answer.json()), expected(context.settings, key), key.name)


def listed(body: t.Any) -> list[str]:
    """Names in an answer of GET /v1/models."""
    entries = body.get("data") if isinstance(body, dict) else None
    return [str(entry.get("id")) for entry in entries or () if isinstance(entry, dict)]


def judge(names: t.Sequence[str], wanted: set[str], key: str) -> None:
    """Raises CheckError unless the names are the wanted ones, each once."""
    missing = sorted(wanted - set(names))
    foreign = sorted(set(names) - wanted)
    twice = sorted({name for name in names if names.count(name) > 1})
    parts = [f"lacks {', '.join(missing)}"] if missing else []
    parts += [f"also lists {', '.join(foreign)}"] if foreign else []
    parts += [f"lists {', '.join(twice)} more than once"] if twice else []
    if parts:
        raise CheckError(
            f"/v1/models with the key of {key} {' and '.join(parts)}.",
            "Run the playbooks platform.yml (models of LiteLLM) and tenants.yml (scope of teams and keys).",
        )


__all__ = ("checks", "expected", "judge", "listed")
