# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Vast's own errors."""

from __future__ import annotations

import json
import typing as t

from ..rest.client import Refusal
from ..rest.errors import InputError, RestError, TransportError

__all__ = ("ApiError", "InputError", "RestError", "TransportError", "passing", "said", "unsure")

# What Vast says when somebody else was faster. The status is 400, 404 or 410, by the version of the service.
_SOLD = ("no_such_ask", "not available", "no longer available", "already rented", "unavailable")


class ApiError(RestError):
    """Vast answered that it did not do what it was asked.

    Attributes:
        status: the HTTP status.
        code: Vast's name of the error, empty when it gave none.
        detail: what Vast said.

    """

    def __init__(self, url: str, refusal: Refusal) -> None:
        self.status = refusal.status
        self.code, self.detail = said(refusal.body)
        text = self.detail.rstrip(".") + "."
        super().__init__(
            f"Vast at {url} answered {refusal.status} to {refusal.route} while {refusal.doing}: {text}{self._cure()}"
        )

    @property
    def sold(self) -> bool:
        """Whether an offer is gone: somebody else rented it, or its machine left the market."""
        if self.wrong_key:
            return False
        told = f"{self.code} {self.detail}".lower()
        return self.status in (404, 409, 410) or (self.status < 500 and any(sign in told for sign in _SOLD))

    @property
    def wrong_key(self) -> bool:
        """Whether the key is not known: Vast says so with 401, and with 404 to a key that is none."""
        return self.status == 401 or (self.status == 404 and self.code == "auth_error")

    @property
    def gone(self) -> bool:
        """Whether what was asked about does not exist."""
        return self.status == 404 and not self.wrong_key

    @property
    def unsure(self) -> bool:
        """Whether the service may have done it all the same."""
        return self.status >= 500

    @property
    def search_quota(self) -> bool:
        """Whether today's searches are used up; it starts anew at midnight UTC, so asking again is pointless."""
        return self.status == 429 and self.code == "search_quota_exceeded"

    def _cure(self) -> str:
        if self.wrong_key:
            return " Check the API key: api_key or the content of api_key_file."
        if self.status == 403:
            return " The API key may not do this; its permissions are set where Vast's keys are managed."
        if self.search_quota:
            return " The account's searches of today are used up; they start anew at midnight UTC."
        if "insufficient_credit" in self.code or "credit" in self.detail.lower():
            return " Add credit to the account."
        return ""


def unsure(error: RestError) -> bool:
    """Whether Vast may have done what it was asked although this came back."""
    return isinstance(error, TransportError) or (isinstance(error, ApiError) and error.unsure)


def passing(error: RestError) -> bool:
    """Whether waiting longer may help."""
    return unsure(error) or (isinstance(error, ApiError) and error.status == 429 and not error.search_quota)


def said(body: bytes) -> tuple[str, str]:
    """(code, sentence) of {"success": false, "error": code, "msg": sentence}; the start of the body where it is not that."""
    text = body.decode("utf-8", "replace").strip()
    try:
        found: t.Any = json.loads(text)
    except ValueError:
        return "", text[:500] or "(an empty answer)"
    if not isinstance(found, dict):
        return "", text[:500]
    code = str(found.get("error") or "")
    sentence = str(found.get("msg") or found.get("message") or found.get("detail") or code or text)
    return code, sentence[:500]
