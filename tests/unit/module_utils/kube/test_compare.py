# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The local comparison says "nothing to do" only when an apply would change nothing."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.compare import doubt

Object = dict[str, t.Any]
MANAGER = "argocd-controller"


def owned(api_version: str, fields: Object) -> list[Object]:
    return [{"manager": MANAGER, "operation": "Apply", "apiVersion": api_version, "fieldsV1": fields}]


DESIRED: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "x", "labels": {"a": "1"}},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "nodeSelector": {"disk": "ssd"},
                "containers": [
                    {
                        "name": "main",
                        "args": ["-a", "-b"],
                        "ports": [{"containerPort": 80}],
                        "env": [
                            {"name": "A", "value": "1"},
                            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                        ],
                    }
                ],
            }
        },
    },
}

CONTAINER_FIELDS: Object = {
    ".": {},
    "f:name": {},
    "f:args": {},
    "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}},
    "f:env": {
        'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}},
        'k:{"name":"POD"}': {".": {}, "f:name": {}, "f:valueFrom": {"f:fieldRef": {}}},
    },
}


def live() -> Object:
    result = copy.deepcopy(DESIRED)
    result["metadata"] |= {"uid": "u", "resourceVersion": "7", "generation": 1}
    result["spec"] |= {"progressDeadlineSeconds": 600}
    container = result["spec"]["template"]["spec"]["containers"][0]
    container["ports"][0]["protocol"] = "TCP"
    container["env"][1]["valueFrom"]["fieldRef"]["apiVersion"] = "v1"
    container["imagePullPolicy"] = "IfNotPresent"
    pod = {"f:nodeSelector": {}, "f:containers": {'k:{"name":"main"}': CONTAINER_FIELDS}}
    fields = {"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:replicas": {}, "f:template": {"f:spec": pod}}}
    result["metadata"]["managedFields"] = owned("apps/v1", copy.deepcopy(fields))
    return result


def container(item: Object) -> Object:
    return t.cast(Object, item["spec"]["template"]["spec"]["containers"][0])


def test_an_equal_object_with_server_defaults_is_no_doubt() -> None:
    assert doubt(DESIRED, live(), MANAGER) is None


def test_what_only_the_live_object_has_is_no_doubt() -> None:
    item = live()
    item["status"] = {"replicas": 3}
    item["metadata"]["annotations"] = {"theirs": "1"}
    assert doubt(DESIRED, item, MANAGER) is None


def change_scalar(desired: Object, item: Object) -> None:
    item["spec"]["replicas"] = 2


def change_type(desired: Object, item: Object) -> None:
    desired["spec"]["replicas"] = True


def remove_owned_label(desired: Object, item: Object) -> None:
    del desired["metadata"]["labels"]


def remove_from_atomic_map(desired: Object, item: Object) -> None:
    item["spec"]["template"]["spec"]["nodeSelector"]["zone"] = "a"


def remove_from_atomic_list(desired: Object, item: Object) -> None:
    container(item)["args"].append("-c")


def reorder_atomic_list(desired: Object, item: Object) -> None:
    container(item)["args"].reverse()


def reorder_environment(desired: Object, item: Object) -> None:
    container(desired)["env"].reverse()


def remove_environment(desired: Object, item: Object) -> None:
    del container(desired)["env"][0]


def add_environment(desired: Object, item: Object) -> None:
    container(desired)["env"].append({"name": "B", "value": "2"})


def lose_environment(desired: Object, item: Object) -> None:
    del container(item)["env"][0]


def lose_ownership_of_a_field(desired: Object, item: Object) -> None:
    del item["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]


def other_manager(desired: Object, item: Object) -> None:
    item["metadata"]["managedFields"][0]["manager"] = "kubectl"


def other_operation(desired: Object, item: Object) -> None:
    item["metadata"]["managedFields"][0]["operation"] = "Update"


def other_version(desired: Object, item: Object) -> None:
    item["metadata"]["managedFields"][0]["apiVersion"] = "apps/v1beta1"


def subresource(desired: Object, item: Object) -> None:
    item["metadata"]["managedFields"][0]["subresource"] = "scale"


def default_inside_atomic_changed(desired: Object, item: Object) -> None:
    container(item)["env"][1]["valueFrom"]["fieldRef"]["apiVersion"] = "v2"


@pytest.mark.parametrize(
    "edit",
    [
        change_scalar,
        change_type,
        remove_owned_label,
        remove_from_atomic_map,
        remove_from_atomic_list,
        reorder_atomic_list,
        reorder_environment,
        remove_environment,
        add_environment,
        lose_environment,
        lose_ownership_of_a_field,
        other_manager,
        other_operation,
        other_version,
        subresource,
        default_inside_atomic_changed,
    ],
    ids=lambda edit: edit.__name__,
)
def test_a_difference_raises_a_doubt(edit: t.Callable[[Object, Object], None]) -> None:
    desired, item = copy.deepcopy(DESIRED), live()
    edit(desired, item)
    assert doubt(desired, item, MANAGER) is not None


def test_the_doubt_names_the_path() -> None:
    desired, item = copy.deepcopy(DESIRED), live()
    container(item)["env"][0]["value"] = "2"
    assert doubt(desired, item, MANAGER) == "spec.template.spec.containers.[0].env.[0].value"


def test_members_that_others_added_to_a_list_are_no_doubt() -> None:
    item = live()
    item["spec"]["template"]["spec"]["containers"].insert(0, {"name": "sidecar", "image": "y"})
    container_of_ours = item["spec"]["template"]["spec"]["containers"][1]
    container_of_ours["env"].append({"name": "INJECTED", "value": "1"})
    assert doubt(DESIRED, item, MANAGER) is None


def test_sets_are_compared_by_value() -> None:
    desired = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "a", "finalizers": ["mine"]}}
    item = copy.deepcopy(desired)
    item["metadata"]["finalizers"] = ["theirs", "mine"]
    item["metadata"]["managedFields"] = owned("v1", {"f:metadata": {"f:finalizers": {'v:"mine"': {}}}})
    assert doubt(desired, item, MANAGER) is None
    item["metadata"]["finalizers"] = ["theirs"]
    assert doubt(desired, item, MANAGER) is not None


def test_defaults_inside_values_owned_as_a_whole_are_only_trusted_for_built_in_kinds() -> None:
    desired = {"apiVersion": "example.com/v1", "kind": "X", "metadata": {"name": "a"}, "spec": {"list": [{"port": 1}]}}
    item = copy.deepcopy(desired)
    item["spec"]["list"][0]["protocol"] = "TCP"
    item["metadata"]["managedFields"] = owned("example.com/v1", {"f:spec": {"f:list": {}}})
    assert doubt(desired, item, MANAGER) == "spec.list"
