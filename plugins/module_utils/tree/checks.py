# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What may stand in a rendered file so that Argo CD adopts it without a write, and what may never be in Git."""

from __future__ import annotations

import typing as t

from ..kube.errors import ObjectError
from ..kube.objects import Object, identity


def refuse(items: list[Object]) -> None:
    """Raises ObjectError for the first object that must not be in a tree."""
    for item in items:
        if item["kind"] == "Secret" and (item.get("data") or item.get("stringData")):
            raise ObjectError(
                f"{identity(item)} holds secret data, and the tree goes to Git. Make it with "
                "inference.platform.generated_secret and refer to it by name.",
                object=str(identity(item)),
            )


def warnings(items: list[Object]) -> list[str]:
    """Sentences about fields that would make Argo CD write, or show drift for ever."""
    found: list[str] = []
    for item in items:
        found += [f"{identity(item)}: {text}" for text in _one(item)]
    return found


def _one(item: Object) -> t.Iterator[str]:
    for path in _empty_lists(item, ""):
        yield f"{path} is an empty list: every apply writes it again. Leave the field out."
    # A store's is the certificate of a server elsewhere: a person wrote it.
    if not item["apiVersion"].startswith("external-secrets.io/") and _has_text(item, "caBundle"):
        yield "caBundle is injected in the cluster and would be out of sync with the tree. Leave it out."


def _empty_lists(value: t.Any, path: str) -> t.Iterator[str]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _empty_lists(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        if not value:
            yield path
        for number, entry in enumerate(value):
            yield from _empty_lists(entry, f"{path}[{number}]")


def _has_text(value: t.Any, name: str) -> bool:
    """Whether a key has a text; what a schema says of the key is none."""
    if isinstance(value, dict):
        return any(
            (key == name and isinstance(entry, str) and bool(entry)) or _has_text(entry, name)
            for key, entry in value.items()
        )
    return isinstance(value, list) and any(_has_text(entry, name) for entry in value)
