# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Answers that are refusals, in the shapes the provider gives them."""

from __future__ import annotations

import typing as t


class ApiError(Exception):
    """A refusal: HTTP status, short name of the error, sentence for a person, and further keys of the body."""

    def __init__(self, status: int, error: str, message: str, **further: t.Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, t.Any] = {"success": False, "error": error, "msg": message, **further}


def invalid(message: str, status: int = 400, **further: t.Any) -> ApiError:
    """Arguments that the provider does not take."""
    return ApiError(status, "invalid_args", message, **further)
