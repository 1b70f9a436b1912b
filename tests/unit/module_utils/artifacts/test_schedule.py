# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tasks run in order of need, few at a time, visibly, and stop together."""

from __future__ import annotations

import threading
import time

import pytest

from ansible_collections.inference.platform.plugins.module_utils.artifacts.errors import ArtifactError, CancelledError
from ansible_collections.inference.platform.plugins.module_utils.artifacts.schedule import Report, Scheduler, Task


class Watch:
    """Tasks that write down when they ran."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.order: list[str] = []
        self.running: set[str] = set()
        self.together: set[frozenset[str]] = set()

    def task(self, name: str, *needs: str, compiles: bool = False, hold: float = 0.02) -> Task:
        def run(_: Report) -> None:
            with self.lock:
                self.order.append(name)
                self.running.add(name)
                self.together.add(frozenset(self.running))
            time.sleep(hold)
            with self.lock:
                self.running.discard(name)

        return Task(name, name, run, frozenset(needs), compiles)


def _run(tasks: list[Task], jobs: int = 2, interval: float = 10) -> list[str]:
    lines: list[str] = []
    Scheduler(jobs, lines.append, lambda: None, interval=interval).run(tasks)
    return lines


def test_what_is_needed_runs_first() -> None:
    watch = Watch()
    _run([watch.task("app", "base", "tool"), watch.task("tool"), watch.task("base")])
    assert watch.order[-1] == "app"


def test_tasks_start_in_the_given_order() -> None:
    watch = Watch()
    _run([watch.task(name) for name in "dcab"], jobs=1)
    assert watch.order == list("dcab")


def test_no_more_than_the_given_number_run_at_a_time() -> None:
    watch = Watch()
    _run([watch.task(name) for name in "abcdef"], jobs=2)
    assert max(len(group) for group in watch.together) == 2


def test_two_compilations_never_run_together_but_a_download_runs_beside_one() -> None:
    watch = Watch()
    _run([watch.task("go1", compiles=True), watch.task("go2", compiles=True), watch.task("pip", hold=0.2)])
    assert not any({"go1", "go2"} <= group for group in watch.together)
    assert any({"go1", "pip"} <= group or {"go2", "pip"} <= group for group in watch.together)


def test_the_first_failure_stops_the_rest_and_is_what_the_caller_gets() -> None:
    watch = Watch()
    stopped = threading.Event()

    def fail(_: Report) -> None:
        raise ArtifactError("the registry refused foo")

    def long(_: Report) -> None:
        if stopped.wait(10):
            raise CancelledError("stopped")

    tasks = [Task("long", "long", long), Task("bad", "bad", fail), watch.task("after", "bad"), watch.task("later")]
    with pytest.raises(ArtifactError, match="refused foo"):
        Scheduler(2, lambda _: None, stopped.set).run(tasks)
    assert watch.order == []


def test_nobody_waiting_any_more_stops_everything() -> None:
    stopped = threading.Event()

    def long(_: Report) -> None:
        stopped.wait(10)

    with pytest.raises(CancelledError):
        Scheduler(2, lambda _: None, stopped.set, wanted=lambda: False).run([Task("long", "long", long)])
    assert stopped.is_set()


def test_start_and_end_are_said_with_the_count() -> None:
    lines = _run([Watch().task("base"), Watch().task("app", "base")])
    assert [line.split("] ")[1] for line in lines] == [
        "base: started (0 of 2 done)",
        "base: done in 0 s (1 of 2 done)",
        "app: started (1 of 2 done)",
        "app: done in 0 s (2 of 2 done)",
    ]


def test_while_something_runs_its_step_and_time_are_said_again_and_again() -> None:
    def run(report: Report) -> None:
        report("compiling x")
        time.sleep(1.2)

    lines = _run([Task("go", "tools", run)], interval=0.4)
    beats = [line for line in lines if "tools (compiling x) for" in line]
    assert len(beats) >= 1


def test_tasks_that_wait_for_each_other_are_an_error_and_no_hang() -> None:
    with pytest.raises(RuntimeError, match="wait for each other"):
        _run([Watch().task("a", "b"), Watch().task("b", "a")])
