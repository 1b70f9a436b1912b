# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every replica of a model gets work and does it: success counters of each engine around a burst of chats."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import time
import typing as t

from .cluster import Pod, engine_pods, pod_text
from .context import ENGINE_PORT, Context, Settings
from .metrics import total
from .offers import Model
from .results import Check, CheckError, Notes, Phase

ROUNDS = 3
SETTLE_SECONDS = 5.0
_CHATS = "/v1/chat/completions"


@dataclasses.dataclass(frozen=True)
class Count:
    """What one engine has done: successful requests of any kind; chats answered 4xx and 5xx."""

    served: float
    refused: float
    failed: float

    def since(self, earlier: Count) -> Count:
        return Count(self.served - earlier.served, self.refused - earlier.refused, self.failed - earlier.failed)


def checks(settings: Settings) -> list[Check]:
    """One check for each chat model with more than one replica; alone, because others would count too."""
    return [
        Check(
            f"replicas.{model.name}",
            f"each of the replicas serves part of {settings.burst} chats at once, and no chat fails",
            functools.partial(_replicas, model=model),
            Phase.ALONE,
        )
        for model in settings.chat_models()
        if model.minimum > 1
    ]


def _replicas(context: Context, notes: Notes, *, model: Model) -> None:
    pods = engine_pods(context.cluster, model.name)
    before = {pod.name: _count(context, pod) for pod in pods if pod.ready}
    statuses: list[int] = []
    done: dict[str, Count] = {}
    for number in range(ROUNDS):
        statuses += burst(context, notes, model, number)
        done = _settled(context, pods, before, statuses.count(200))
        if any(status != 200 for status in statuses) or all(count.served > 0 for count in done.values()):
            break
    notes.sent(f"GET /metrics of {', '.join(done)} through the API server, before and after")
    shown = {name: dataclasses.asdict(count) for name, count in done.items()}
    notes.got({"chats by status": tally(statuses), "by pod": shown})
    notes.data["served"] = {name: int(count.served) for name, count in done.items()}
    judge(pods, done, statuses, model)


def burst(context: Context, notes: Notes, model: Model, number: int) -> list[int]:
    """Send the chats of one round at once; the status of each, 0 when there was no answer."""
    size = context.settings.burst

    def one(index: int) -> int:
        # A different beginning each, so that no replica is preferred for a prefix that it has cached.
        content = f"{number}-{index}: what is {index} plus {number}?"
        body = {"model": model.name, "messages": [{"role": "user", "content": content}], "max_tokens": 24}
        try:
            answer = context.http.call("POST", _CHATS, context.key(model), body)
        except OSError:
            return 0
        return answer.status

    notes.sent(f"POST {_CHATS}, {size} at once")
    with concurrent.futures.ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


def _count(context: Context, pod: Pod) -> Count:
    text = pod_text(context.cluster, pod, ENGINE_PORT, "/metrics")
    return Count(
        total(text, "vllm:request_success_total"),
        total(text, "http_requests_total", handler=_CHATS, status="4xx"),
        total(text, "http_requests_total", handler=_CHATS, status="5xx"),
    )


def _settled(context: Context, pods: t.Sequence[Pod], before: dict[str, Count], served: int) -> dict[str, Count]:
    """Counts since ``before``, once they account for every chat that was served."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        done = {pod.name: _count(context, pod).since(before[pod.name]) for pod in pods if pod.name in before}
        if sum(count.served for count in done.values()) >= served or time.monotonic() > deadline:
            return done
        time.sleep(0.25)


def tally(statuses: t.Sequence[int]) -> dict[str, int]:
    """How often each status came; status 0 is no answer."""
    return {str(status) if status else "none": statuses.count(status) for status in sorted(set(statuses))}


def judge(pods: t.Sequence[Pod], done: dict[str, Count], statuses: t.Sequence[int], model: Model) -> None:
    """Raises CheckError naming each replica that is not ready, served nothing or refused, and failed chats."""
    problems = [f"pod {pod.name} is not ready: {pod.trouble}" for pod in pods if not pod.ready]
    sources = {pod.name: pod.key_source for pod in pods}
    problems += [text for name, count in done.items() if (text := _problem(name, count, sources, statuses))]
    bad = [status for status in statuses if status != 200]
    if bad:
        problems.append(f"{len(bad)} of {len(statuses)} chats with {model.name} failed (statuses {tally(bad)})")
    if len(done) < model.minimum:
        problems.append(f"only {len(done)} of {model.minimum} replicas could be counted")
    if problems:
        raise CheckError(
            "; ".join(problems) + ".",
            "Restart the named pods (kubectl -n serving delete pod) so that they take the current key and configuration; "
            "look at their log and at the endpoint picker if one only gets no work.",
        )


def _problem(name: str, count: Count, sources: dict[str, str], statuses: t.Sequence[int]) -> str:
    refused = [status for status in statuses if status in (401, 403)]
    if count.served > 0 and not (count.refused or count.failed):
        return ""
    parts = [f"pod {name} served {count.served:.0f} of {len(statuses)} chats"]
    if count.refused:
        parts.append(f"answered {count.refused:.0f} with 4xx")
    if count.failed:
        parts.append(f"answered {count.failed:.0f} with 5xx")
    if not count.served and refused:
        parts.append(f"while {len(refused)} chats were answered 401: it does not accept the platform's API key")
    others = {source for other, source in sources.items() if other != name}
    if others and sources.get(name) not in others:
        parts.append(f"takes its API key from {sources.get(name)}, the others from {', '.join(sorted(others))}")
    return ", ".join(parts)


__all__ = ("Count", "burst", "checks", "judge", "tally")
