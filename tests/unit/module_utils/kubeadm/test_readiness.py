# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a cluster lacks, said in words, from objects as the API server lists them."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kubeadm.readiness import Object, Workload, lacking

PROXY, DNS = Workload("DaemonSet", "kube-proxy"), Workload("Deployment", "coredns")


def node(name: str, status: str, reason: str = "KubeletReady", message: str = "") -> Object:
    """A Node with a Ready condition."""
    condition = {"type": "Ready", "status": status, "reason": reason, "message": message}
    return {"kind": "Node", "metadata": {"name": name}, "status": {"conditions": [condition]}}


def daemonset(ready: int, wanted: int) -> Object:
    """The DaemonSet kube-proxy."""
    status = {"observedGeneration": 1, "desiredNumberScheduled": wanted, "numberReady": ready}
    return {"kind": "DaemonSet", "metadata": {"name": "kube-proxy", "generation": 1}, "status": status}


def deployment(ready: int, observed: int = 1) -> Object:
    """The Deployment coredns with two replicas."""
    status = {"observedGeneration": observed, "readyReplicas": ready}
    meta = {"name": "coredns", "generation": 1}
    return {"kind": "Deployment", "metadata": meta, "spec": {"replicas": 2}, "status": status}


def pod(name: str, **status: t.Any) -> Object:
    """A pod with this status."""
    return {"kind": "Pod", "metadata": {"name": name}, "status": status}


def test_nothing_is_lacking_when_all_is_up() -> None:
    assert lacking([node("a", "True"), daemonset(1, 1), deployment(2)], ["a"], [PROXY, DNS]) == []


def test_a_node_that_never_came_is_named() -> None:
    assert lacking([], ["b"], []) == [
        "Node b has not registered: its kubelet does not reach the API server or does not run"
    ]


def test_an_unready_node_gives_its_own_reason() -> None:
    found = lacking([node("a", "False", "KubeletNotReady", "cni plugin not initialized")], ["a"], [])
    assert found == ["Node a is not Ready: KubeletNotReady: cni plugin not initialized"]


def test_a_daemonset_must_reach_every_node_even_before_its_controller_has_counted_them() -> None:
    found = lacking([node("a", "True"), node("b", "True"), daemonset(1, 1)], ["a", "b"], [PROXY])
    assert found == ["DaemonSet kube-proxy: 1 of 2 pods ready"]


def test_a_workload_explains_itself_by_its_pods() -> None:
    waiting = [{"state": {"waiting": {"reason": "ErrImagePull", "message": "no such host"}}}]
    pending = [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "untolerated taint"}]
    objects = [deployment(0), pod("coredns-1", containerStatuses=waiting), pod("coredns-2", conditions=pending)]
    assert lacking(objects, [], [DNS]) == [
        "Deployment coredns: 0 of 2 pods ready (coredns-1 ErrImagePull no such host; coredns-2 Unschedulable untolerated taint)"
    ]


def test_an_old_status_does_not_count() -> None:
    assert lacking([deployment(2, observed=0)], [], [DNS]) == [
        "Deployment coredns was not looked at by its controller yet"
    ]


def test_an_absent_workload_is_named() -> None:
    assert lacking([], [], [DNS]) == ["Deployment coredns does not exist"]
