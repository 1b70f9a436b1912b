# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What counts as moved, which field is named, and who is said to have written it."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.inference.platform.plugins.module_utils.adoption.objects import Movement, compare, leaves
from ansible_collections.inference.platform.plugins.module_utils.adoption.records import LEADER

from .samples import DEPLOYMENT, Object, deployment, snapshot, with_status, written


def moved(before: Object, after: Object | None) -> Movement:
    return compare(snapshot(before), snapshot(after) if after else snapshot(missing=[DEPLOYMENT]))


def only(movement: Movement) -> tuple[str, list[str], str]:
    (found,) = movement.moved
    assert found.object == "Deployment serving/web"
    return found.what, list(found.fields), found.manager


def test_nothing_that_happened_is_nothing_found() -> None:
    assert moved(deployment(), deployment()) == Movement((), 0, ())


def test_a_spoiled_rendering_names_the_one_field_and_the_writer() -> None:
    containers = [{"name": "web", "image": "web:2"}]
    after = written(deployment(), template={"spec": {"containers": containers}})
    found = moved(deployment(), after)
    assert only(found) == ("changed", ["spec.template.spec.containers[0].image"], "argocd-controller")
    assert found.status_only == 0


def test_the_manager_that_is_new_is_the_writer() -> None:
    after = written(deployment(), "kubectl-edit", replicas=3)
    assert only(moved(deployment(), after)) == ("changed", ["spec.replicas"], "kubectl-edit")


def test_a_change_within_the_second_of_the_last_write_names_who_could_have_been_it() -> None:
    after = deployment()
    after["spec"]["replicas"] = 3
    after["metadata"] |= {"resourceVersion": "101", "generation": 2}
    assert only(moved(deployment(), after)) == ("changed", ["spec.replicas"], "argocd-controller")


def test_a_new_status_is_counted_and_no_finding() -> None:
    assert moved(deployment(), with_status(deployment(), readyReplicas=1)) == Movement((), 1, ())


def test_a_status_written_within_the_same_second_is_still_only_a_status() -> None:
    after = with_status(deployment(), readyReplicas=1)
    after["metadata"]["managedFields"] = deployment()["metadata"]["managedFields"]
    assert moved(deployment(), after).status_only == 1


def test_a_change_beside_a_new_status_is_found() -> None:
    after = with_status(written(deployment(), replicas=3), readyReplicas=3)
    found = moved(deployment(), after)
    assert only(found)[1] == ["spec.replicas"]
    assert found.status_only == 0


def test_an_annotation_written_with_the_status_names_the_controller() -> None:
    after = with_status(deployment(), readyReplicas=2)
    after["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "2"}
    claim = {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}
    after["metadata"]["managedFields"][1]["fieldsV1"]["f:metadata"] = claim
    what, fields, manager = only(moved(deployment(), after))
    assert (what, manager) == ("changed", "kube-controller-manager")
    assert fields == ["metadata.annotations.deployment.kubernetes.io/revision"]


def test_a_deleted_object_is_named() -> None:
    assert only(moved(deployment(), None)) == ("was deleted", [], "")


def test_an_object_created_again_with_equal_content_is_found_by_its_uid() -> None:
    after = deployment()
    after["metadata"] |= {"uid": "uid-2", "resourceVersion": "101"}
    assert only(moved(deployment(), after)) == (
        "was deleted and created again",
        ["metadata.uid"],
        "argocd-controller",
    )


def test_a_write_that_changes_no_value_is_found_by_its_time() -> None:
    assert only(moved(deployment(), written(deployment()))) == (
        "was written without a new value",
        ["metadata.managedFields[argocd-controller Apply].time"],
        "argocd-controller",
    )


def test_a_second_owner_of_a_field_is_found_and_the_field_named() -> None:
    after = written(deployment(), "kubectl")
    after["metadata"]["managedFields"][-1]["fieldsV1"] = {"f:spec": {"f:replicas": {}}}
    assert only(moved(deployment(), after)) == (
        "was written without a new value",
        ["metadata.managedFields[kubectl Update].spec.replicas"],
        "kubectl",
    )


def test_an_owner_that_went_is_found() -> None:
    after = deployment()
    after["metadata"]["managedFields"].pop(0)
    after["metadata"]["resourceVersion"] = "101"
    what, fields, _manager = only(moved(deployment(), after))
    assert what == "was written without a new value"
    assert "metadata.managedFields[argocd-controller Apply].spec.replicas" in fields


def test_a_new_generation_alone_is_a_finding() -> None:
    after = deployment()
    after["metadata"] |= {"generation": 3, "resourceVersion": "103"}
    assert only(moved(deployment(), after))[:2] == ("was written", ["metadata.generation"])


def test_a_write_that_left_no_trace_but_a_version_is_a_finding() -> None:
    after = deployment()
    after["metadata"]["resourceVersion"] = "101"
    assert only(moved(deployment(), after))[:2] == ("was written without a trace", ["metadata.resourceVersion"])


def test_a_deletion_that_waits_for_a_finalizer_is_found() -> None:
    after = deployment()
    after["metadata"] |= {"deletionTimestamp": "2026-11-21T10:01:00Z", "resourceVersion": "101", "generation": 2}
    assert only(moved(deployment(), after))[1] == ["metadata.deletionTimestamp"]


@pytest.mark.parametrize(("name", "quiet"), [(LEADER, True), ("example.org/note", False)])
def test_only_the_annotation_of_a_leader_may_move(name: str, quiet: bool) -> None:
    def elected(who: str, second: str) -> Object:
        item = deployment()
        fields = {"f:metadata": {"f:annotations": {".": {}, f"f:{name}": {}}}}
        entry = {"manager": "leader", "operation": "Update", "time": second, "fieldsV1": fields}
        item["metadata"]["managedFields"].append(entry)
        item["metadata"] |= {"annotations": {name: who}, "resourceVersion": second}
        return item

    found = moved(elected("a", "2026-11-21T10:00:00Z"), elected("b", "2026-11-21T10:00:02Z"))
    assert (found.moved == (), found.status_only) == (quiet, int(quiet))


def test_an_object_that_was_missing_is_named_whether_it_came_or_not() -> None:
    before = snapshot(missing=[DEPLOYMENT])
    assert only(compare(before, snapshot(missing=[DEPLOYMENT])))[0] == "did not exist before and does not now"
    assert only(compare(before, snapshot(deployment()))) == ("was created", ["metadata.uid"], "argocd-controller")


def test_objects_that_came_into_the_tree_since_are_listed_and_have_to_exist() -> None:
    assert compare(snapshot(), snapshot(deployment())).added == (DEPLOYMENT,)
    found = compare(snapshot(), snapshot(missing=[DEPLOYMENT]))
    assert only(found)[0] == "is in the tree and not in the cluster"


def test_the_input_is_not_changed() -> None:
    item = deployment()
    kept = copy.deepcopy(item)
    snapshot(item)
    assert item == kept


def test_paths_of_owned_fields() -> None:
    fields = {
        "f:metadata": {"f:labels": {".": {}, "f:app.kubernetes.io/name": {}}},
        "f:spec": {"f:list": {'k:{"name":"a"}': {"f:x": {}}}, "f:set": {'v:"b"': {}}},
    }
    assert list(leaves(fields)) == [
        "metadata.labels",
        "metadata.labels.app.kubernetes.io/name",
        'spec.list[{"name":"a"}].x',
        'spec.set["b"]',
    ]
