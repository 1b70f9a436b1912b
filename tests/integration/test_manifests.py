# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The apply engine against a real API server: what it writes, what it leaves alone, what it puts back."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest
from kube_fixture.fixtures import Kube

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

Object = dict[str, t.Any]


def config_map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str, **container: t.Any) -> Object:
    labels = {"app": name}
    pod = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "main", "image": "example/x:1", **container}]},
    }
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def writes(kube: Kube, job: t.Callable[[], t.Any]) -> list[str]:
    """Requests that write which ``job`` sent, as the API server audited them."""
    before = len(kube.plane.writes())
    job()
    return [f"{entry['verb']} {entry['requestURI']}" for entry in kube.plane.writes()[before:]]


def test_creates_and_then_sends_no_request_that_writes(kube: Kube) -> None:
    objects = [config_map(f"c{number}", a="1") for number in range(10)]
    assert set(kube.actions(kube.apply(*objects)).values()) == {"created"}
    again: list[dict[str, t.Any]] = []
    assert writes(kube, lambda: again.append(kube.apply(*objects))) == []
    assert again[0]["changed"] is False
    assert "DRY-RUN" not in again[0]["requests"]


def test_objects_carry_tracking_annotation_labels_and_manager(kube: Kube) -> None:
    kube.apply(deployment("web"))
    metadata = kube.get("apps/deployments/web")["metadata"]
    tracking = metadata["annotations"]["argocd.argoproj.io/tracking-id"]
    assert tracking == f"{kube.component}:apps/Deployment:{kube.namespace}/web"
    assert metadata["labels"]["app.kubernetes.io/part-of"] == "inference-platform"
    applied = [
        (entry["manager"], entry["operation"]) for entry in metadata["managedFields"] if not entry.get("subresource")
    ]
    assert ("argocd-controller", "Apply") in applied


def test_a_changed_field_is_written_and_named(kube: Kube) -> None:
    kube.apply(config_map("a", x="1"), config_map("b", x="1"))
    result = kube.apply(config_map("a", x="2"), config_map("b", x="1"))
    assert kube.actions(result) == {"a": "configured", "b": "unchanged"}
    assert next(entry["fields"] for entry in result["objects"] if entry["name"] == "a") == ["data.x"]
    assert kube.get("configmaps/a")["data"] == {"x": "2"}


def test_a_field_removed_from_the_object_is_removed_in_the_cluster(kube: Kube) -> None:
    kube.apply(config_map("a", x="1", y="2"))
    result = kube.apply(config_map("a", x="1"))
    assert kube.actions(result) == {"a": "configured"}
    assert kube.get("configmaps/a")["data"] == {"x": "1"}


