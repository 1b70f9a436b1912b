# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Objects: what is refused, the form they are sent in, tracking and order."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube import objects
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ObjectError
from ansible_collections.inference.platform.plugins.module_utils.kube.scope import place

Object = objects.Object


def item(kind: str, name: str = "x", api_version: str = "v1", **rest: object) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (["a"], "not a mapping but list"),
        ({"kind": "X", "metadata": {"name": "a"}}, "apiVersion must be a text"),
        ({"apiVersion": "v1", "metadata": {"name": "a"}}, "kind must be a text"),
        ({"apiVersion": "v1", "kind": "X"}, "metadata.name must be a text"),
        ({"apiVersion": "v1", "kind": "X", "metadata": {"name": 7}}, "it is 7"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(document: object, words: str) -> None:
    with pytest.raises(ObjectError, match=f"file.yaml, document 2.*{words}"):
        objects.flatten([item("ConfigMap"), document], "file.yaml")


def test_lists_are_opened() -> None:
    found = objects.flatten([{"apiVersion": "v1", "kind": "List", "items": [item("A"), item("B")]}], "f")
    assert [entry["kind"] for entry in found] == ["A", "B"]


def test_one_identity_given_twice_is_refused_across_versions() -> None:
    pair = [item("X", api_version="example.com/v1"), item("X", api_version="example.com/v2")]
    with pytest.raises(ObjectError, match=r"X\.example\.com x is given twice"):
        objects.refuse_duplicates(pair)


def test_normal_form_drops_what_only_the_server_writes_and_nulls() -> None:
    given = item("X", status={"a": 1}, spec={"a": None, "b": [{"c": None}]})
    given["metadata"] |= {"uid": "u", "creationTimestamp": None, "resourceVersion": "1"}
    assert objects.normalise(given) == {**item("X"), "spec": {"b": [{}]}}


def test_normal_form_turns_string_data_into_data() -> None:
    given = item("Secret", stringData={"a": "text"}, data={"b": "Yg=="})
    assert objects.normalise(given)["data"] == {"a": "dGV4dA==", "b": "Yg=="}


def test_tracking_id_names_group_kind_namespace_and_name() -> None:
    tracked = objects.track(item("ConfigMap"), "app", "space")
    assert tracked["metadata"]["annotations"][objects.TRACKING] == "app:/ConfigMap:space/x"
    tracked = objects.track(item("ClusterRole", api_version="rbac.authorization.k8s.io/v1"), "app", "space")
    expected = "app:rbac.authorization.k8s.io/ClusterRole:space/x"
    assert tracked["metadata"]["annotations"][objects.TRACKING] == expected


def test_definitions_are_not_tracked_and_labels_of_the_object_win() -> None:
    given = item("CustomResourceDefinition", api_version="apiextensions.k8s.io/v1")
    given["metadata"]["labels"] = {objects.PART_OF: "theirs"}
    metadata = objects.track(given, "app", "space")["metadata"]
    assert objects.TRACKING not in metadata["annotations"]
    assert metadata["labels"] == {objects.PART_OF: "theirs", objects.MANAGED_BY: "inference-platform"}
    assert given["metadata"]["labels"] == {objects.PART_OF: "theirs"}


def test_argo_cd_is_told_to_keep_what_holds_other_things() -> None:
    for kind in ("Namespace", "PersistentVolumeClaim", "CustomResourceDefinition"):
        annotations = objects.track(item(kind), "app", "space")["metadata"]["annotations"]
        assert annotations["argocd.argoproj.io/sync-options"] == "Delete=false,Prune=false"
    assert set(objects.track(item("ConfigMap"), "app", "space")["metadata"]["annotations"]) == {objects.TRACKING}


def test_a_component_whose_name_begins_another_does_not_own_its_objects() -> None:
    live = objects.track(item("ConfigMap"), "vllm-extra", "space")
    assert not objects.tracked_by(live, "vllm")
    assert objects.tracked_by(live, "vllm-extra")


def test_the_order_is_namespaces_definitions_built_in_gates_custom() -> None:
    given = [
        item("Widget", api_version="example.com/v1"),
        item("ValidatingWebhookConfiguration", api_version="admissionregistration.k8s.io/v1"),
        item("Deployment", api_version="apps/v1"),
        item("ConfigMap"),
        item("CustomResourceDefinition", api_version="apiextensions.k8s.io/v1"),
        item("Namespace"),
    ]
    assert sorted(given, key=objects.order) == given[::-1]


def test_namespaces_are_given_to_what_lives_in_one_only() -> None:
    definition = item("CustomResourceDefinition", api_version="apiextensions.k8s.io/v1")
    definition["spec"] = {"group": "example.com", "names": {"kind": "Thing"}, "scope": "Cluster"}
    given = [item("ConfigMap"), item("Namespace"), definition, item("Thing", api_version="example.com/v1")]
    given.append({**item("Secret"), "metadata": {"name": "x", "namespace": "own"}})
    placed = place(given, "space", None)
    assert [entry["metadata"].get("namespace") for entry in placed] == ["space", None, None, None, "own"]


def test_inventory_lines_come_back() -> None:
    key = objects.Identity("apps", "Deployment", "space", "web")
    assert objects.Identity.from_line(key.line()) == key
