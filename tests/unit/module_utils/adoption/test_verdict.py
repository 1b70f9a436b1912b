# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The tree without what is new, the file, and the verdict over everything."""

from __future__ import annotations

import dataclasses
import json
import pathlib

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.adoption import objects, pods, store
from ansible_collections.inference.platform.plugins.module_utils.adoption.applications import application
from ansible_collections.inference.platform.plugins.module_utils.adoption.audit import Trail, Write
from ansible_collections.inference.platform.plugins.module_utils.adoption.records import LEADER, Snapshot, record
from ansible_collections.inference.platform.plugins.module_utils.adoption.tree import adopted, unadopted
from ansible_collections.inference.platform.plugins.module_utils.adoption.verdict import Proof, message
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

from .samples import DEPLOYMENT, LATER, MARK, Object, deployment, live_pod, snapshot, target_of, written


def config(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "llm-gateway"}}


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> pathlib.Path:
    for folder, items in {
        "30-vllm": [deployment()],
        "55-litellm": [config("settings")],
        "61-argocd-applications": [config("new"), config("settings")],
        ".git": [config("hidden")],
        "notes": [config("other")],
    }.items():
        (tmp_path / folder).mkdir()
        for item in items:
            (tmp_path / folder / f"{item['metadata']['name']}.yaml").write_text(yaml.safe_dump(item), encoding="utf-8")
    (tmp_path / "70-README").write_text("no folder", encoding="utf-8")
    return tmp_path


def test_excluded_components_are_not_adopted_and_an_object_of_both_is(tree: pathlib.Path) -> None:
    found = adopted(str(tree), ["argocd-applications"])
    assert [str(target.key) for target in found.targets] == ["Deployment serving/web", "ConfigMap llm-gateway/settings"]
    assert [target.component for target in found.targets] == ["vllm", "litellm"]
    assert [str(key) for key in found.excluded] == ["ConfigMap llm-gateway/new"]


def test_pods_are_looked_for_where_the_tree_runs_some(tree: pathlib.Path) -> None:
    assert adopted(str(tree), []).namespaces == ("serving",)


def test_a_tree_without_objects_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KubeError, match="no object that could be adopted"):
        adopted(str(tmp_path), [])
    with pytest.raises(KubeError, match="Cannot read the tree"):
        adopted(str(tmp_path / "none"), [])


def test_workloads_that_came_since_the_snapshot_are_not_adopted(tree: pathlib.Path) -> None:
    wanted = adopted(str(tree), ["argocd-applications"])
    assert ("Deployment", "serving", "web") in unadopted(snapshot(), wanted)
    assert ("Deployment", "serving", "web") not in unadopted(snapshot(deployment()), wanted)
    assert ("Deployment", "serving", "web") not in unadopted(snapshot(missing=[DEPLOYMENT]), wanted)


def test_a_snapshot_comes_back_from_its_file_which_only_its_owner_reads(tmp_path: pathlib.Path) -> None:
    taken = snapshot(deployment(), pods=[live_pod()], missing=[target_of(config("gone"))])
    path = tmp_path / "new" / "before.json"
    store.save(str(path), taken)
    store.save(str(path), taken)
    assert store.load(str(path)) == taken
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["before.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"form": 0}', '{"form": 1, "mark": {}}', '{"form": 1}'])
def test_a_file_that_is_no_snapshot_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "before.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KubeError, match="snapshot"):
        store.load(str(path))


def test_values_of_a_secret_never_reach_the_file() -> None:
    item = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "n"},
        "data": {"a": "c2VjcmV0"},
    }
    item["metadata"] |= {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "c2VjcmV0", LEADER: "x"}}
    assert "c2VjcmV0" not in json.dumps(record(target_of(item), item), default=vars)


def proof(after: Snapshot, **more: object) -> Proof:
    before = snapshot(deployment(), pods=[live_pod()])
    fine = application(
        {"metadata": {"name": "vllm"}, "status": {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}}
    )
    parts: dict[str, object] = {
        "trail": Trail((), 0, True, "2026-11-21T10:05:00.000000Z", ("audit.log",)),
        "applications": (fine,),
        **more,
    }
    found = objects.compare(before, after), tuple(pods.compare(before, after))
    return Proof(before, dataclasses.replace(after, mark=LATER), *found, **parts)  # type: ignore[arg-type]


def test_a_quiet_handover_passes_with_everything_at_zero() -> None:
    result = proof(snapshot(deployment(), pods=[live_pod()])).as_result()
    assert (result["passed"], result["objects"], result["writes"], result["moved"], result["restarts"]) == (
        True,
        1,
        [],
        [],
        [],
    )
    assert result["report"]["counts"] == {
        "objects": 1,
        "pods": 1,
        "moved": 0,
        "restarts": 0,
        "status_only": 0,
        "added": 0,
        "writes": 0,
        "status_writes": 0,
    }
    assert result["report"]["from"] == MARK.time
    assert json.loads(json.dumps(result)) == result


def test_each_kind_of_finding_stands_in_the_message() -> None:
    write = Write("Deployment serving/web", "patch", "", "argocd", "2026-11-21T10:01:00Z", 200)
    found = proof(
        snapshot(written(deployment(), replicas=3), pods=[live_pod(restarts=1)]),
        trail=Trail((write,), 0, True, "2026-11-21T10:05:00.000000Z", ()),
        applications=(application({"metadata": {"name": "vllm"}}),),
    )
    assert message(found.problems()).splitlines() == [
        "The handover was not free of consequences: 4 findings.",
        "- Argo CD wrote Deployment serving/web: patch by argocd at 2026-11-21T10:01:00Z",
        "- Deployment serving/web changed: spec.replicas (written by argocd-controller)",
        "- Pod serving/web-5d9f-abcde of Deployment web: container web restarted (restarts 0 -> 1)",
        "- Application vllm is Unknown and Unknown",
    ]
    assert found.as_result()["passed"] is False


def test_no_application_at_all_is_no_handover() -> None:
    same = snapshot(deployment(), pods=[live_pod()])
    assert proof(same, applications=()).problems() == ["There is no Application: Argo CD has taken over nothing."]
    assert proof(same, applications=None).problems() == []


def test_a_snapshot_of_another_cluster_proves_nothing() -> None:
    found = proof(snapshot(deployment(), pods=[live_pod()]))
    other = dataclasses.replace(found.after, mark=dataclasses.replace(LATER, cluster="cluster-2"))
    assert "another cluster" in dataclasses.replace(found, after=other).problems()[0]


def test_a_log_that_proves_nothing_fails_the_proof() -> None:
    trail = Trail((), 0, False, "2026-11-21T10:05:00.000000Z", ("audit.log",))
    assert len(proof(snapshot(deployment(), pods=[live_pod()]), trail=trail).problems()) == 1


def test_a_long_list_of_findings_is_cut_in_the_message() -> None:
    assert message([str(number) for number in range(40)]).endswith("- and 10 more, see report.problems")
