# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a pod is doing, in the words of kubectl."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.explain import pod_state

Object = dict[str, t.Any]


def container(**state: t.Any) -> Object:
    return {"name": "main", "ready": False, "restartCount": 0, "state": state}


DONE = {"name": "first", "ready": True, "restartCount": 0, "state": {"terminated": {"exitCode": 0}}}
SIDECAR = {"name": "proxy", "ready": True, "started": True, "restartCount": 0, "state": {"running": {}}}

STATES: dict[str, Object] = {
    "Pending": {"phase": "Pending"},
    "Unschedulable: 0/1 nodes are available": {
        "phase": "Pending",
        "conditions": [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": "0/1 nodes are available",
            }
        ],
    },
    "Init:0/1 PodInitializing": {"initContainerStatuses": [container(waiting={"reason": "PodInitializing"})]},
    "Init:2/3 Error exit code 2": {
        "initContainerStatuses": [DONE, SIDECAR, container(terminated={"reason": "Error", "exitCode": 2})]
    },
    "ErrImagePull not found": {
        "initContainerStatuses": [DONE],
        "containerStatuses": [container(waiting={"reason": "ErrImagePull", "message": "not found"})],
    },
    "CrashLoopBackOff (4 restarts)": {
        "containerStatuses": [{**container(waiting={"reason": "CrashLoopBackOff"}), "restartCount": 4}]
    },
    "container main running, not ready": {"containerStatuses": [container(running={})]},
}


@pytest.mark.parametrize(("text", "status"), STATES.items(), ids=STATES.keys())
def test_states(text: str, status: Object) -> None:
    assert pod_state({"metadata": {"name": "p"}, "status": status}) == text


def test_a_pod_that_is_being_deleted() -> None:
    assert pod_state({"metadata": {"name": "p", "deletionTimestamp": "now"}, "status": {}}) == "Terminating"
