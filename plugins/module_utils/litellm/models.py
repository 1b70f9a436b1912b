# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which model names a proxy offers: LiteLLM accepts names that do not exist, so they are checked before."""

from __future__ import annotations

import typing as t

from .client import Client
from .errors import InputError

# Names that LiteLLM itself gives a meaning.
SPECIAL = frozenset({"all-team-models", "all-proxy-models", "no-default-models"})


def offered(client: Client) -> set[str]:
    answer = client.get("/v1/models", doing="listing its models")
    return {entry["id"] for entry in answer["data"]}


def require_models(names: t.Iterable[str], available: set[str], *, owner: str, source: str) -> None:
    """Raises InputError when a name is neither available nor special nor a wildcard.

    Args:
        names: model names that the task gives.
        available: names that may be given.
        owner: whom the names are for, like "team 'research'".
        source: who has the available names, like "LiteLLM".

    """
    unknown = sorted(name for name in set(names) - SPECIAL - available if not name.endswith("*"))
    if unknown:
        raise InputError(
            f"{owner} cannot have the models {', '.join(unknown)}: {source} offers only "
            f"{', '.join(sorted(available)) or 'none'}. Nothing was changed."
        )
