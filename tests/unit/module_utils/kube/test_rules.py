# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""When objects count as up."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.rules import judge, never_waits

Object = dict[str, t.Any]


def live(api_version: str, kind: str, status: Object, generation: int = 2, **spec: t.Any) -> Object:
    metadata = {"name": "x", "generation": generation}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec, "status": status}


def conditions(**states: str) -> Object:
    return {"conditions": [{"type": name, "status": state, "message": "why"} for name, state in states.items()]}


UP: Object = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}

READY = {
    "deployment": live("apps/v1", "Deployment", UP, replicas=2),
    "deployment of none": live("apps/v1", "Deployment", {"observedGeneration": 2}, replicas=0),
    "stateful set": live(
        "apps/v1",
        "StatefulSet",
        {"observedGeneration": 2, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"},
    ),
    "daemon set on no node": live("apps/v1", "DaemonSet", {"observedGeneration": 2}),
    "job": live("batch/v1", "Job", conditions(Complete="True")),
    "pod": live("v1", "Pod", {"phase": "Running", **conditions(Ready="True")}),
    "finished pod": live("v1", "Pod", {"phase": "Succeeded"}),
    "definition": live("apiextensions.k8s.io/v1", "CustomResourceDefinition", conditions(Established="True")),
    "namespace": live("v1", "Namespace", {"phase": "Active"}),
    "claim": live("v1", "PersistentVolumeClaim", {"phase": "Bound"}),
    "pool without gateway": live("inference.networking.k8s.io/v1", "InferencePool", {}),
    "resource without conditions": live("example.com/v1", "X", {}),
    "unsealed secret": live(
        "bitnami.com/v1alpha1", "SealedSecret", {"observedGeneration": 2, **conditions(Synced="True")}
    ),
    "secret made from a store": live(
        "external-secrets.io/v1", "ExternalSecret", {"syncedResourceVersion": "2-abc", **conditions(Ready="True")}
    ),
    "store": live("external-secrets.io/v1", "ClusterSecretStore", conditions(Ready="True")),
    "GPU operator": live("nvidia.com/v1", "ClusterPolicy", {"state": "ready"}),
    "available resource": live("example.com/v1", "X", conditions(Available="True")),
}

NOT_READY = {
    "absent": None,
    "deployment not seen": live("apps/v1", "Deployment", {**UP, "observedGeneration": 1}, replicas=2),
    "deployment just made": live("apps/v1", "Deployment", {}, replicas=0),
    "deployment rolling": live("apps/v1", "Deployment", {**UP, "replicas": 3}, replicas=2),
    "deployment half updated": live("apps/v1", "Deployment", {**UP, "updatedReplicas": 1}, replicas=2),
    "deployment half available": live("apps/v1", "Deployment", {**UP, "availableReplicas": 1}, replicas=2),
    "stateful set rolling": live(
        "apps/v1",
        "StatefulSet",
        {"observedGeneration": 2, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"},
    ),
    "daemon set": live("apps/v1", "DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 1}),
    "sealed secret nobody saw": live("bitnami.com/v1alpha1", "SealedSecret", {}),
    "sealed secret of an older generation": live(
        "bitnami.com/v1alpha1", "SealedSecret", {"observedGeneration": 1, **conditions(Synced="True")}
    ),
    "sealed secret that does not unseal": live(
        "bitnami.com/v1alpha1", "SealedSecret", {"observedGeneration": 2, **conditions(Synced="False")}
    ),
    "external secret nobody saw": live("external-secrets.io/v1", "ExternalSecret", {}),
    "external secret of an older generation": live(
        "external-secrets.io/v1", "ExternalSecret", {"syncedResourceVersion": "1-abc", **conditions(Ready="True")}
    ),
    "external secret without its value": live("external-secrets.io/v1", "ExternalSecret", conditions(Ready="False")),
    "store nobody saw": live("external-secrets.io/v1", "SecretStore", {}),
    "store that does not answer": live("external-secrets.io/v1", "ClusterSecretStore", conditions(Ready="False")),
    "running job": live("batch/v1", "Job", {"active": 1}),
    "pod not ready": live("v1", "Pod", {"phase": "Running", **conditions(Ready="False")}),
    "definition": live("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}),
    "api service": live("apiregistration.k8s.io/v1", "APIService", conditions(Available="False")),
    "namespace going": live("v1", "Namespace", {"phase": "Terminating"}),
    "claim": live("v1", "PersistentVolumeClaim", {"phase": "Pending"}),
    "pool refused": live(
        "inference.networking.k8s.io/v1", "InferencePool", {"parents": [conditions(Accepted="False")]}
    ),
    "GPU operator nobody saw": live("nvidia.com/v1", "ClusterPolicy", {}),
    "GPU operator without its driver": live(
        "nvidia.com/v1", "ClusterPolicy", {"state": "notReady", **conditions(Error="True")}
    ),
    "resource not ready": live("example.com/v1", "X", conditions(Ready="False")),
    "resource not seen": live("example.com/v1", "X", {"observedGeneration": 1, **conditions(Ready="True")}),
}

FAILED = {
    "job": live("batch/v1", "Job", conditions(Failed="True")),
    "pod": live("v1", "Pod", {"phase": "Failed"}),
    "definition whose names are taken": live(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", conditions(NamesAccepted="False")
    ),
    "lost claim": live("v1", "PersistentVolumeClaim", {"phase": "Lost"}),
}


@pytest.mark.parametrize("item", READY.values(), ids=READY.keys())
def test_is_up(item: Object) -> None:
    assert judge(item).ready


@pytest.mark.parametrize("item", NOT_READY.values(), ids=NOT_READY.keys())
def test_is_not_up_yet_and_says_why(item: Object | None) -> None:
    verdict = judge(item)
    assert not verdict.ready
    assert not verdict.failed
    assert verdict.text


@pytest.mark.parametrize("item", FAILED.values(), ids=FAILED.keys())
def test_will_never_be_up(item: Object) -> None:
    verdict = judge(item)
    assert not verdict.ready
    assert verdict.failed


def test_stored_kinds_are_not_watched_and_custom_resources_are() -> None:
    assert never_waits(live("v1", "ConfigMap", {}))
    assert not never_waits(live("apps/v1", "Deployment", {}))
    assert not never_waits(live("example.com/v1", "X", {}))


def test_a_deployment_says_how_far_it_is() -> None:
    status = {
        **UP,
        "availableReplicas": 1,
        "conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}],
    }
    assert judge(live("apps/v1", "Deployment", status, replicas=2)).text == "1/2 ready, no progress within its deadline"
