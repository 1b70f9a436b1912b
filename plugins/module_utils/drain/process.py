# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Takes the pods off a node so that no request is lost: one engine of a model at a time, within the disruption budgets.

Nothing is remembered between runs but what the cluster shows (the cordon, the engines' label, what is being deleted), so that a run
which was cut off is gone on with by the next one.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from ..kube.errors import KubeError
from .engines import Asker
from .pods import IN, OUT, Pod

_INTERVAL = 0.5
_SAY_SECONDS = 10.0
# Who picked an engine just before it was taken out of rotation has reached it by then.
_SETTLE_SECONDS = 2.0


@dataclasses.dataclass(frozen=True)
class Limits:
    """Seconds: for all of it, and for the requests of one engine to end; and how long an engine must have had none."""

    timeout: float = 900.0
    request_timeout: float = 300.0
    settle: float = _SETTLE_SECONDS
    interval: float = _INTERVAL


class Evicts(t.Protocol):
    """What a drain needs of the Eviction API."""

    def evict(self, pod: Pod, *, dry_run: bool = False) -> str: ...


@dataclasses.dataclass
class Waited:
    """How long an engine was waited for, in seconds, and how many requests it had when it was told to go (None: unknown)."""

    seconds: float
    requests: int | None


class Process:
    """One drain; use once. ``look`` returns the pods that are still to leave."""

    def __init__(
        self,
        look: t.Callable[[], list[Pod]],
        evictions: Evicts,
        engines: Asker,
        notify: t.Callable[[str], None],
        limits: Limits,
    ) -> None:
        self._look = look
        self._evictions = evictions
        self._engines = engines
        self._notify = notify
        self._limits = limits
        self._out_since: dict[str, float] = {}
        self._idle_since: dict[str, float] = {}
        self._why: dict[str, str] = {}
        self.waited: dict[str, Waited] = {}

    def run(self) -> None:
        """Return when all pods are gone.

        Raises KubeError at the deadline: it names what is left and why. Engines that stay are in rotation again then.
        """
        started = time.monotonic()
        say = started + _SAY_SECONDS
        while pods := self._look():
            self._round(pods)
            now = time.monotonic()
            if now - started > self._limits.timeout:
                raise self._failure(self._look())
            if now > say:
                self._notify("waiting for " + "; ".join(self._sentences(pods)[:4]))
                say = now + _SAY_SECONDS
            time.sleep(self._limits.interval)

    def _round(self, pods: list[Pod]) -> None:
        busy = {pod.group for pod in pods if pod.engine and (pod.leaving or pod.rotation == OUT)}
        for pod in pods:
            if pod.leaving:
                self._why[pod.uid] = "it is ending"
            elif not pod.engine:
                self._why[pod.uid] = self._evictions.evict(pod) or "it was told to go"
            elif pod.rotation == OUT:
                self._finish(pod)
            elif pod.group in busy:
                self._why[pod.uid] = f"another engine of {pod.engine} goes first"
            else:
                busy.add(pod.group)
                self._take_out(pod)

    def _take_out(self, pod: Pod) -> None:
        # A budget that would not let it go keeps it in rotation: out of it and not gone it would serve nobody.
        self._why[pod.uid] = self._evictions.evict(pod, dry_run=True)
        if not self._why[pod.uid]:
            self._engines.turn(pod, OUT)
            self._why[pod.uid] = "it was taken out of rotation"

    def _finish(self, pod: Pod) -> None:
        now = time.monotonic()
        since = self._out_since.setdefault(pod.uid, now)
        requests, trouble = self._engines.requests(pod)
        if requests == 0:
            self._idle_since.setdefault(pod.uid, now)
        else:
            self._idle_since.pop(pod.uid, None)
        self._why[pod.uid] = trouble or f"{requests} requests run or wait in it"
        idle = pod.uid in self._idle_since and now - self._idle_since[pod.uid] >= self._limits.settle
        # An engine that is not ready and does not answer serves nobody.
        dead = requests is None and not pod.ready
        if idle or dead or now - since >= self._limits.request_timeout:
            self.waited[pod.title] = Waited(round(now - since, 1), requests)
            self._why[pod.uid] = self._evictions.evict(pod) or "it was told to go"

    def _sentences(self, pods: list[Pod]) -> list[str]:
        return [f"{pod.title}: {self._why.get(pod.uid) or 'not looked at yet'}" for pod in pods]

    def _failure(self, pods: list[Pod]) -> KubeError:
        back = [pod for pod in pods if pod.engine and pod.rotation == OUT and not pod.leaving]
        for pod in back:
            self._engines.turn(pod, IN)
        lines = [f"{len(pods)} pods are still there after {self._limits.timeout:.0f} s:", *self._sentences(pods)]
        if back:
            lines.append(f"In rotation again: {', '.join(pod.title for pod in back)}.")
        lines.append(
            "The node takes no new pods. Give the others time or capacity elsewhere, or change the budget that is named, and run "
            "again; or let the node take pods again with state=schedulable."
        )
        return KubeError("\n".join(lines), pods={pod.title: self._why.get(pod.uid, "") for pod in pods})
