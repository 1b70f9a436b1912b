# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Why is it not up? Pods, container states, events and last log lines of an object, in words."""

from __future__ import annotations

import typing as t
import urllib.parse

from .client import Client
from .errors import KubeError
from .objects import Object

_PODS = 3
_EVENTS = 5
_LOG_LINES = 20
_LONGEST_LINE = 400


def brief(client: Client, live: Object) -> str:
    """A few words on each pod of a workload that is not ready: "pod web-x: Init:0/1 pulling"; empty when all are."""
    try:
        waiting = [pod for pod in pods_of(client, live) if not _ready(pod)]
    except KubeError:
        return ""
    shown = [f"pod {pod['metadata']['name']}: {pod_state(pod)}" for pod in waiting[:_PODS]]
    if len(waiting) > _PODS:
        shown.append(f"{len(waiting) - _PODS} more")
    return "; ".join(shown)


def report(client: Client, live: Object) -> list[str]:
    """Lines about one object that did not come up. Never raises: what cannot be asked is said."""
    lines: list[str] = []
    try:
        lines += [f"  event {line}" for line in _events(client, live)]
        for pod in [pod for pod in pods_of(client, live) if not _ready(pod)][:_PODS]:
            lines += _pod_report(client, pod)
    except KubeError as error:
        lines.append(f"  (could not ask further: {error})")
    return lines


def pod_state(pod: Object) -> str:
    """What kubectl shows under STATUS, with the reason why."""
    status = pod.get("status") or {}
    if pod["metadata"].get("deletionTimestamp"):
        return "Terminating"
    init = status.get("initContainerStatuses") or []
    done = sum(1 for entry in init if _init_done(entry))
    if init and done < len(init):
        return f"Init:{done}/{len(init)} {_container_state(init[done])}".rstrip()
    states = [_container_state(entry) for entry in status.get("containerStatuses") or []]
    states = [state for state in states if state]
    if states:
        return ", ".join(states)
    return _unscheduled(status) or str(status.get("phase") or "Unknown")


def _init_done(entry: Object) -> bool:
    ended = (entry.get("state") or {}).get("terminated")
    return bool(
        (ended and ended.get("exitCode") == 0) or (entry.get("started") and "running" in (entry.get("state") or {}))
    )


def _unscheduled(status: Object) -> str:
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return f"{condition.get('reason')}: {condition.get('message')}"
    return ""


def _container_state(entry: Object) -> str:
    state = entry.get("state") or {}
    restarts = f" ({entry['restartCount']} restarts)" if entry.get("restartCount") else ""
    if "waiting" in state:
        waiting = state["waiting"]
        return " ".join(str(waiting[key]) for key in ("reason", "message") if waiting.get(key)) + restarts
    if "terminated" in state:
        ended = state["terminated"]
        return (
            f"{ended.get('reason')} exit code {ended.get('exitCode')} {ended.get('message') or ''}".rstrip() + restarts
        )
    if "running" in state and not entry.get("ready"):
        return f"container {entry.get('name')} running, not ready{restarts}"
    return ""


def _ready(pod: Object) -> bool:
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded":
        return True
    conditions = status.get("conditions") or []
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions)


def pods_of(client: Client, live: Object) -> list[Object]:
    """The pods of a workload (or the pod itself), newest first; none for kinds without pods. Raises KubeError."""
    if live["kind"] == "Pod":
        return [live]
    selector = _selector(live)
    if not selector:
        return []
    namespace = live["metadata"]["namespace"]
    pods, _version = client.list(f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": selector})
    return sorted(pods, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)


def _selector(live: Object) -> str:
    if live["kind"] not in ("DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"):
        return ""
    selector = (live.get("spec") or {}).get("selector") or {}
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for rule in selector.get("matchExpressions") or []:
        values = ",".join(rule.get("values") or [])
        shape = {"In": f"{rule['key']} in ({values})", "NotIn": f"{rule['key']} notin ({values})"}
        parts.append(shape.get(rule["operator"], rule["key"] if rule["operator"] == "Exists" else f"!{rule['key']}"))
    return ",".join(parts)


def _events(client: Client, item: Object) -> list[str]:
    metadata = item["metadata"]
    fields = {"involvedObject.kind": item["kind"], "involvedObject.name": metadata["name"]}
    if metadata.get("uid"):
        fields["involvedObject.uid"] = metadata["uid"]
    namespace = metadata.get("namespace") or "default"
    selector = ",".join(f"{key}={value}" for key, value in fields.items())
    events, _version = client.list(f"/api/v1/namespaces/{namespace}/events", {"fieldSelector": selector})
    events.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return [
        f"{event.get('type')} {event.get('reason')} (x{event.get('count') or 1}): {str(event.get('message'))[:_LONGEST_LINE]}"
        for event in events[-_EVENTS:]
    ]


def _pod_report(client: Client, pod: Object) -> list[str]:
    name = pod["metadata"]["name"]
    lines = [f"  pod {name}: {pod_state(pod)}"]
    pod = {**pod, "kind": "Pod"}
    lines += [f"    event {line}" for line in _events(client, pod)]
    status = pod.get("status") or {}
    for entry in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        if entry.get("ready") and not entry.get("restartCount"):
            continue
        lines += _container_report(client, pod, entry)
    return lines


def _container_report(client: Client, pod: Object, entry: Object) -> list[str]:
    lines = [f"    container {entry['name']}: {_container_state(entry) or 'running'}"]
    last = (entry.get("lastState") or {}).get("terminated")
    if last:
        lines.append(f"    before that it ended: {last.get('reason')} exit code {last.get('exitCode')}")
    waiting = "waiting" in (entry.get("state") or {})
    if waiting and not last:
        return lines
    for line in _log(client, pod, entry["name"], previous=waiting):
        lines.append(f"    | {line[:_LONGEST_LINE]}")
    return lines


def _log(client: Client, pod: Object, container: str, *, previous: bool) -> list[str]:
    metadata = pod["metadata"]
    path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{urllib.parse.quote(metadata['name'])}/log"
    query: dict[str, t.Any] = {"container": container, "tailLines": _LOG_LINES}
    if previous:
        query["previous"] = "true"
    try:
        return client.text(path, query).splitlines()
    except KubeError as error:
        return [f"(no log: {error})"]
