# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Waiting for many objects at once: one watch per kind and namespace, one deadline, and words while it takes."""

from __future__ import annotations

import collections
import threading
import time
import typing as t

from . import explain
from .client import Client, Watch
from .crashes import Crashes
from .discovery import Discovery, Resource
from .errors import KubeError, WaitFailedError
from .objects import Identity, Object, identity
from .rules import Verdict, judge, never_waits

_SAY_SECONDS = 10.0
_WATCH_SECONDS = 300.0
_SHOWN = 4


class Waiter:
    """Waits for a set of objects; use once. ``notify`` hears about every 10 s what is still missing."""

    def __init__(self, client: Client, discovery: Discovery, notify: t.Callable[[str], None]) -> None:
        self._client = client
        self._discovery = discovery
        self._notify = notify
        self._changed = threading.Condition()
        self._verdicts: dict[Identity, Verdict] = {}
        self._live: dict[Identity, Object] = {}
        self._watches: set[Watch] = set()
        self._crashes = Crashes(client)
        self._stopped = False

    def wait(self, items: list[Object], known: dict[Identity, Object], seconds: float) -> None:
        """Return when all are up. ``known`` are live objects read just now that need no further look when they are up.

        Raises WaitFailedError at once when one has failed for good, and at the deadline, with the reasons.
        """
        pending = [item for item in items if not self._is_up(item, known)]
        if not pending:
            return
        deadline = time.monotonic() + seconds
        for key in map(identity, pending):
            self._verdicts[key] = Verdict(False, "not seen yet")
        for (resource, namespace), keys in self._groups(pending).items():
            job = (resource, namespace, frozenset(keys), deadline)
            threading.Thread(target=self._follow, args=job, daemon=True, name=f"watch {resource.plural}").start()
        try:
            self._until_up(deadline, seconds)
        finally:
            self._stop()

    def _is_up(self, item: Object, known: dict[Identity, Object]) -> bool:
        live = known.get(identity(item))
        return never_waits(item) or (live is not None and judge(live).ready)

    def _groups(self, items: list[Object]) -> dict[tuple[Resource, str], list[Identity]]:
        groups: dict[tuple[Resource, str], list[Identity]] = collections.defaultdict(list)
        for item in items:
            key = identity(item)
            groups[(self._discovery.resource(item["apiVersion"], key.kind), key.namespace)].append(key)
        return groups

    def _until_up(self, deadline: float, seconds: float) -> None:
        say = time.monotonic() + _SAY_SECONDS
        while True:
            with self._changed:
                if all(verdict.ready for verdict in self._verdicts.values()):
                    return
                failed = any(verdict.failed for verdict in self._verdicts.values())
                now = time.monotonic()
                if not failed and now < deadline and now < say:
                    self._changed.wait(min(deadline, say) - now)
                    continue
            if failed or now >= deadline:
                raise self._failure(seconds, failed=failed)
            if self._give_up():
                raise self._failure(seconds, failed=True)
            self._notify(self._progress())
            say = time.monotonic() + _SAY_SECONDS

    def _missing(self) -> list[tuple[Identity, Verdict, Object | None]]:
        with self._changed:
            rest = [(key, verdict) for key, verdict in sorted(self._verdicts.items()) if not verdict.ready]
            return [(key, verdict, self._live.get(key)) for key, verdict in rest]

    def _give_up(self) -> bool:
        """Mark what only a change can mend as failed; whether there is any."""
        reasons = {key: self._crashes.hopeless(live) for key, _verdict, live in self._missing() if live}
        with self._changed:
            for key, reason in reasons.items():
                if reason and not self._verdicts[key].ready:
                    self._verdicts[key] = Verdict(False, f"{self._verdicts[key].text}; {reason}", failed=True)
            return any(verdict.failed for verdict in self._verdicts.values())

    def _progress(self) -> str:
        missing = self._missing()
        parts = []
        for key, verdict, live in missing[:_SHOWN]:
            pods = explain.brief(self._client, live) if live else ""
            parts.append(f"{key}: {verdict.text}" + (f"; {pods}" if pods else ""))
        if len(missing) > _SHOWN:
            parts.append(f"{len(missing) - _SHOWN} more")
        return "waiting for " + " | ".join(parts)

    def _failure(self, seconds: float, *, failed: bool) -> WaitFailedError:
        missing = self._missing()
        if failed:
            missing = [entry for entry in missing if entry[1].failed]
        noun = "object is" if len(missing) == 1 else "objects are"
        head = f"{len(missing)} {noun} not up" + ("" if failed else f" after {seconds:.0f} s") + ":"
        lines = [head]
        for key, verdict, live in missing:
            lines.append(f"{key}: {verdict.text}")
            lines += explain.report(self._client, live) if live else []
        return WaitFailedError(
            "\n".join(lines), objects=[{"object": str(key), "state": v.text} for key, v, _live in missing]
        )

    def _follow(self, resource: Resource, namespace: str, keys: frozenset[Identity], deadline: float) -> None:
        path = resource.collection(namespace)
        # One object is watched by name: its neighbours may be many and busy.
        only = {"fieldSelector": f"metadata.name={next(iter(keys)).name}"} if len(keys) == 1 else {}
        while not self._stopped and time.monotonic() < deadline:
            try:
                self._round(resource, path, only, keys, deadline)
            except KubeError as error:
                self._trouble(keys, error)
                time.sleep(0.5)

    def _round(
        self, resource: Resource, path: str, only: dict[str, str], keys: frozenset[Identity], deadline: float
    ) -> None:
        items, version = self._client.list(path, only)
        found = {}
        for item in items:
            full = {**item, "apiVersion": resource.api_version, "kind": resource.kind}
            found[identity(full)] = full
        for key in keys:
            self._update(key, found.get(key))
        seconds = min(_WATCH_SECONDS, max(1.0, deadline - time.monotonic()))
        watch = self._client.watch(path, {**only, "resourceVersion": version}, seconds=seconds)
        with self._changed:
            self._watches.add(watch)
            stopped = self._stopped
        if stopped:
            watch.close()
        for event in watch:
            if event["type"] == "ERROR":
                break
            self._event(event, keys)
        with self._changed:
            self._watches.discard(watch)

    def _event(self, event: dict[str, t.Any], keys: frozenset[Identity]) -> None:
        if event["type"] == "BOOKMARK":
            return
        item = event["object"]
        key = identity(item)
        if key in keys:
            self._update(key, None if event["type"] == "DELETED" else item)

    def _update(self, key: Identity, live: Object | None) -> None:
        verdict = judge(live)
        with self._changed:
            self._verdicts[key] = verdict
            if live is None:
                self._live.pop(key, None)
            else:
                self._live[key] = live
            self._changed.notify_all()

    def _trouble(self, keys: frozenset[Identity], error: KubeError) -> None:
        with self._changed:
            for key in keys:
                self._verdicts[key] = Verdict(False, f"cannot be read: {error}")

    def _stop(self) -> None:
        with self._changed:
            self._stopped = True
            watches = list(self._watches)
        for watch in watches:
            watch.close()
