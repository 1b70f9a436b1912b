# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argo CD's Applications through the API server: read, refresh, wait."""

from __future__ import annotations

import time
import typing as t

from ..kube.client import Client
from ..kube.errors import IMMUTABLE, ApiError, WaitFailedError
from ..kube.objects import Object
from .applications import NAMESPACE, ROOT
from .status import Judgement, Reached, has_looked, judge

_PATHS = "/apis/argoproj.io/v1alpha1/namespaces/%s/applications"
_PATH = _PATHS % NAMESPACE
_LOOK_SECONDS = 0.5
_SAY_SECONDS = 10.0
_SHOWN = 4


def root(client: Client) -> Object | None:
    """The root Application: it exists exactly when Argo CD reconciles this platform."""
    return client.find(f"{_PATH}/{ROOT}")


def applications(client: Client, namespace: str = NAMESPACE) -> dict[str, Object]:
    """All Applications by name; empty where the cluster does not know the kind."""
    try:
        items, _version = client.list(_PATHS % namespace)
    except ApiError as error:
        if error.status == 404:
            return {}
        raise
    return {str(item["metadata"]["name"]): item for item in items}


def refresh(client: Client, name: str) -> None:
    """Ask Argo CD to look at Git now. Raises ApiError."""
    patch = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
    client.merge(f"{_PATH}/{name}", patch, {"fieldManager": "inference-platform"})


def sync_again(client: Client, app: Object) -> None:
    """Start a sync whose last one failed: Argo CD itself does not try the same commit twice. Raises ApiError."""
    policy = app["spec"].get("syncPolicy") or {}
    sync = {"prune": True, "syncOptions": policy.get("syncOptions") or []}
    operation = {"initiatedBy": {"username": "inference-platform"}, "sync": sync, "retry": policy.get("retry") or {}}
    path = f"{_PATH}/{app['metadata']['name']}"
    client.merge(path, {"operation": operation}, {"fieldManager": "inference-platform"})


class Waiter:
    """Waits until Applications are Synced and Healthy; ``notify`` hears about every 10 s what is missing."""

    def __init__(self, client: Client, notify: t.Callable[[str], None]) -> None:
        self._client = client
        self._notify = notify

    def synced(self, name: str, reached: Reached, deadline: float) -> None:
        """Return when one Application is Synced, healthy or not. Raises WaitFailedError."""
        while True:
            judged = judge(applications(self._client).get(name), name, reached)
            if judged.sync == "Synced" and reached(judged.revision):
                return
            if judged.failed or time.monotonic() >= deadline:
                raise _failure([judged])
            time.sleep(_LOOK_SECONDS)

    def looked(self, name: str, reached: Reached, deadline: float) -> None:
        """Return when Argo CD has compared one Application at a revision that is accepted. Raises WaitFailedError."""
        while True:
            app = applications(self._client).get(name)
            if app and has_looked(app, reached):
                return
            if time.monotonic() >= deadline:
                raise _failure([judge(app, name, reached)])
            time.sleep(_LOOK_SECONDS)

    def wait(self, wanted: dict[str, Reached], deadline: float) -> list[Judgement]:
        """Return when each is up at a revision that its function accepts.

        Raises WaitFailedError at once when a sync has failed for good, and at the ``deadline`` (time.monotonic).
        """
        say = time.monotonic() + _SAY_SECONDS
        while True:
            found = applications(self._client)
            judged = [judge(found.get(name), name, reached) for name, reached in wanted.items()]
            missing = [entry for entry in judged if not entry.up]
            if not missing:
                return judged
            now = time.monotonic()
            hopeless = [entry for entry in missing if entry.failed]
            if hopeless or now >= deadline:
                raise _failure(hopeless or missing)
            if now >= say:
                self._notify("waiting for " + " | ".join(f"{entry.name}: {entry.text}" for entry in missing[:_SHOWN]))
                say = now + _SAY_SECONDS
            time.sleep(_LOOK_SECONDS)


def _failure(missing: list[Judgement]) -> WaitFailedError:
    lines = [f"Argo CD did not bring {len(missing)} Application(s) to Synced and Healthy:"]
    lines += [f"{entry.name}: {entry.text}" for entry in missing]
    if any(needle in entry.text for entry in missing for needle in IMMUTABLE):
        lines.append(
            "Such a field cannot be changed on a living object: put it back in Git, or run again with force_replace (platform_force_replace: "
            "true), which deletes the object, so that Argo CD makes it anew from Git."
        )
    return WaitFailedError("\n".join(lines), applications=[entry.result() for entry in missing])
