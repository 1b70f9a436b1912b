# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What an Application says of itself, judged. Pure functions over argoproj.io/v1alpha1 Applications."""

from __future__ import annotations

import dataclasses
import typing as t

from ..kube.objects import Object

# Says of a revision whether it holds the commit that is waited for.
Reached = t.Callable[[str], bool]

# Phases of an operation (gitops-engine sync/common) that end it without success.
_ENDED_BADLY = ("Failed", "Error")
# How the API server says that an object is wrong in itself (reason Invalid, HTTP 422): the same object is refused every time.
_INVALID = " is invalid: "


@dataclasses.dataclass(frozen=True)
class Judgement:
    """``up``: Synced and Healthy, at the wanted commit where one was asked for. ``failed``: waiting longer is pointless."""

    name: str
    sync: str
    health: str
    revision: str
    up: bool
    failed: bool = False
    text: str = ""

    def result(self) -> dict[str, t.Any]:
        """The entry of a module's result."""
        return {
            "name": self.name,
            "sync": self.sync,
            "health": self.health,
            "revision": self.revision,
            "message": self.text,
        }


def anywhere(_revision: str) -> bool:
    """Any revision will do."""
    return True


def has_looked(app: Object, reached: Reached) -> bool:
    """Whether Argo CD has compared the Application at a revision that is accepted, whatever came of it."""
    refreshing = "argocd.argoproj.io/refresh" in (app["metadata"].get("annotations") or {})
    return not refreshing and reached(str(((app.get("status") or {}).get("sync") or {}).get("revision") or ""))


def judge(app: Object | None, name: str, reached: Reached = anywhere) -> Judgement:
    """Judge one Application; None is one that does not exist."""
    if app is None:
        return Judgement(name, "Missing", "Missing", "", up=False, text="does not exist yet")
    status = app.get("status") or {}
    sync = str((status.get("sync") or {}).get("status") or "Unknown")
    health = str((status.get("health") or {}).get("status") or "Unknown")
    revision = str((status.get("sync") or {}).get("revision") or "")
    here = has_looked(app, reached)
    operation = status.get("operationState") or {}
    running = operation.get("phase") == "Running" or bool(app.get("operation"))
    up = here and sync == "Synced" and health == "Healthy" and not running
    if up:
        return Judgement(name, sync, health, revision, up=True)
    failed = here and sync != "Synced" and _is_hopeless(app, operation, reached)
    return Judgement(name, sync, health, revision, up=False, failed=failed, text=_why(app, here, sync, health))


def _is_hopeless(app: Object, operation: Object, reached: Reached) -> bool:
    """A sync of the wanted commit that has used up its retries, or waits for one that cannot end otherwise.

    controller/appcontroller.go of Argo CD: an operation that waits for its next try is Running and has finishedAt.
    """
    revision = str((operation.get("syncResult") or {}).get("revision") or "")
    if revision and not reached(revision):
        return False
    if operation.get("phase") in _ENDED_BADLY:
        limit = int(((app["spec"].get("syncPolicy") or {}).get("retry") or {}).get("limit") or 0)
        return int(operation.get("retryCount") or 0) >= limit
    waits = operation.get("phase") == "Running" and bool(operation.get("finishedAt"))
    return waits and any(_INVALID in str(entry.get("message")) for entry in _failed_resources(operation))


def _why(app: Object, here: bool, sync: str, health: str) -> str:
    status = app.get("status") or {}
    parts = [f"{sync}, {health}"]
    if not here:
        parts.append(f"still at commit {str((status.get('sync') or {}).get('revision') or 'none')[:10]}")
    parts += [f"{entry.get('type')}: {entry.get('message')}" for entry in status.get("conditions") or []]
    operation = status.get("operationState") or {}
    if operation.get("phase") in ("Running", *_ENDED_BADLY) and operation.get("message"):
        parts.append(f"sync {operation['phase']}: {operation['message']}")
    parts += _refused(operation)
    parts += _resources(status)
    return "; ".join(dict.fromkeys(parts))


def _refused(operation: Object) -> list[str]:
    return [f"{entry.get('kind')} {_place(entry)}: {entry.get('message')}" for entry in _failed_resources(operation)]


def _failed_resources(operation: Object) -> list[Object]:
    entries = ((operation.get("syncResult") or {}).get("resources")) or []
    return [entry for entry in entries if entry.get("status") == "SyncFailed"]


def _resources(status: Object) -> list[str]:
    found = []
    for entry in status.get("resources") or []:
        health = entry.get("health") or {}
        if health.get("status") not in (None, "Healthy"):
            text = f"{entry.get('kind')} {_place(entry)} is {health['status']}"
            found.append(text + (f" ({health['message']})" if health.get("message") else ""))
        elif entry.get("status") == "OutOfSync":
            word = "is not in Git any more" if entry.get("requiresPruning") else "differs from Git"
            found.append(f"{entry.get('kind')} {_place(entry)} {word}")
    return found


def _place(entry: Object) -> str:
    return "/".join(part for part in (entry.get("namespace"), entry.get("name")) if part)


def failed_jobs(app: Object) -> list[tuple[str, str]]:
    """(namespace, name) of Jobs of an Application that ended in failure: they never start again by themselves."""
    entries = (app.get("status") or {}).get("resources") or []
    return [
        (str(entry["namespace"]), str(entry["name"]))
        for entry in entries
        if entry.get("kind") == "Job" and (entry.get("health") or {}).get("status") == "Degraded"
    ]
