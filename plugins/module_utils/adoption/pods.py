# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Did a container restart or a pod get replaced between two snapshots? Pure functions."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

from .records import Container, Pod, Snapshot


@dataclasses.dataclass(frozen=True)
class Restart:
    """A finding about one pod; ``container`` is empty when the whole pod is meant."""

    pod: str
    workload: str
    container: str
    what: str
    before: int
    after: int

    def sentence(self) -> str:
        place = f"Pod {self.pod}" + (f" of {self.workload}" if self.workload else "")
        if self.container:
            return f"{place}: container {self.container} {self.what} (restarts {self.before} -> {self.after})"
        return f"{place} {self.what}"

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


def compare(before: Snapshot, after: Snapshot, unadopted: t.Collection[tuple[str, str, str]] = ()) -> list[Restart]:
    """Restarted containers, pods that are gone or have failed, and pods that are new.

    Pods of ``unadopted`` workloads (kind, namespace, name), finished pods and those told to end before the first snapshot do not
    count; pods of Jobs may come and go.
    """
    old = {pod.uid: pod for pod in before.pods if _counts(pod, unadopted)}
    new = {pod.uid: pod for pod in after.pods if _counts(pod, unadopted)}
    finished = {pod.uid for pod in after.pods if _is_finished(pod)}
    gone = [pod for uid, pod in old.items() if uid not in new and uid not in finished and not _of_a_job(pod)]
    come = [pod for uid, pod in new.items() if uid not in old and not _of_a_job(pod)]
    found = [entry for uid, pod in old.items() if uid in new for entry in _containers(pod, new[uid])]
    return found + _replaced(gone, come)


def _counts(pod: Pod, unadopted: t.Collection[tuple[str, str, str]]) -> bool:
    # A pod that was told to end before the first snapshot, by a rollout for example, may drain long into the handover.
    if _is_finished(pod) or pod.phase == "Failed" or pod.terminating:
        return False
    if (pod.workload_kind, pod.namespace, pod.workload_name) in unadopted:
        return False
    return not (pod.workload_kind == "Job" and _of_cron_job(pod, unadopted))


def _is_finished(pod: Pod) -> bool:
    # A pod that failed without a Job behind it (evicted, for example) has not done its work: it counts as gone.
    return pod.phase == "Succeeded" or (pod.phase == "Failed" and _of_a_job(pod))


def _of_cron_job(pod: Pod, unadopted: t.Collection[tuple[str, str, str]]) -> bool:
    # A CronJob names its Jobs <name>-<minutes since 1970>.
    name, _, number = pod.workload_name.rpartition("-")
    return number.isdigit() and ("CronJob", pod.namespace, name) in unadopted


def _of_a_job(pod: Pod) -> bool:
    return pod.workload_kind == "Job"


def _containers(before: Pod, after: Pod) -> t.Iterator[Restart]:
    known = {container.name: container for container in before.containers}
    for container in after.containers:
        was = known.get(container.name, Container(container.name, 0, ""))
        if container.restarts != was.restarts:
            yield _restart(after, "restarted", container.name, was.restarts, container.restarts)
        elif was.started and container.started and container.started != was.started:
            yield _restart(after, "was started again", container.name, was.restarts, container.restarts)


def _replaced(gone: list[Pod], come: list[Pod]) -> list[Restart]:
    """A pod that went is paired with one that came for the same workload: that is one replacement."""
    waiting: dict[tuple[str, str, str], collections.deque[Pod]] = collections.defaultdict(collections.deque)
    for pod in come:
        waiting[_home(pod)].append(pod)
    found: list[Restart] = []
    for pod in gone:
        queue = waiting[_home(pod)]
        found.append(_restart(pod, f"was replaced by {queue.popleft().name}" if queue else "is gone or has failed"))
    return found + [_restart(pod, "is new") for queue in waiting.values() for pod in queue]


def _home(pod: Pod) -> tuple[str, str, str]:
    # A pod without an owner is replaced only by one of its own name.
    return (pod.namespace, pod.workload_kind, pod.workload_name or pod.name)


def _restart(pod: Pod, what: str, container: str = "", before: int = 0, after: int = 0) -> Restart:
    workload = f"{pod.workload_kind} {pod.workload_name}" if pod.workload_name else ""
    return Restart(f"{pod.namespace}/{pod.name}", workload, container, what, before, after)
