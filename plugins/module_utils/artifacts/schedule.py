# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs tasks that depend on each other, a few at a time, and says how they get on."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import time
import typing as t

from .errors import CancelledError

Say = t.Callable[[str], None]
Report = t.Callable[[str], None]


@dataclasses.dataclass(frozen=True)
class Task:
    """One thing to build. C(compiles): it uses every core by itself, so no two such tasks run at once."""

    id: str
    title: str
    run: t.Callable[[Report], None]
    needs: frozenset[str] = frozenset()
    compiles: bool = False


class Scheduler:
    """Runs tasks in their order as far as their needs allow. After a failure nothing new starts and the rest is stopped."""

    def __init__(
        self,
        jobs: int,
        say: Say,
        stop: t.Callable[[], None],
        wanted: t.Callable[[], bool] = lambda: True,
        interval: float = 10.0,
    ) -> None:
        self._jobs = jobs
        self._say = say
        self._stop = stop
        self._wanted = wanted
        self._interval = interval
        self._steps: dict[str, str] = {}
        self._begun: dict[str, float] = {}
        self.seconds: dict[str, float] = {}

    def run(self, tasks: t.Sequence[Task]) -> None:
        """Runs all tasks. Raises the first failure; CancelledError when nobody wants the result any more."""
        start = time.monotonic()
        waiting = list(tasks)
        running: dict[concurrent.futures.Future[None], Task] = {}
        with concurrent.futures.ThreadPoolExecutor(self._jobs) as pool:
            try:
                while waiting or running:
                    self._start_ready(pool, waiting, running, start, len(tasks))
                    if not running:
                        raise RuntimeError(f"tasks wait for each other: {', '.join(task.id for task in waiting)}")
                    self._collect(running, start, len(tasks))
            except BaseException:
                self._stop()
                raise

    def _start_ready(
        self,
        pool: concurrent.futures.Executor,
        waiting: list[Task],
        running: dict[concurrent.futures.Future[None], Task],
        start: float,
        total: int,
    ) -> None:
        while len(running) < self._jobs:
            task = next((task for task in waiting if self._may_start(task, running.values())), None)
            if task is None:
                return
            waiting.remove(task)
            self._begun[task.id] = time.monotonic()
            self._steps[task.id] = ""
            self._say(f"{_clock(start)} {task.title}: started ({len(self.seconds)} of {total} done)")
            running[pool.submit(task.run, self._reporter(task))] = task

    def _may_start(self, task: Task, running: t.Iterable[Task]) -> bool:
        if task.compiles and any(other.compiles for other in running):
            return False
        return all(need in self.seconds for need in task.needs)

    def _reporter(self, task: Task) -> Report:
        def report(step: str) -> None:
            self._steps[task.id] = step

        return report

    def _collect(self, running: dict[concurrent.futures.Future[None], Task], start: float, total: int) -> None:
        """Waits until a task ends, saying at each interval what runs."""
        beat = time.monotonic() + self._interval
        while True:
            done, _ = concurrent.futures.wait(running, timeout=0.5, return_when=concurrent.futures.FIRST_COMPLETED)
            if done:
                break
            if not self._wanted():
                raise CancelledError("Nobody waits for the artefacts any more.")
            if time.monotonic() >= beat:
                self._say(f"{_clock(start)} {'; '.join(self._state(task) for task in running.values())}")
                beat = time.monotonic() + self._interval
        for future in done:
            task = running.pop(future)
            future.result()
            self.seconds[task.id] = time.monotonic() - self._begun[task.id]
            self._say(
                f"{_clock(start)} {task.title}: done in {self.seconds[task.id]:.0f} s ({len(self.seconds)} of {total} done)"
            )

    def _state(self, task: Task) -> str:
        step = f" ({self._steps[task.id]})" if self._steps[task.id] else ""
        return f"{task.title}{step} for {time.monotonic() - self._begun[task.id]:.0f} s"


def _clock(start: float) -> str:
    seconds = int(time.monotonic() - start)
    return f"[{seconds // 60}m{seconds % 60:02d}s]"
