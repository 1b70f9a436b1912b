# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judging Applications by what Argo CD writes into them."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.argocd.status import failed_jobs, judge

Object = dict[str, t.Any]
COMMIT = "a" * 40
UP: Object = {
    "metadata": {"name": "vllm"},
    "spec": {"syncPolicy": {"retry": {"limit": 2}}},
    "status": {
        "sync": {"status": "Synced", "revision": COMMIT},
        "health": {"status": "Healthy"},
        "operationState": {"phase": "Succeeded"},
        "resources": [{"kind": "Service", "namespace": "serving", "name": "vllm", "status": "Synced"}],
    },
}


def changed(**status: t.Any) -> Object:
    app = copy.deepcopy(UP)
    app["status"].update(status)
    return app


def at_commit(revision: str) -> bool:
    return revision == COMMIT


def test_synced_and_healthy_at_the_commit_is_up() -> None:
    assert judge(UP, "vllm", at_commit).up


def test_an_older_commit_is_not_up_and_says_so() -> None:
    found = judge(changed(sync={"status": "Synced", "revision": "b" * 40}), "vllm", at_commit)
    assert (found.up, found.failed) == (False, False)
    assert f"still at commit {'b' * 10}" in found.text


def test_a_refresh_that_was_not_yet_looked_at_is_waited_for() -> None:
    app = copy.deepcopy(UP)
    app["metadata"]["annotations"] = {"argocd.argoproj.io/refresh": "normal"}
    assert not judge(app, "vllm").up


def test_a_running_operation_is_waited_for() -> None:
    assert not judge(changed(operationState={"phase": "Running", "message": "waiting"}), "vllm").up


def test_an_application_that_does_not_exist_is_not_up() -> None:
    assert judge(None, "vllm").text == "does not exist yet"


def test_a_sync_that_used_up_its_retries_has_failed_and_shows_argo_cds_words() -> None:
    result = {
        "resources": [
            {"kind": "Service", "namespace": "s", "name": "x", "status": "SyncFailed", "message": "field is immutable"}
        ]
    }
    operation = {
        "phase": "Failed",
        "message": "one or more objects failed to apply",
        "retryCount": 2,
        "syncResult": result,
    }
    app = changed(sync={"status": "OutOfSync", "revision": COMMIT}, operationState=operation)
    found = judge(app, "vllm", at_commit)
    assert found.failed
    assert "one or more objects failed to apply" in found.text
    assert "Service s/x: field is immutable" in found.text
    operation["retryCount"] = 1
    assert not judge(changed(sync={"status": "OutOfSync", "revision": COMMIT}, operationState=operation), "vllm").failed


def waiting_for_a_retry(message: str, revision: str = COMMIT) -> dict[str, t.Any]:
    entry = {"kind": "Service", "namespace": "s", "name": "x", "status": "SyncFailed", "message": message}
    operation = {
        "phase": "Running",
        "finishedAt": "2026-01-01T00:00:00Z",
        "retryCount": 1,
        "syncResult": {"revision": revision, "resources": [entry]},
    }
    return changed(sync={"status": "OutOfSync", "revision": COMMIT}, operationState=operation)


def test_an_object_that_is_wrong_in_itself_is_told_before_the_retries_are_over() -> None:
    found = judge(
        waiting_for_a_retry('Service "x" is invalid: spec.ports[0].nodePort: Invalid value: 99'), "vllm", at_commit
    )
    assert found.failed
    assert "Invalid value: 99" in found.text


def test_what_a_retry_may_cure_is_waited_for() -> None:
    assert not judge(waiting_for_a_retry("failed calling webhook: connection refused"), "vllm", at_commit).failed


def test_what_became_of_an_older_commit_does_not_condemn_the_present_one() -> None:
    old = waiting_for_a_retry('Service "x" is invalid: no', "0" * 40)
    assert not judge(old, "vllm", at_commit).failed
    ended = waiting_for_a_retry('Service "x" is invalid: no', "0" * 40)
    ended["status"]["operationState"].update(phase="Failed", retryCount=2)
    assert not judge(ended, "vllm", at_commit).failed


def test_conditions_and_sick_resources_are_named() -> None:
    resources = [
        {
            "kind": "Deployment",
            "namespace": "s",
            "name": "a",
            "health": {"status": "Degraded", "message": "no progress"},
        },
        {"kind": "ConfigMap", "namespace": "s", "name": "b", "status": "OutOfSync"},
        {"kind": "ConfigMap", "namespace": "s", "name": "c", "status": "OutOfSync", "requiresPruning": True},
    ]
    conditions = [{"type": "ComparisonError", "message": "cannot clone"}]
    text = judge(changed(health={"status": "Degraded"}, resources=resources, conditions=conditions), "vllm").text
    for words in (
        "ComparisonError: cannot clone",
        "Deployment s/a is Degraded (no progress)",
        "ConfigMap s/b differs from Git",
    ):
        assert words in text
    assert "ConfigMap s/c is not in Git any more" in text


def test_jobs_that_failed_for_good_are_found() -> None:
    resources = [
        {"kind": "Job", "namespace": "s", "name": "bad", "health": {"status": "Degraded"}},
        {"kind": "Job", "namespace": "s", "name": "good", "health": {"status": "Healthy"}},
    ]
    assert failed_jobs(changed(resources=resources)) == [("s", "bad")]
