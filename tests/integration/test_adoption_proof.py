# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Snapshots and comparisons on a real API server with its real audit log."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest
import yaml
from kube_fixture.fixtures import Kube
from litellm_fixture import modules

from ansible_collections.inference.platform.plugins.module_utils.tree import writer

Object = dict[str, t.Any]

MANAGER = "argocd-controller"
# The control plane's administrator stands for Argo CD in its audit log.
USERS = ["admin"]
APPLICATION_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "applications.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"kind": "Application", "plural": "applications", "singular": "application"},
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


class Handover:
    """A tree that was applied, and the module run on it in this process."""

    def __init__(self, kube: Kube, folder: pathlib.Path) -> None:
        self.kube = kube
        self.tree = folder / "tree"
        self.path = folder / "state" / "before.json"

    def objects(self) -> list[Object]:
        namespace = self.kube.namespace
        place = {"namespace": namespace}
        labels = {"app": "web"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example/web:1"}]}}
        tracking = {"argocd.argoproj.io/tracking-id": f"{self.kube.component}:apps/Deployment:{namespace}/web"}
        return [
            *(
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**place, "name": f"c{n}"}, "data": {"a": "1"}}
                for n in range(4)
            ),
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {**place, "name": "web"},
                "spec": {"selector": labels, "ports": [{"name": "http", "port": 80}]},
            },
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {**place, "name": "web", "annotations": tracking},
                "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod},
            },
        ]

    def make(self) -> None:
        """Apply the objects, write the tree, and wait until the controllers are done with them."""
        self.kube.apply(*self.objects())
        writer.write(str(self.tree / "30-web"), self.objects(), check=False)
        deadline = time.monotonic() + 60
        versions: set[str] = set()
        while time.monotonic() < deadline:
            live = self.kube.get("apps/deployments/web")
            calm = {live["metadata"]["resourceVersion"]} == versions
            if calm and self.pods() and live["status"].get("conditions"):
                return
            versions = {live["metadata"]["resourceVersion"]}
            time.sleep(0.5)
        raise AssertionError("The Deployment has no pod.")

    def pods(self) -> list[Object]:
        return self.kube.client.list(f"/api/v1/namespaces/{self.kube.namespace}/pods")[0]

    def write_status(self, path: str, status: Object) -> None:
        self.kube.client.merge(f"{self.kube.path(path)}/status", {"status": status}, {"fieldManager": "somebody-else"})

    def options(self, state: str, **options: t.Any) -> Object:
        known = {"kubeconfig": self.kube.plane.kubeconfig, "tree": str(self.tree), "path": str(self.path)}
        return {**known, "state": state, "applications": False, **options}

    def run(self, state: str, *, check: bool = False, **options: t.Any) -> Object:
        result = modules.run("adoption_proof", self.options(state, **options), check=check)
        assert result.get("changed", False) is False
        return result

    def snapshot(self) -> Object:
        result = self.run("snapshot")
        assert result.get("failed") is None, result
        return result

    def compared(self, **options: t.Any) -> Object:
        return self.run("compared", audit=[str(self.kube.plane.audit_log)], argocd_users=USERS, **options)


@pytest.fixture
def handover(kube: Kube, tmp_path: pathlib.Path) -> Handover:
    made = Handover(kube, tmp_path)
    made.make()
    return made


def passed(result: Object) -> bool:
    assert result.get("failed", False) is not result["passed"], result
    return bool(result["passed"])


def test_nothing_happens_and_the_proof_holds(handover: Handover) -> None:
    taken = handover.snapshot()
    assert (taken["objects"], taken["missing"]) == (6, [])
    result = handover.compared()
    assert passed(result), result
    assert (result["objects"], result["writes"], result["moved"], result["restarts"]) == (6, [], [], [])
    assert result["status_only"] == 0
    assert result["report"]["counts"]["pods"] == 1


def test_the_same_applied_again_by_the_engine_is_not_even_asked_for(handover: Handover) -> None:
    handover.snapshot()
    handover.kube.apply(*handover.objects(), prune=False)
    assert passed(handover.compared())


