# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which pods leave a node, and what ties one to it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.drain.evictions import selects
from ansible_collections.inference.platform.plugins.module_utils.drain.pods import Bindings, Object, Pod, leavers

NOTHING = Bindings({}, {})
ENGINE = {
    "app.kubernetes.io/name": "vllm",
    "app.kubernetes.io/instance": "chat",
    "app.kubernetes.io/part-of": "inference-platform",
    "inference.platform/rotation": "in",
}


def pod(name: str = "one", owner: str = "ReplicaSet", **more: t.Any) -> Object:
    owners = [{"kind": owner, "name": "owner", "controller": True}] if owner else []
    metadata = {"namespace": "space", "name": name, "uid": f"uid-{name}", "ownerReferences": owners}
    return {
        "metadata": {**metadata, **more.pop("metadata", {})},
        "spec": {"volumes": more.pop("volumes", [])},
        "status": {"phase": "Running", **more},
    }


def only(*items: Object, bindings: Bindings = NOTHING) -> Pod:
    (found,) = leavers(items, bindings)
    return found


@pytest.mark.parametrize(
    "item",
    [
        pod(owner="DaemonSet"),
        pod(metadata={"annotations": {"kubernetes.io/config.mirror": "x"}}),
        pod(phase="Succeeded"),
        pod(phase="Failed"),
    ],
    ids=["daemon set", "the kubelet's own", "ended well", "ended badly"],
)
def test_some_pods_stay_whatever_happens(item: Object) -> None:
    assert leavers([item], NOTHING) == []


def test_an_engine_is_known_by_its_labels() -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    found = only(pod(metadata={"labels": ENGINE}, **ready))
    assert (found.engine, found.rotation, found.ready, found.group) == ("chat", "in", True, "space/chat")
    foreign = only(pod(metadata={"labels": {**ENGINE, "app.kubernetes.io/part-of": "other"}}))
    assert (foreign.engine, foreign.rotation, foreign.ready) == ("", "", False)


def test_a_pod_without_a_controller_is_stuck() -> None:
    assert "no controller owns it" in only(pod(owner="")).stuck
    assert only(pod()).stuck == ""


def test_data_in_a_folder_of_the_node_ties_a_pod_to_it() -> None:
    assert "/srv/data" in only(pod(volumes=[{"name": "a", "hostPath": {"path": "/srv/data"}}])).stuck
    claim = [{"name": "a", "persistentVolumeClaim": {"claimName": "data"}}]
    claims = {("space", "data"): {"spec": {"volumeName": "pv"}}}
    tied = Bindings(claims, {"pv": {"spec": {"local": {"path": "/mnt/disk"}}}})
    assert "claim data keeps its data in /mnt/disk" in only(pod(volumes=claim), bindings=tied).stuck
    elsewhere = Bindings(claims, {"pv": {"spec": {"csi": {"driver": "disk"}}}})
    assert only(pod(volumes=claim), bindings=elsewhere).stuck == ""
    assert only(pod(volumes=[{"name": "a", "emptyDir": {}}])).stuck == ""


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
    ],
)
def test_selectors_select_as_the_api_does(selector: Object, selected: bool) -> None:
    assert selects(selector, {"a": "1"}) is selected
