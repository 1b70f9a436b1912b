# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A client that answers by itself."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.litellm.client import Client


class Answers:
    """Has get, post and patch of Client; answers by route and remembers what was asked."""

    def __init__(self, answer: t.Callable[[str, dict[str, t.Any]], t.Any]) -> None:
        self._answer = answer
        self.asked: list[tuple[str, dict[str, t.Any]]] = []

    def get(self, path: str, query: t.Mapping[str, str | int] | None = None, *, doing: str) -> t.Any:
        return self._ask(path, dict(query or {}), doing)

    def post(self, path: str, body: t.Mapping[str, t.Any], *, doing: str) -> t.Any:
        return self._ask(path, dict(body), doing)

    patch = post

    def _ask(self, path: str, given: dict[str, t.Any], doing: str) -> t.Any:
        assert doing
        self.asked.append((path, given))
        return self._answer(path, given)

    @property
    def client(self) -> Client:
        return t.cast(Client, self)
