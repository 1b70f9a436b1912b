# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One run over one component: prepare, look, apply, prune, wait. The front door of modules and actions."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from concurrent.futures import ThreadPoolExecutor

from . import changes
from .apply import Applier, Options, Outcome
from .client import Client, Notify
from .config import Cluster
from .discovery import Discovery
from .endpoints import await_endpoints
from .errors import KubeError
from .inventory import Inventory
from .objects import Identity, Object, identity, normalise, refuse_duplicates, track
from .remove import Remover
from .scope import place
from .wait import Waiter

_WORKERS = 8
_RETRY_SECONDS = 60.0


@dataclasses.dataclass(frozen=True)
class Wish:
    """What should be. Without ``component`` nothing is tracked and nothing can be pruned. Times are in seconds."""

    objects: list[Object]
    component: str = ""
    namespace: str = "default"
    absent: bool = False
    prune: bool = False
    prune_also: frozenset[str] = frozenset()
    inventory_namespace: str = "default"
    force_replace: bool = False
    wait: float = 0.0
    endpoints: bool = False
    check: bool = False
    diff: bool = False


def prepare(wish: Wish, discovery: Discovery | None) -> list[Object]:
    """The objects as they will be sent: normal form, namespace, tracking and labels; duplicates are refused."""
    items = [normalise(item) for item in wish.objects]
    if discovery:
        discovery.learn(items)
    items = place(items, wish.namespace, discovery)
    if wish.component:
        items = [track(item, wish.component, wish.namespace) for item in items]
    refuse_duplicates(items)
    return items


def run(cluster: Cluster, wish: Wish, notify: Notify) -> dict[str, t.Any]:
    """Result of a module: changed, objects, requests, seconds, warnings and diff.

    Raises KubeError; its failure then holds under ``applied`` what was done before.
    """
    started = time.monotonic()
    client = Client(cluster, retry_seconds=max(_RETRY_SECONDS, wish.wait), notify=notify)
    outcomes: list[Outcome] = []
    try:
        with ThreadPoolExecutor(_WORKERS, thread_name_prefix="kube") as pool:
            job = _Run(client, wish, notify, pool, outcomes)
            if wish.absent:
                job.absent()
            else:
                job.present()
    except KubeError as error:
        error.failure["applied"] = [outcome.result() for outcome in outcomes if outcome.changed]
        raise
    finally:
        client.close()
    return {
        "changed": any(outcome.changed for outcome in outcomes),
        "objects": [outcome.result() for outcome in outcomes],
        "requests": client.requests(),
        "seconds": round(time.monotonic() - started, 3),
        "warnings": sorted(client.warnings),
        "diff": [outcome.diff for outcome in outcomes if outcome.changed and outcome.diff],
    }


def await_up(cluster: Cluster, items: list[Object], seconds: float, notify: Notify) -> None:
    """Return when all ``items`` are up. Raises WaitFailedError with the reasons."""
    client = Client(cluster, retry_seconds=max(_RETRY_SECONDS, seconds), notify=notify)
    try:
        Waiter(client, Discovery(client), notify).wait(items, {}, seconds)
    finally:
        client.close()


def predicted(wish: Wish) -> dict[str, t.Any]:
    """Result of check mode before there is a cluster: everything would be created, nothing could be deleted."""
    items = [] if wish.absent else prepare(wish, None)
    outcomes = [Outcome(identity(item), "created") for item in items]
    return {
        "changed": bool(outcomes),
        "objects": [outcome.result() for outcome in outcomes],
        "requests": {},
        "seconds": 0.0,
        "warnings": [],
        "diff": [changes.diff(None, item) for item in items] if wish.diff else [],
    }


class _Run:
    def __init__(
        self, client: Client, wish: Wish, notify: Notify, pool: ThreadPoolExecutor, outcomes: list[Outcome]
    ) -> None:
        self._client = client
        self._wish = wish
        self._notify = notify
        self._pool = pool
        self._outcomes = outcomes
        self._discovery = Discovery(client)

    def present(self) -> None:
        wish = self._wish
        options = Options(check=wish.check, diff=wish.diff, force_replace=wish.force_replace)
        applier = Applier(self._client, self._discovery, options, self._pool)
        applier.outcomes = self._outcomes
        items = prepare(wish, self._discovery)
        live = applier.look(items)
        present = {identity(item) for item in items}
        inventory = self._inventory()
        before = inventory.read() if inventory else frozenset()
        # What will not be pruned stays on the list, so that a later run with prune still finds it.
        after = present if wish.prune else present | before
        if inventory and not wish.check:
            inventory.write(before | present)
        applier.apply(items)
        if inventory and wish.prune:
            kept = self._remove(before - present, seconds=0.0)
            after = present | kept
        if inventory and not wish.check:
            inventory.write(after)
        if wish.wait and not wish.check:
            self._wait(items, live)

    def absent(self) -> None:
        wish = self._wish
        keys = {identity(item) for item in self._placed_for_removal()}
        inventory = self._inventory()
        if inventory:
            keys |= inventory.read()
        kept = self._remove(keys, seconds=wish.wait or 300.0)
        if inventory and not wish.check:
            if kept:
                inventory.write(kept)
            else:
                inventory.remove()

    def _placed_for_removal(self) -> list[Object]:
        # A kind whose CRD is gone already must not stop a removal: without a cluster's word it counts as namespaced.
        try:
            return prepare(self._wish, self._discovery)
        except KubeError:
            return prepare(self._wish, None)

    def _inventory(self) -> Inventory | None:
        wish = self._wish
        return Inventory(self._client, wish.component, wish.inventory_namespace) if wish.component else None

    def _remove(self, keys: t.Iterable[Identity], *, seconds: float) -> set[Identity]:
        wish = self._wish
        remover = Remover(self._client, self._discovery, self._pool, wish.component, check=wish.check, diff=wish.diff)
        outcomes = remover.remove(keys, also=wish.prune_also, seconds=seconds, notify=self._notify)
        self._outcomes += outcomes
        return {outcome.key for outcome in outcomes if outcome.action == "kept"}

    def _wait(self, items: list[Object], live: dict[Identity, Object]) -> None:
        wish = self._wish
        deadline = time.monotonic() + wish.wait
        settled = {outcome.key for outcome in self._outcomes if outcome.action == "unchanged"}
        known = {key: value for key, value in live.items() if key in settled}
        Waiter(self._client, self._discovery, self._notify).wait(items, known, wish.wait)
        if wish.endpoints:
            await_endpoints(self._client, items, deadline, self._notify)
