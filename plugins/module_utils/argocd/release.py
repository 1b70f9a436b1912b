# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The way back: Argo CD lets go of every object. Applications go, what they stood for stays."""

from __future__ import annotations

import time
import typing as t

from ..kube.client import Client
from ..kube.errors import WaitFailedError
from ..kube.objects import Object
from . import cluster
from .applications import API, NAMESPACE, ROOT

_CONTROLLER = f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets/argocd-application-controller"
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_SELECTOR = {"labelSelector": "app.kubernetes.io/name=argocd-application-controller"}
_LOOK_SECONDS = 0.5


def release(client: Client, *, check: bool, seconds: float, notify: t.Callable[[str], None]) -> list[str]:
    """Stop the controller, then remove all Applications without their objects; returns their names.

    The controller goes first: it would act on a finalizer, and the root would bring back its children.
    Raises KubeError.
    """
    apps = cluster.applications(client)
    if not apps or check:
        return sorted(apps)
    _stop(client, time.monotonic() + seconds, notify)
    for name in sorted(apps, key=lambda name: (name != ROOT, name)):
        _remove(client, apps[name])
    return sorted(apps)


def _stop(client: Client, deadline: float, notify: t.Callable[[str], None]) -> None:
    if client.find(_CONTROLLER) is None:
        return
    notify("stopping its controller")
    client.merge(_CONTROLLER, {"spec": {"replicas": 0}}, {"fieldManager": "inference-platform"})
    while client.list(_PODS, _SELECTOR)[0]:
        if time.monotonic() > deadline:
            raise WaitFailedError(
                "Argo CD's application controller does not stop, so its Applications were not touched. Look at the pod "
                f"argocd-application-controller-0 in namespace {NAMESPACE} and at its node, then run again."
            )
        time.sleep(_LOOK_SECONDS)


def _remove(client: Client, app: Object) -> None:
    name = app["metadata"]["name"]
    path = f"/apis/{API}/namespaces/{NAMESPACE}/applications/{name}"
    if app["metadata"].get("finalizers"):
        client.merge(path, {"metadata": {"finalizers": None}}, {"fieldManager": "inference-platform"})
    client.delete(path, uid=app["metadata"]["uid"], propagation="Background")
