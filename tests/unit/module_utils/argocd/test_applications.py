# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The objects by which Argo CD knows the tree."""

from __future__ import annotations

import pathlib
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.argocd import applications
from ansible_collections.inference.platform.plugins.module_utils.argocd.applications import Source
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import normalise, track
from ansible_collections.inference.platform.plugins.module_utils.tree import writer

Object = dict[str, t.Any]
SOURCE = Source("ssh://git@git.example.com/tree.git", "main", frozenset({"vllm"}))


def make_tree(folder: pathlib.Path) -> list[applications.Component]:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "router"}}
    inside = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "serving"}}
    for name, space, items in (("05-router", "kube-system", [role]), ("30-vllm", "serving", [inside])):
        component = name.partition("-")[2]
        writer.write(str(folder / name), [track(normalise(item), component, space) for item in items], check=False)
    return applications.components(["05-router", "30-vllm", "notes", ".git"])


def by_name(items: list[Object]) -> dict[tuple[str, str], Object]:
    return {(item["kind"], item["metadata"]["name"]): item for item in items}


def test_folders_that_are_no_components_are_left_out() -> None:
    assert applications.components(["notes", "30-vllm", "05-router", "x-y"]) == [(5, "router"), (30, "vllm")]


def test_each_component_becomes_an_application_of_its_folder_and_wave(tmp_path: pathlib.Path) -> None:
    items = by_name(applications.render(str(tmp_path), make_tree(tmp_path), SOURCE))
    app = items["Application", "router"]
    assert app["spec"]["source"] == {"repoURL": SOURCE.url, "targetRevision": "main", "path": "05-router"}
    assert app["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] == "5"
    # as the tracking annotations of cluster-wide objects have it, else Argo CD would write them
    assert app["spec"]["destination"]["namespace"] == "kube-system"
    assert "ServerSideApply=true" in app["spec"]["syncPolicy"]["syncOptions"]
    assert app["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}


def test_what_costs_money_is_synced_by_hand_where_the_inventory_says_so(tmp_path: pathlib.Path) -> None:
    items = by_name(applications.render(str(tmp_path), make_tree(tmp_path), SOURCE))
    assert "automated" not in items["Application", "vllm"]["spec"]["syncPolicy"]


def test_deleting_the_root_deletes_nothing_and_deleting_a_component_deletes_its_objects(tmp_path: pathlib.Path) -> None:
    items = by_name(applications.render(str(tmp_path), make_tree(tmp_path), SOURCE))
    assert "finalizers" not in items["Application", "root"]["metadata"]
    assert items["Application", "vllm"]["metadata"]["finalizers"] == [applications.FINALIZER]


def test_the_project_permits_what_the_tree_holds_and_nothing_else(tmp_path: pathlib.Path) -> None:
    spec = by_name(applications.render(str(tmp_path), make_tree(tmp_path), SOURCE))["AppProject", "platform"]["spec"]
    assert spec["sourceRepos"] == [SOURCE.url]
    assert [entry["namespace"] for entry in spec["destinations"]] == ["argocd", "kube-system", "serving"]
    assert spec["clusterResourceWhitelist"] == [{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}]
    kinds = {entry["kind"] for entry in spec["namespaceResourceWhitelist"]}
    assert kinds == {"Application", "AppProject", "ConfigMap"}


def test_the_last_object_of_a_kind_can_be_pruned_while_its_definition_is_in_the_tree() -> None:
    names = {"kind": "ExternalSecret"}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "externalsecrets.external-secrets.io"},
        "spec": {"group": "external-secrets.io", "names": names, "scope": "Namespaced"},
    }
    spec = applications.project([definition], SOURCE)["spec"]
    assert spec["namespaceResourceWhitelist"] == [{"group": "external-secrets.io", "kind": "ExternalSecret"}]
    assert [entry["kind"] for entry in spec["clusterResourceWhitelist"]] == ["CustomResourceDefinition"]


def test_the_project_that_would_permit_everything_is_locked(tmp_path: pathlib.Path) -> None:
    default = by_name(applications.render(str(tmp_path), make_tree(tmp_path), SOURCE))["AppProject", "default"]
    assert set(default["spec"]) == {"description"}


def test_the_source_is_read_back_from_the_living_root(tmp_path: pathlib.Path) -> None:
    items = by_name(applications.render(str(tmp_path), make_tree(tmp_path), SOURCE))
    assert applications.source_of(items["Application", "root"]) == SOURCE


def test_rendering_again_with_the_applications_in_the_tree_gives_the_same(tmp_path: pathlib.Path) -> None:
    present = make_tree(tmp_path)
    first = applications.render(str(tmp_path), present, SOURCE)
    writer.write(applications.root_folder(str(tmp_path)), first, check=False)
    with_root = applications.components(["05-router", "30-vllm", "61-root"])
    assert applications.render(str(tmp_path), with_root, SOURCE) == first
