# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Applications: in sync and healthy, or Argo CD's own words."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.adoption.applications import application


def judged(**status: t.Any) -> tuple[bool, str]:
    found = application({"metadata": {"name": "vllm"}, "status": status})
    return found.fine, found.sentence()


def test_synced_and_healthy_is_fine_whatever_else_is_told() -> None:
    fine, text = judged(
        sync={"status": "Synced", "revision": "abc"}, health={"status": "Healthy"}, operationState={"message": "old"}
    )
    assert (fine, text) == (True, "Application vllm is Synced and Healthy")


def test_synced_alone_is_not_enough() -> None:
    assert judged(sync={"status": "Synced"}, health={"status": "Degraded"})[0] is False
    assert judged(sync={"status": "OutOfSync"}, health={"status": "Healthy"})[0] is False


def test_an_application_nobody_has_looked_at_is_unknown() -> None:
    assert judged() == (False, "Application vllm is Unknown and Unknown")


def test_conditions_the_last_sync_and_the_resources_are_named() -> None:
    fine, text = judged(
        sync={"status": "OutOfSync"},
        health={"status": "Progressing"},
        conditions=[{"type": "SyncError", "message": "namespace kube-system is not permitted"}],
        operationState={"phase": "Failed", "message": "one or more objects failed to apply"},
        resources=[
            {"kind": "Service", "namespace": "serving", "name": "a", "status": "OutOfSync"},
            {"kind": "ClusterRole", "name": "b", "status": "Synced", "health": {"status": "Degraded", "message": "no"}},
            {"kind": "ConfigMap", "namespace": "serving", "name": "c", "status": "Synced"},
        ],
    )
    assert fine is False
    assert text == (
        "Application vllm is OutOfSync and Progressing: SyncError: namespace kube-system is not permitted; "
        "last sync Failed: one or more objects failed to apply; Service serving/a is OutOfSync; ClusterRole b is Degraded (no)"
    )


def test_many_resources_are_cut() -> None:
    resources = [{"kind": "ConfigMap", "name": str(number), "status": "OutOfSync"} for number in range(14)]
    assert judged(resources=resources)[1].endswith("and 4 more resources")
