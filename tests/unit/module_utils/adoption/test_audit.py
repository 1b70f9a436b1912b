# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The audit log: what counts as a write by Argo CD, and when the log proves nothing. Lines have the form that 1.34 writes."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.adoption.audit import Trail, files_of, scan
from ansible_collections.inference.platform.plugins.module_utils.adoption.records import Mark, Target
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

from .samples import DEPLOYMENT, LATER, MARK

CONTROLLER = "system:serviceaccount:argocd:argocd-application-controller"
TARGETS = [
    DEPLOYMENT,
    Target("vllm", "v1", "ConfigMap", "serving", "settings", "configmaps"),
    Target("vllm", "v1", "Namespace", "", "serving", "namespaces"),
    Target("vllm", "inference.networking.k8s.io/v1", "InferencePool", "serving", "web", ""),
]


def line(verb: str = "patch", name: str = "web", second: str = "10:01:00.000001", **more: t.Any) -> str:
    reference = {
        "resource": "deployments",
        "namespace": "serving",
        "name": name,
        "apiGroup": "apps",
        "apiVersion": "v1",
    }
    reference |= more.get("ref", {})
    event = {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": more.get("audit_id", "be9918de-de54-4df0-8a0d-e1b4102964fe"),
        "stage": more.get("stage", "ResponseComplete"),
        "requestURI": "/apis/apps/v1/namespaces/serving/deployments/web?fieldManager=argocd-controller&force=true"
        + more.get("query", ""),
        "verb": verb,
        "user": {"username": more.get("user", CONTROLLER), "groups": ["system:authenticated"]},
        "sourceIPs": ["10.203.0.11"],
        "userAgent": "argocd-application-controller/v0.0.0 (linux/amd64) kubernetes/$Format",
        "objectRef": {key: value for key, value in reference.items() if value},
        "responseStatus": {"metadata": {}, "code": more.get("code", 200)},
        "requestReceivedTimestamp": f"2026-11-21T{second}Z",
        "stageTimestamp": f"2026-11-21T{second}Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
    }
    return json.dumps(event, separators=(",", ":")) + "\n"


START = line("get", audit_id=MARK.audit_id, second="10:00:00.500000", user="kubernetes-admin")
END = line("get", second="10:04:59.900000", user="kubernetes-admin")


@pytest.fixture
def log(tmp_path: pathlib.Path) -> t.Any:
    def read(*lines: str, since: Mark = MARK, start: str = START, end: str = END) -> Trail:
        path = tmp_path / "audit.log"
        path.write_text("".join([start, *lines, end]), encoding="utf-8")
        return scan([str(path)], [CONTROLLER], TARGETS, since)

    return read


def sentences(trail: Trail) -> list[str]:
    return [write.sentence() for write in trail.writes]


def test_a_quiet_log_proves_that_nothing_was_written(log: t.Any) -> None:
    trail = log(line("get"), line("list"), line("watch"))
    assert (trail.writes, trail.status_writes, trail.problems(MARK, LATER)) == ((), 0, [])


@pytest.mark.parametrize("verb", ["create", "update", "patch", "delete"])
def test_each_verb_that_writes_is_listed_with_object_user_and_time(log: t.Any, verb: str) -> None:
    text = f"Deployment serving/web: {verb} by {CONTROLLER} at 2026-11-21T10:01:00.000001Z"
    assert sentences(log(line(verb))) == [text]


def test_a_refused_write_counts_and_says_so(log: t.Any) -> None:
    (text,) = sentences(log(line(code=409)))
    assert text.endswith("answered 409")


def test_dry_runs_do_not_count(log: t.Any) -> None:
    assert log(line(query="&dryRun=All")).writes == ()


def test_the_status_counts_by_itself_and_other_subresources_as_writes(log: t.Any) -> None:
    trail = log(line(ref={"subresource": "status"}), line(ref={"subresource": "scale"}))
    assert trail.status_writes == 1
    assert [write.subresource for write in trail.writes] == ["scale"]


def test_others_and_objects_that_are_not_adopted_do_not_count(log: t.Any) -> None:
    trail = log(
        line(user="system:serviceaccount:kube-system:deployment-controller"),
        line(name="other"),
        line(ref={"namespace": "elsewhere"}),
        line(ref={"apiGroup": "example.org"}),
        line(ref={"resource": "applications", "apiGroup": "argoproj.io", "namespace": "argocd"}),
    )
    assert trail.writes == ()


def test_one_request_is_one_write_whatever_its_stages(log: t.Any) -> None:
    assert len(log(line(stage="RequestReceived"), line()).writes) == 1


def test_deleting_a_collection_is_a_write_on_each_of_its_objects(log: t.Any) -> None:
    core = {"resource": "configmaps", "apiGroup": "", "name": ""}
    assert [write.object for write in log(line("deletecollection", ref=core)).writes] == ["ConfigMap serving/settings"]
    assert len(log(line("deletecollection", ref={**core, "namespace": ""})).writes) == 1
    assert log(line("deletecollection", ref={**core, "namespace": "other"})).writes == ()


def test_a_namespace_is_found_under_the_name_the_log_gives_it(log: t.Any) -> None:
    core = {"resource": "namespaces", "apiGroup": "", "name": "serving", "namespace": "serving"}
    assert [write.object for write in log(line(ref=core)).writes] == ["Namespace serving"]


def test_writes_before_the_snapshot_do_not_count_even_in_its_second(log: t.Any) -> None:
    trail = log(line(second="09:59:00.000000"), line(second="10:00:00.400000"), line(second="10:00:00.600000"))
    assert [write.time for write in trail.writes] == ["2026-11-21T10:00:00.600000Z"]


def test_a_log_without_the_snapshot_itself_proves_nothing(log: t.Any) -> None:
    trail = log(start="")
    (problem,) = trail.problems(MARK, LATER)
    assert "does not hold the snapshot's own request" in problem
    assert "audit.log" in problem


def test_a_log_that_ends_long_before_the_comparison_proves_nothing(log: t.Any) -> None:
    (problem,) = log(end=line("get", second="10:02:00.000000", user="x")).problems(MARK, LATER)
    assert "ends at 2026-11-21T10:02:00.000000Z" in problem


def test_an_empty_log_proves_nothing(log: t.Any) -> None:
    assert len(log(start="", end="").problems(MARK, LATER)) == 2


def test_a_last_line_that_is_not_whole_yet_is_left_alone(log: t.Any) -> None:
    assert log(end=END + line()[:80]).problems(MARK, LATER) == []


def test_the_last_line_counts_once(log: t.Any) -> None:
    assert len(log(end=line(second="10:04:59.000000")).writes) == 1


def test_a_file_that_is_no_audit_log_is_refused(log: t.Any) -> None:
    with pytest.raises(KubeError, match="not an audit log of JSON lines"):
        log(f"I0101 {CONTROLLER} text\n")


def test_wildcards_find_rotated_files_and_a_name_that_is_not_there_fails(tmp_path: pathlib.Path) -> None:
    for name in ("audit.log", "audit-2026-11-21T09-00-00.000.log", "other"):
        (tmp_path / name).touch()
    assert len(files_of([f"{tmp_path}/audit*.log", f"{tmp_path}/audit.log"])) == 2
    with pytest.raises(KubeError, match="no audit log"):
        files_of([f"{tmp_path}/nothing.log"])