def test_a_key_removed_from_an_atomic_map_is_removed_in_the_cluster(kube: Kube) -> None:
    wanted = deployment("web")
    wanted["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd", "zone": "a"}
    kube.apply(wanted)
    wanted["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "ssd"}
    assert kube.actions(kube.apply(wanted)) == {"web": "configured"}
    assert kube.get("apps/deployments/web")["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}


def test_an_edit_by_somebody_else_is_seen_and_put_back(kube: Kube) -> None:
    kube.apply(config_map("a", x="1"))
    kube.edit("configmaps/a", {"data": {"x": "hacked"}})
    result = kube.apply(config_map("a", x="1"))
    assert kube.actions(result) == {"a": "configured"}
    assert kube.get("configmaps/a")["data"] == {"x": "1"}


def test_a_field_that_somebody_else_adds_is_left_alone(kube: Kube) -> None:
    kube.apply(config_map("a", x="1"))
    kube.edit("configmaps/a", {"data": {"extra": "theirs"}, "metadata": {"annotations": {"theirs": "1"}}})
    assert writes(kube, lambda: kube.apply(config_map("a", x="1"))) == []
    assert kube.get("configmaps/a")["data"] == {"x": "1", "extra": "theirs"}


def test_an_object_of_another_manager_is_adopted_once(kube: Kube) -> None:
    kube.client.create(kube.path("configmaps/a").rpartition("/")[0], config_map("a", x="1"))
    assert kube.actions(kube.apply(config_map("a", x="1"))) == {"a": "configured"}
    assert writes(kube, lambda: kube.apply(config_map("a", x="1"))) == []
    assert kube.actions(kube.apply(config_map("a"))) == {"a": "configured"}


SAME = {
    "quantities": {"resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}, "limits": {"memory": "2048Mi"}}},
    "ports without protocol": {"ports": [{"containerPort": 80}, {"containerPort": 81, "name": "two"}]},
    "a numbered and a named probe port": {
        "ports": [{"containerPort": 80, "name": "http"}],
        "livenessProbe": {"httpGet": {"path": "/", "port": 80}},
        "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
    },
    "environment in any order": {
        "env": [
            {"name": "Z", "value": "1"},
            {"name": "A", "value": ""},
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ]
    },
    "empty maps and nulls": {"securityContext": {}, "resources": {}, "workingDir": None},
    "duplicate environment sources": {"envFrom": [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b"}}]},
}


@pytest.mark.parametrize("container", SAME.values(), ids=SAME.keys())
def test_what_the_server_stores_in_other_words_is_not_written_again(kube: Kube, container: dict[str, t.Any]) -> None:
    kube.apply(deployment("web", **container))
    assert writes(kube, lambda: kube.apply(deployment("web", **container))) == []


def test_environment_in_another_order_is_a_change(kube: Kube) -> None:
    pair = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    kube.apply(deployment("web", env=pair))
    kube.apply(deployment("web", env=pair[::-1]))
    container = kube.get("apps/deployments/web")["spec"]["template"]["spec"]["containers"][0]
    assert [entry["name"] for entry in container["env"]] == ["B", "A"]
    assert writes(kube, lambda: kube.apply(deployment("web", env=pair[::-1]))) == []


def test_a_container_added_by_an_injector_is_left_alone(kube: Kube) -> None:
    kube.apply(deployment("web"))
    live = kube.get("apps/deployments/web")
    sidecar = {"name": "sidecar", "image": "example/y:1"}
    containers = [*live["spec"]["template"]["spec"]["containers"], sidecar]
    kube.edit("apps/deployments/web", {"spec": {"template": {"spec": {"containers": containers}}}})
    assert writes(kube, lambda: kube.apply(deployment("web"))) == []
    assert len(kube.get("apps/deployments/web")["spec"]["template"]["spec"]["containers"]) == 2


BUILT_IN: list[Object] = [
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "s"},
        "spec": {
            "selector": {"app": "s"},
            "ports": [{"port": 80, "targetPort": "http", "name": "a"}, {"port": 81, "name": "b"}],
        },
    },
    {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "replicas": 0,
            "serviceName": "db",
            "selector": {"matchLabels": {"app": "db"}},
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [{"name": "db", "image": "x:1"}]},
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                }
            ],
        },
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "n"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "s"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {}}], "ports": [{"port": 80, "protocol": "TCP"}, {"port": 81}]}],
        },
    },
    {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "r"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
    },
    {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "j"},
        "spec": {
            "suspend": True,
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "j", "image": "x:1", "args": ["a"]}]}
            },
        },
    },
    {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "p"},
        "spec": {"maxUnavailable": "50%", "selector": {"matchLabels": {"app": "s"}}},
    },
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "plain"}, "stringData": {"a": "b"}},
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sa"}, "automountServiceAccountToken": False},
]


@pytest.mark.parametrize("item", BUILT_IN, ids=lambda item: item["kind"])
def test_built_in_kinds_are_compared_without_asking_the_server(kube: Kube, item: Object) -> None:
    kube.apply(item)
    result: list[dict[str, t.Any]] = []
    assert writes(kube, lambda: result.append(kube.apply(item))) == []
    assert "DRY-RUN" not in result[0]["requests"]


