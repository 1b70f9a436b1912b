# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Brings a node to a wished state: drained, schedulable again, or gone from the cluster."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube.client import Client
from ..kube.config import Cluster
from ..kube.errors import KubeError
from .cluster import Nodes, cordoned
from .engines import Engines
from .evictions import Evictions
from .pods import IN, OUT, Object, Pod
from .process import Limits, Process

Result = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Wish:
    """What is wanted of a node.

    Attributes:
        node: its name.
        state: drained, schedulable, or absent (drained, then its object is deleted).
        immovable: what becomes of pods that would lose something elsewhere: refuse, stay or evict.
        limits: how long it may take.
        check: only say what would be done.

    """

    node: str
    state: str = "drained"
    immovable: str = "refuse"
    limits: Limits = dataclasses.field(default_factory=Limits)
    check: bool = False


class Drain:
    """Works on one cluster; end with close()."""

    def __init__(self, cluster: Cluster, notify: t.Callable[[str], None]) -> None:
        self._client = Client(cluster, notify=notify)
        # For questions that are asked again anyway.
        self._once = Client(cluster, retry_seconds=0, timeout=10)
        self._nodes = Nodes(self._client)
        self._evictions = Evictions(self._once)
        self._engines = Engines(self._client, self._once)
        self._notify = notify

    def close(self) -> None:
        self._client.close()
        self._once.close()

    def ensure(self, wish: Wish) -> Result:
        """Bring the node there and return the module's result. Raises KubeError."""
        if wish.state == "absent" and self._nodes.find(wish.node) is None:
            return _result(changed=False)
        node = self._nodes.get(wish.node)
        if wish.state == "schedulable":
            return self._open(wish, node)
        if wish.state == "absent" and self._nodes.alone_in_control(node):
            raise KubeError(
                f"{wish.node} carries the only control plane: without it there is no cluster. Nothing was changed.",
                object=f"Node {wish.node}",
            )
        return self._drain(wish, node)

    def _open(self, wish: Wish, node: Object) -> Result:
        out = [pod for pod in self._nodes.pods(wish.node) if pod.rotation == OUT and not pod.leaving]
        if not wish.check:
            if cordoned(node):
                self._nodes.cordon(wish.node, on=False)
            for pod in out:
                self._engines.turn(pod, IN)
        diff = _diff(wish.node, cordoned(node), [], cordoned_after=False)
        return _result(changed=cordoned(node) or bool(out), returned=_titles(out), diff=diff)

    def _drain(self, wish: Wish, node: Object) -> Result:
        pods = self._nodes.pods(wish.node)
        stuck = [pod for pod in pods if pod.stuck and not pod.leaving]
        if stuck and wish.immovable == "refuse":
            raise _refusal(wish.node, stuck)
        stay = {pod.uid for pod in stuck} if wish.immovable == "stay" else set()
        move = [pod for pod in pods if pod.uid not in stay]
        result = _result(
            changed=not cordoned(node) or bool(move) or wish.state == "absent",
            evicted=_titles(move),
            stayed=_titles(pod for pod in pods if pod.uid in stay),
            warnings=self._nodes.warnings(wish.node, move),
            diff=_diff(wish.node, cordoned(node), _titles(move), cordoned_after=True),
        )
        if wish.check:
            answers = {pod.title: self._evictions.evict(pod, dry_run=True) for pod in move if not pod.leaving}
            return {**result, "blocked": {title: why for title, why in answers.items() if why}}
        if not cordoned(node):
            self._nodes.cordon(wish.node, on=True)
        result["engines"] = self._empty(wish, stay)
        if wish.state == "absent":
            self._nodes.remove(node)
        return result

    def _empty(self, wish: Wish, stay: set[str]) -> Result:
        def look() -> list[Pod]:
            return [pod for pod in self._nodes.pods(wish.node) if pod.uid not in stay]

        process = Process(look, self._evictions, self._engines, self._notify, wish.limits)
        process.run()
        return {title: dataclasses.asdict(waited) for title, waited in process.waited.items()}


def _titles(pods: t.Iterable[Pod]) -> list[str]:
    return [pod.title for pod in pods]


def _refusal(node: str, stuck: list[Pod]) -> KubeError:
    lines = [f"{len(stuck)} pods of {node} would lose something elsewhere. Nothing was changed.", ""]
    lines += [f"- {pod.title}: {pod.stuck}." for pod in stuck]
    lines += [
        "",
        "Leave them where they are with immovable=stay, or have them evicted all the same with immovable=evict.",
    ]
    return KubeError("\n".join(lines), pods={pod.title: pod.stuck for pod in stuck})


def _result(*, changed: bool, **more: t.Any) -> Result:
    empty: Result = {"evicted": [], "stayed": [], "returned": [], "blocked": {}, "engines": {}, "warnings": []}
    return {**empty, **more, "changed": changed}


def _diff(node: str, cordoned_before: bool, pods: list[str], *, cordoned_after: bool) -> dict[str, str]:
    def text(closed: bool, names: list[str]) -> str:
        return "".join(f"{line}\n" for line in (f"node {node} takes pods: {'no' if closed else 'yes'}", *names))

    return {"before": text(cordoned_before, pods), "after": text(cordoned_after, [])}