def test_the_same_applied_again_by_request_moves_nothing_and_stands_in_the_log(handover: Handover) -> None:
    handover.snapshot()
    path = handover.kube.path("configmaps/c0")
    live = handover.kube.get("configmaps/c0")
    same = {key: live[key] for key in ("apiVersion", "kind", "data")}
    same["metadata"] = {key: live["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
    handover.kube.client.apply(path, same, manager=MANAGER, dry_run=True)
    assert passed(handover.compared())
    handover.kube.client.apply(path, same, manager=MANAGER)
    assert passed(handover.run("compared"))
    result = handover.compared()
    assert not passed(result)
    assert [(write["object"], write["verb"], write["code"]) for write in result["writes"]] == [
        (f"ConfigMap {handover.kube.namespace}/c0", "patch", 200)
    ]
    assert result["moved"] == []


def test_one_spoiled_field_fails_and_is_named_with_its_writer(handover: Handover) -> None:
    handover.snapshot()
    spoiled = handover.objects()
    spoiled[4]["spec"]["ports"][0]["port"] = 81
    handover.kube.apply(*spoiled)
    result = handover.run("compared")
    assert not passed(result)
    name = f"Service {handover.kube.namespace}/web"
    assert [(entry["object"], entry["manager"]) for entry in result["moved"]] == [(name, MANAGER)]
    assert result["moved"][0]["fields"][0] == "spec.ports[0].port"
    assert f"{name} changed: spec.ports[0].port" in result["msg"]


def test_the_hand_of_another_is_named(handover: Handover) -> None:
    handover.snapshot()
    handover.kube.edit("configmaps/c1", {"data": {"more": "x"}})
    (found,) = handover.run("compared")["moved"]
    assert (found["fields"], found["manager"]) == (["data.more"], "somebody-else")


def test_a_status_is_counted_and_does_not_fail(handover: Handover) -> None:
    handover.snapshot()
    condition = {
        "type": "Ready",
        "status": "True",
        "reason": "Test",
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
    handover.write_status("services/web", {"conditions": [condition]})
    result = handover.compared()
    assert passed(result), result
    assert result["status_only"] == 1
    assert result["report"]["counts"]["status_writes"] == 1


def test_a_restart_and_a_replaced_pod_are_named(handover: Handover) -> None:
    handover.snapshot()
    (pod,) = handover.pods()
    name = pod["metadata"]["name"]
    statuses = [{"name": "web", "restartCount": 1, "image": "x", "imageID": "x", "ready": True, "state": {}}]
    handover.write_status(f"pods/{name}", {"containerStatuses": statuses})
    (found,) = handover.run("compared")["restarts"]
    assert (found["container"], found["before"], found["after"], found["workload"]) == ("web", 0, 1, "Deployment web")
    path = handover.kube.path(f"pods/{name}")
    handover.kube.client.delete(path, uid=pod["metadata"]["uid"], propagation="Background")
    deadline = time.monotonic() + 60
    while [entry["metadata"]["name"] for entry in handover.pods()] in ([], [name]) and time.monotonic() < deadline:
        time.sleep(0.2)
    (found,) = handover.run("compared")["restarts"]
    assert found["pod"].endswith(name)
    assert found["what"].startswith("was replaced by web-")


def test_deleted_and_recreated_objects_are_told_apart(handover: Handover) -> None:
    handover.snapshot()
    for name in ("c2", "c3"):
        uid = handover.kube.get(f"configmaps/{name}")["metadata"]["uid"]
        handover.kube.client.delete(handover.kube.path(f"configmaps/{name}"), uid=uid, propagation="Background")
    handover.kube.apply(*(item for item in handover.objects() if item["metadata"]["name"] != "c2"), prune=False)
    result = handover.run("compared")
    found = {entry["object"].rpartition("/")[2]: (entry["what"], entry["manager"]) for entry in result["moved"]}
    assert found == {"c2": ("was deleted", ""), "c3": ("was deleted and created again", MANAGER)}
    assert result["missing"] == [f"ConfigMap {handover.kube.namespace}/c2"]


def test_objects_and_kinds_that_do_not_exist_are_missing(handover: Handover) -> None:
    place = {"name": "ghost", "namespace": handover.kube.namespace}
    ghosts: list[Object] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": place},
        {"apiVersion": "example.org/v1", "kind": "Ghost", "metadata": place},
    ]
    writer.write(str(handover.tree / "40-ghosts"), ghosts, check=False)
    names = [f"ConfigMap {handover.kube.namespace}/ghost", f"Ghost.example.org {handover.kube.namespace}/ghost"]
    assert handover.snapshot()["missing"] == names
    result = handover.run("compared")
    assert not passed(result)
    assert [entry["object"] for entry in result["moved"]] == names
    assert handover.run("snapshot", exclude=["ghosts"])["missing"] == []


def test_components_that_came_since_are_not_judged(handover: Handover) -> None:
    handover.snapshot()
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new", "namespace": handover.kube.namespace}}
    handover.kube.apply(new, component="argocd", prune=False)
    writer.write(str(handover.tree / "60-argocd"), [new], check=False)
    result = handover.compared()
    assert passed(result), result
    assert result["report"]["added"] == [f"ConfigMap {handover.kube.namespace}/new"]


def test_an_audit_log_of_elsewhere_proves_nothing(handover: Handover, tmp_path: pathlib.Path) -> None:
    handover.snapshot()
    other = tmp_path / "audit.log"
    other.write_text("", encoding="utf-8")
    result = handover.run("compared", audit=[str(other)], argocd_users=USERS)
    assert not passed(result)
    assert "does not hold the snapshot's own request" in result["msg"]


def test_applications_have_to_be_there_synced_and_healthy(handover: Handover) -> None:
    kube = handover.kube
    handover.snapshot()
    options = {"applications": True, "argocd_namespace": kube.namespace}
    assert "There is no Application" in handover.run("compared", **options)["msg"]
    kube.apply(APPLICATION_CRD, component="crds", wait=60.0)
    status = {"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Healthy"}}
    item = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web"}, "status": status}
    path = f"/apis/argoproj.io/v1alpha1/namespaces/{kube.namespace}/applications"
    kube.client.create(path, item)
    result = handover.run("compared", **options)
    assert passed(result), result
    assert result["applications"] == [{"name": "web", "sync": "Synced", "health": "Healthy", "revision": "abc"}]
    words = [{"type": "ComparisonError", "message": "repository not accessible"}]
    kube.client.merge(f"{path}/web", {"status": {"sync": {"status": "Unknown"}, "conditions": words}})
    result = handover.run("compared", **options)
    assert not passed(result)
    assert "Application web is Unknown and Healthy: ComparisonError: repository not accessible" in result["msg"]


def test_check_mode_writes_no_snapshot_and_tells_findings_as_warnings(handover: Handover) -> None:
    before = len(handover.kube.plane.writes())
    assert handover.run("snapshot", check=True)["objects"] == 6
    assert not handover.path.exists()
    assert "There is no snapshot" in str(handover.run("compared", check=True)["warnings"])
    handover.snapshot()
    handover.compared()
    assert len(handover.kube.plane.writes()) == before
    handover.kube.edit("configmaps/c1", {"data": {"a": "2"}})
    result = handover.run("compared", check=True)
    assert (result["passed"], result.get("failed")) == (False, None)
    assert "data.a" in str(result["warnings"])


def test_it_runs_as_a_task_with_the_connection_of_its_action_group(handover: Handover, tmp_path: pathlib.Path) -> None:
    options = handover.options("snapshot")
    shared = {"kubeconfig": options.pop("kubeconfig")}
    tasks = [{"inference.platform.adoption_proof": {**options, "state": state}} for state in ("snapshot", "compared")]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/inference.platform.cluster": shared},
        "tasks": tasks,
    }
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
    command += ["-e", f"ansible_python_interpreter={sys.executable}", str(path)]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=0" in done.stdout
