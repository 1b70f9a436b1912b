# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fields that LiteLLM honours with its Enterprise licence alone: some are refused by it, others taken in silence."""

from __future__ import annotations

from .client import Client
from .errors import ApiError, InputError


def require_licence(client: Client, what: str, owner: str) -> None:
    """Raises InputError, before anything is sent that changes, when the proxy runs without a licence.

    Args:
        client: of the proxy.
        what: the fields, like "model_max_budget".
        owner: of the fields, like "budget 'small'".

    """
    if _licensed(client):
        return
    raise InputError(
        f"{what} of {owner} needs LiteLLM's Enterprise licence, and this proxy runs without one. "
        "Leave it out. Nothing was changed."
    )


def _licensed(client: Client) -> bool:
    try:
        return bool(client.get("/health/license", doing="reading its licence").get("has_license"))
    except ApiError as error:
        if error.status == 404:
            return False
        raise
