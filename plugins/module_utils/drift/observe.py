# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the cluster has of Git's objects: one dry run of everything, narrowed down where the API server refuses an object."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..kube.apply import Applier, Options, Outcome
from ..kube.client import Client
from ..kube.discovery import Discovery
from ..kube.errors import KubeError
from ..kube.objects import Identity, Object, identity
from .records import DIFFERS, MISSING, SAME, Seen

# Answers that are about the object; everything else is about the cluster or our rights there.
_ABOUT_OBJECT = frozenset({400, 404, 409, 422})
_OWNERS = ("metadata.managedFields",)


class Observer:
    """Asks with server-side apply as Argo CD's field manager, in dry runs; writes nothing.

    ``owners``: a value that is right but is another writer's counts as a difference, since an apply would write.
    """

    def __init__(self, client: Client, pool: ThreadPoolExecutor, *, diff: bool, owners: bool) -> None:
        self._client = client
        self._pool = pool
        self._diff = diff
        self._owners = owners

    def observe(self, items: list[Object]) -> dict[Identity, Seen]:
        """What became of each object. Raises KubeError when the cluster cannot be asked."""
        if not items:
            return {}
        try:
            return {outcome.key: self._seen(outcome) for outcome in self._dry_run(items)}
        except KubeError as error:
            if not _is_about_objects(error):
                raise
            if len(items) == 1:
                return {identity(items[0]): _refused(error)}
        half = len(items) // 2
        return self.observe(items[:half]) | self.observe(items[half:])

    def _dry_run(self, items: list[Object]) -> list[Outcome]:
        # A discovery of its own: what one half learnt from a CRD that is not in the cluster must not hold for the other.
        options = Options(check=True, diff=self._diff)
        applier = Applier(self._client, Discovery(self._client), options, self._pool)
        applier.look(items)
        return applier.apply(items)

    def _seen(self, outcome: Outcome) -> Seen:
        diff = (outcome.diff["after"], outcome.diff["before"]) if outcome.diff else None
        if outcome.action == "created":
            return Seen(MISSING, diff=diff)
        if outcome.fields == _OWNERS:
            text = "the values agree, but another writer owns them"
            return Seen(DIFFERS, outcome.fields, text) if self._owners else Seen(SAME)
        if outcome.action == "unchanged":
            return Seen(SAME)
        return Seen(DIFFERS, outcome.fields, diff=diff)


def _is_about_objects(error: KubeError) -> bool:
    return all(status in _ABOUT_OBJECT for status in _statuses(error))


def _statuses(error: KubeError) -> t.Iterator[t.Any]:
    entries: list[dict[str, t.Any]] = error.failure.get("objects") or [error.failure]
    return (entry.get("status") for entry in entries)


def _refused(error: KubeError) -> Seen:
    entries: list[dict[str, t.Any]] = error.failure.get("objects") or [error.failure]
    words = str(entries[0].get("message") or error)
    if entries[0].get("status") == 404:
        return Seen(MISSING, text=words)
    return Seen(DIFFERS, text=f"the API server refuses Git's version: {words}")
