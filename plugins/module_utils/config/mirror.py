# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Asks a registry mirror whether it is one, before any node is told to pull from it."""

from __future__ import annotations

import http
import typing as t
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 5


def mirror_findings(artifacts: dict[str, t.Any]) -> list[str]:
    """One sentence when C(platform_artifacts) is mirror and the registry does not answer as one.

    Implements the end-1 request C(GET /v2/) of the OCI distribution specification: 200, or 401 when it wants a login.
    """
    if artifacts["source"] != "mirror":
        return []
    registry = artifacts["mirror"]
    url = f"{registry if '://' in registry else 'https://' + registry}/v2/"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS):  # noqa: S310  the operator names the registry
            return []
    except urllib.error.HTTPError as error:
        if error.code == http.HTTPStatus.UNAUTHORIZED:
            return []
        return [
            f"platform_mirror: {url} answered {error.code} {error.reason}; a registry answers 200 or 401 there: check the address."
        ]
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return [
            f"platform_mirror: {url} cannot be reached ({reason}); check the name, the port and the network, or use platform_artifacts: packages."
        ]


__all__ = ("mirror_findings",)