def test_what_left_the_component_is_pruned(kube: Kube) -> None:
    kube.apply(config_map("a"), config_map("b"))
    assert kube.actions(kube.apply(config_map("a"))) == {"a": "unchanged", "b": "pruned"}
    assert kube.find("configmaps/b") is None
    assert kube.actions(kube.apply(config_map("a"))) == {"a": "unchanged"}


def test_an_object_that_left_is_not_pruned_when_another_component_has_it(kube: Kube) -> None:
    kube.apply(config_map("a"), config_map("b"))
    kube.apply(config_map("b"), component=f"other-{kube.namespace}")
    assert kube.actions(kube.apply(config_map("a"))) == {"a": "unchanged", "b": "kept"}
    assert kube.find("configmaps/b") is not None


def test_without_prune_nothing_is_deleted_and_a_later_prune_still_finds_it(kube: Kube) -> None:
    kube.apply(config_map("a"), config_map("b"))
    assert kube.actions(kube.apply(config_map("a"), prune=False)) == {"a": "unchanged"}
    assert kube.actions(kube.apply(config_map("a")))["b"] == "pruned"


def test_a_run_interrupted_before_the_prune_loses_nothing(kube: Kube, monkeypatch: pytest.MonkeyPatch) -> None:
    kube.apply(config_map("a"), config_map("b"))
    module = "ansible_collections.inference.platform.plugins.module_utils.kube.run._Run._remove"

    def killed(*_arguments: t.Any, **_options: t.Any) -> t.NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, killed)
        with pytest.raises(KeyboardInterrupt):
            kube.apply(config_map("a"), config_map("c"))
    assert kube.find("configmaps/b") is not None
    assert kube.actions(kube.apply(config_map("a"))) == {"a": "unchanged", "b": "pruned", "c": "pruned"}


def test_namespaces_are_never_pruned_unless_asked_for(kube: Kube) -> None:
    name = f"extra-{kube.namespace}"
    kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    assert kube.actions(kube.apply()) == {name: "kept"}
    assert kube.actions(kube.apply(prune_also=frozenset({"Namespace"}))) == {name: "pruned"}


def test_absent_deletes_everything_and_again_changes_nothing(kube: Kube) -> None:
    objects = [config_map("a"), deployment("web")]
    kube.apply(*objects)
    result = kube.apply(absent=True, wait=30.0)
    assert set(kube.actions(result).values()) == {"pruned"}
    assert kube.find("apps/deployments/web") is None
    assert kube.apply(absent=True)["changed"] is False


def test_check_mode_predicts_everything_and_writes_nothing(kube: Kube) -> None:
    kube.apply(config_map("a", x="1"), config_map("b", x="1"), config_map("c"))
    results: list[dict[str, t.Any]] = []
    wanted = (config_map("a", x="2"), config_map("b", x="1"), config_map("d"))
    assert writes(kube, lambda: results.append(kube.apply(*wanted, check=True))) == []
    assert kube.actions(results[0]) == {"a": "configured", "b": "unchanged", "c": "pruned", "d": "created"}
    assert kube.actions(kube.apply(*wanted)) == kube.actions(results[0])


def test_check_mode_predicts_objects_whose_namespace_does_not_exist_yet(kube: Kube) -> None:
    name = f"later-{kube.namespace}"
    inside = config_map("a")
    inside["metadata"]["namespace"] = name
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, inside]
    assert set(kube.actions(kube.apply(*objects, check=True)).values()) == {"created"}
    assert set(kube.actions(kube.apply(*objects)).values()) == {"created"}


def test_check_mode_refuses_what_the_server_would_refuse(kube: Kube) -> None:
    with pytest.raises(KubeError, match=r"imagee.*kind does not know"):
        kube.apply(deployment("web", imagee="x"), check=True)


