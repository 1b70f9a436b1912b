# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Waiting for objects against a real API server; the tests play the part of the kubelet."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest
from kube_fixture.fixtures import Kube

from ansible_collections.inference.platform.plugins.module_utils.kube import wait
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

Object = dict[str, t.Any]


def deployment(name: str, replicas: int) -> Object:
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "example/x:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def job(name: str) -> Object:
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "example/x:1"}]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": pod},
    }


def pods(kube: Kube) -> list[Object]:
    return kube.client.list(f"/api/v1/namespaces/{kube.namespace}/pods")[0]


def set_status(kube: Kube, path: str, status: Object) -> None:
    kube.client.merge(f"{kube.path(path)}/status", {"status": status}, {"fieldManager": "kubelet"})


def be_kubelet(kube: Kube, status: Object, count: int) -> threading.Thread:
    """Give the first ``count`` pods ``status`` as soon as their controller has made them."""

    def play() -> None:
        deadline = time.monotonic() + 30
        while len(pods(kube)) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        for pod in pods(kube)[:count]:
            set_status(kube, f"pods/{pod['metadata']['name']}", status)

    thread = threading.Thread(target=play)
    thread.start()
    return thread


READY: Object = {
    "phase": "Running",
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"}],
    "containerStatuses": [
        {
            "name": "main",
            "ready": True,
            "restartCount": 0,
            "image": "x",
            "imageID": "x",
            "state": {"running": {}},
        }
    ],
}
PULLING: Object = {
    "phase": "Pending",
    "containerStatuses": [
        {
            "name": "main",
            "ready": False,
            "restartCount": 0,
            "image": "x",
            "imageID": "",
            "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image example/x:1"}},
        }
    ],
}
FAILED: Object = {
    "phase": "Failed",
    "containerStatuses": [
        {
            "name": "main",
            "ready": False,
            "restartCount": 0,
            "image": "x",
            "imageID": "x",
            "state": {"terminated": {"exitCode": 3, "reason": "Error"}},
        }
    ],
}


def crashed(restarts: int) -> Object:
    """Status of a pod whose container ended ``restarts`` times and waits for its next start."""
    container = {
        **PULLING["containerStatuses"][0],
        "restartCount": restarts,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 7, "reason": "Error"}},
    }
    return {"phase": "Running", "containerStatuses": [container]}


def test_returns_when_everything_is_up(kube: Kube) -> None:
    kubelet = be_kubelet(kube, READY, 3)
    kube.apply(deployment("a", 2), deployment("b", 1), wait=30.0)
    kubelet.join()
    for name in ("a", "b"):
        status = kube.get(f"apps/deployments/{name}")["status"]
        assert status["availableReplicas"] == status["replicas"]


def test_what_is_up_already_costs_no_watch(kube: Kube) -> None:
    kubelet = be_kubelet(kube, READY, 1)
    kube.apply(deployment("a", 1), wait=30.0)
    kubelet.join()
    assert "WATCH" not in kube.apply(deployment("a", 1), wait=30.0)["requests"]


def test_a_deployment_that_does_not_come_up_is_explained(kube: Kube) -> None:
    kubelet = be_kubelet(kube, PULLING, 1)
    with pytest.raises(KubeError) as caught:
        kube.apply(deployment("a", 1), wait=3.0)
    kubelet.join()
    message = str(caught.value)
    assert f"Deployment {kube.namespace}/a: 0/1 ready" in message
    assert "ImagePullBackOff no such image example/x:1" in message
    assert "event Normal ScalingReplicaSet" in message


def test_a_container_that_ends_again_and_again_is_not_waited_for(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "_SAY_SECONDS", 0.3)

    def crash() -> None:
        be_kubelet(kube, crashed(1), 1).join()
        for restarts in range(2, 7):
            time.sleep(0.6)
            be_kubelet(kube, crashed(restarts), 1).join()

    kubelet = threading.Thread(target=crash)
    kubelet.start()
    started = time.monotonic()
    with pytest.raises(KubeError, match=r"container main ended \d times while we waited, last with exit code 7"):
        kube.apply(deployment("a", 1), wait=60.0)
    assert time.monotonic() - started < 30
    kubelet.join()


def test_an_image_that_can_never_be_had_is_not_waited_for(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "_SAY_SECONDS", 0.3)
    state = {"waiting": {"reason": "ErrImageNeverPull", "message": "example/x:1 is not present"}}
    kubelet = be_kubelet(
        kube, {**PULLING, "containerStatuses": [{**PULLING["containerStatuses"][0], "state": state}]}, 1
    )
    with pytest.raises(KubeError, match="cannot start: ErrImageNeverPull example/x:1 is not present"):
        kube.apply(deployment("a", 1), wait=60.0)
    kubelet.join()


def test_pods_that_cannot_be_made_are_explained(kube: Kube) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "none"},
        "spec": {"hard": {"pods": "0"}},
    }
    kube.apply(quota, component="quota")
    time.sleep(1)
    with pytest.raises(KubeError, match="exceeded quota"):
        kube.apply(deployment("a", 1), wait=3.0)


def test_a_failed_job_ends_the_wait_at_once(kube: Kube) -> None:
    kubelet = be_kubelet(kube, FAILED, 1)
    started = time.monotonic()
    with pytest.raises(KubeError, match=r"Job .*/j: failed: BackoffLimitExceeded"):
        kube.apply(job("j"), wait=60.0)
    kubelet.join()
    assert time.monotonic() - started < 50


def test_it_says_what_it_waits_for(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait, "_SAY_SECONDS", 0.5)
    kubelet = be_kubelet(kube, PULLING, 1)
    with pytest.raises(KubeError):
        kube.apply(deployment("a", 1), wait=3.0)
    kubelet.join()
    assert any("a: 0/1 ready" in line and "ImagePullBackOff" in line for line in kube.said)


def test_an_object_deleted_while_waiting_is_noticed(kube: Kube) -> None:
    def delete() -> None:
        time.sleep(1)
        live = kube.get("apps/deployments/a")
        path = kube.path("apps/deployments/a")
        kube.client.delete(path, uid=live["metadata"]["uid"], propagation="Background")

    thread = threading.Thread(target=delete)
    thread.start()
    with pytest.raises(KubeError, match="does not exist"):
        kube.apply(deployment("a", 1), wait=3.0)
    thread.join()


def test_the_wait_survives_a_restart_of_the_api_server(kube: Kube) -> None:
    result: list[dict[str, t.Any]] = []
    thread = threading.Thread(target=lambda: result.append(kube.apply(deployment("a", 1), wait=60.0)))
    thread.start()
    while not pods(kube):
        time.sleep(0.05)
    kube.plane.stop_api_server()
    kube.plane.start_api_server()
    be_kubelet(kube, READY, 1).join()
    thread.join(60)
    assert len(result) == 1


def test_endpoints_are_waited_for_when_asked(kube: Kube) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]},
    }
    kube.apply(service, wait=2.0)
    with pytest.raises(KubeError, match="No ready endpoint"):
        kube.apply(service, wait=1.0, endpoints=True)
