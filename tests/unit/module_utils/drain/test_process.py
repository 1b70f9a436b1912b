# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The order in which engines leave a node, against a cluster in memory."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.drain.pods import IN, OUT, Pod
from ansible_collections.inference.platform.plugins.module_utils.drain.process import Limits, Process
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

QUICK = Limits(timeout=0.4, request_timeout=0.2, settle=0.0, interval=0.001)


def engine(name: str, model: str = "chat", rotation: str = IN, **more: t.Any) -> Pod:
    return Pod("serving", name, f"uid-{name}", engine=model, rotation=rotation, **{"ready": True, **more})


class World:
    """Pods of a node. ``busy`` counts the requests of engines, and each answer takes one off; ``blocked`` are kept by a budget."""

    def __init__(
        self, *pods: Pod, busy: dict[str, int | None] | None = None, blocked: dict[str, int] | None = None
    ) -> None:
        self.pods = {pod.name: pod for pod in pods}
        self.busy: dict[str, int | None] = dict(busy or {})
        self.blocked = dict(blocked or {})
        self.events: list[str] = []

    def look(self) -> list[Pod]:
        return list(self.pods.values())

    def evict(self, pod: Pod, *, dry_run: bool = False) -> str:
        if self.blocked.get(pod.name, 0) > 0:
            self.blocked[pod.name] -= 1
            return "a budget blocks"
        if not dry_run:
            self.events.append(f"evict {pod.name}")
            del self.pods[pod.name]
        return ""

    def turn(self, pod: Pod, where: str) -> None:
        self.events.append(f"{where} {pod.name}")
        self.pods[pod.name] = dataclasses.replace(self.pods[pod.name], rotation=where)

    def requests(self, pod: Pod) -> tuple[int | None, str]:
        count = self.busy.get(pod.name, 0)
        if count:
            self.busy[pod.name] = count - 1
        return count, "" if count is not None else "it does not answer"

    def drain(self, limits: Limits = QUICK) -> Process:
        process = Process(self.look, self, self, self.events.append, limits)
        process.run()
        return process


def test_an_engine_leaves_rotation_first_and_the_node_when_its_requests_have_ended() -> None:
    world = World(engine("a"), busy={"a": 3})
    process = world.drain()
    assert world.events == ["out a", "evict a"]
    assert world.busy["a"] == 0
    assert process.waited["serving/a"].requests == 0


def test_engines_of_one_model_go_one_after_the_other_and_models_side_by_side() -> None:
    world = World(engine("a"), engine("b"), engine("c", model="embed"), busy={"a": 2, "b": 1, "c": 4})
    world.drain()
    order = world.events.index
    assert order("evict a") < order("out b")
    assert order("out c") < order("evict a")


def test_an_engine_that_its_budget_keeps_stays_in_rotation_until_it_may_go() -> None:
    world = World(engine("a"), blocked={"a": 3})
    world.drain()
    assert world.events == ["out a", "evict a"]
    assert world.blocked["a"] == 0


def test_requests_that_do_not_end_are_left_to_the_termination_time() -> None:
    world = World(engine("a"), busy={"a": 10_000})
    process = world.drain()
    waited = process.waited["serving/a"]
    assert waited.requests
    assert waited.seconds >= QUICK.request_timeout


def test_an_engine_that_is_not_ready_and_does_not_answer_is_not_waited_for() -> None:
    dead, mute = World(engine("a", ready=False), busy={"a": None}), World(engine("a"), busy={"a": None})
    assert dead.drain().waited["serving/a"].seconds < QUICK.request_timeout
    assert mute.drain().waited["serving/a"].seconds >= QUICK.request_timeout


def test_an_interrupted_drain_is_gone_on_with() -> None:
    world = World(engine("a", rotation=OUT), engine("b"), Pod("space", "c", "uid-c"))
    world.drain()
    assert world.events == ["evict a", "evict c", "out b", "evict b"]


def test_at_the_deadline_it_says_what_is_left_and_puts_engines_back() -> None:
    world = World(engine("a", rotation=OUT), Pod("space", "web", "uid-web"), blocked={"a": 10_000, "web": 10_000})
    with pytest.raises(KubeError) as failure:
        world.drain()
    assert "2 pods are still there" in str(failure.value)
    assert "space/web: a budget blocks" in str(failure.value)
    assert "In rotation again: serving/a." in str(failure.value)
    assert world.pods["a"].rotation == IN
    assert failure.value.failure["pods"] == {"serving/a": "a budget blocks", "space/web": "a budget blocks"}


def test_a_pod_that_is_ending_is_waited_for_and_not_told_again() -> None:
    world = World(Pod("space", "web", "uid-web", leaving=True))
    with pytest.raises(KubeError, match="space/web: it is ending"):
        world.drain()
    assert world.events == []