def test_diff_shows_the_change_and_hides_secrets(kube: Kube) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "c2VjcmV0", "l": "YQ=="}}
    kube.apply(config_map("a", x="old"), secret)
    changed = {**secret, "data": {"k": "bmV3", "l": "YQ=="}}
    result = kube.apply(config_map("a", x="new"), changed, diff=True)
    texts = {entry["after_header"]: entry for entry in result["diff"]}
    plain = texts[f"ConfigMap {kube.namespace}/a"]
    assert "x: old" in plain["before"]
    assert "x: new" in plain["after"]
    hidden = texts[f"Secret {kube.namespace}/s"]
    assert "c2VjcmV0" not in str(result)
    assert "bmV3" not in str(result)
    assert "k: '*** (before)'" in hidden["before"]
    assert "l: '***'" in hidden["after"]


def test_a_refused_object_is_named_with_the_servers_words_and_the_others_are_applied(kube: Kube) -> None:
    with pytest.raises(KubeError) as caught:
        kube.apply(config_map("good"), deployment("bad", ports=[{"containerPort": 99999999}]))
    message = str(caught.value)
    assert f"Deployment {kube.namespace}/bad" in message
    assert "422" in message
    assert "containerPort" in message
    assert kube.find("configmaps/good") is not None
    assert [entry["name"] for entry in caught.value.failure["applied"]] == ["good"]


def test_an_immutable_field_is_explained_and_replaced_only_when_asked(kube: Kube) -> None:
    job = BUILT_IN[4]
    kube.apply(job)
    changed = {
        **job,
        "spec": {**job["spec"], "template": {"spec": {**job["spec"]["template"]["spec"], "hostNetwork": True}}},
    }
    before = kube.get("batch/jobs/j")["metadata"]["uid"]
    with pytest.raises(KubeError, match="force_replace"):
        kube.apply(changed)
    assert kube.actions(kube.apply(changed, force_replace=True, check=True)) == {"j": "replaced"}
    assert kube.get("batch/jobs/j")["metadata"]["uid"] == before
    assert kube.actions(kube.apply(changed, force_replace=True)) == {"j": "replaced"}
    assert kube.get("batch/jobs/j")["metadata"]["uid"] != before
    assert writes(kube, lambda: kube.apply(changed, force_replace=True)) == []


def test_an_api_server_that_restarts_in_the_middle_is_waited_for(kube: Kube) -> None:
    objects = [config_map(f"c{number}", a="1") for number in range(200)]
    results: list[dict[str, t.Any]] = []
    thread = threading.Thread(target=lambda: results.append(kube.apply(*objects)))
    thread.start()
    while kube.find("configmaps/c3") is None:
        time.sleep(0.002)
    kube.plane.stop_api_server()
    time.sleep(0.5)
    kube.plane.start_api_server()
    thread.join(90)
    assert len(results) == 1
    assert results[0]["requests"]["PATCH"] > 201
    assert set(kube.actions(results[0]).values()) == {"created"}
    assert kube.apply(*objects)["changed"] is False


def test_an_object_too_large_for_an_annotation_is_applied_and_compared(kube: Kube) -> None:
    big = config_map("big", text="x" * 400_000)
    assert kube.apply(big)["objects"][0]["action"] == "created"
    assert kube.apply(big)["changed"] is False


def test_two_runs_at_once_both_succeed(kube: Kube) -> None:
    objects = [config_map(f"c{number}", a="1") for number in range(30)]
    results: list[dict[str, t.Any]] = []
    threads = [threading.Thread(target=lambda: results.append(kube.apply(*objects))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 3
    assert kube.apply(*objects)["changed"] is False


def test_a_namespace_that_is_still_being_deleted_is_waited_for(kube: Kube) -> None:
    name = f"again-{kube.namespace}"
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    inside = config_map("a")
    inside["metadata"]["namespace"] = name
    kube.apply(space, inside)
    uid = kube.client.get(f"/api/v1/namespaces/{name}")["metadata"]["uid"]
    kube.client.delete(f"/api/v1/namespaces/{name}", uid=uid, propagation="Background")
    kube.apply(space, inside)
    assert kube.client.get(f"/api/v1/namespaces/{name}")["metadata"]["uid"] != uid
    assert kube.client.get(f"/api/v1/namespaces/{name}/configmaps/a")
