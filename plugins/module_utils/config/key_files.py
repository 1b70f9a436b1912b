# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Looks whether the files with the API keys of external endpoints are there, before anything is changed."""

from __future__ import annotations

import pathlib
import typing as t


def key_file_findings(endpoints: t.Iterable[dict[str, t.Any]]) -> list[str]:
    """One sentence for each file that cannot be read or is empty. Its text may be encrypted with ansible-vault."""
    return [
        f"platform_external_endpoints: the api_key_file of {endpoint['name']!r}, {endpoint['api_key_file']}, {why}"
        for endpoint in endpoints
        if endpoint["api_key_file"] and (why := _why_not(pathlib.Path(endpoint["api_key_file"])))
    ]


def _why_not(path: pathlib.Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error}); write the endpoint's API key into it."
    if not text:
        return "is empty; write the endpoint's API key into it."
    if len(text.split()) > 1 and not text.startswith("$ANSIBLE_VAULT"):
        return "has more than one word; it must have the endpoint's API key alone."
    return ""


__all__ = ("key_file_findings",)
