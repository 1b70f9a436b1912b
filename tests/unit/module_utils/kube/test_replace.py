# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What may be deleted and made anew, and what people are told."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import (
    ApiError,
    KubeError,
    cure,
    is_immutable,
)
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import identity
from ansible_collections.inference.platform.plugins.module_utils.kube.replace import Refusal, refuse, why_not

WORDS = "spec.selector: field is immutable"


def live(kind: str, **spec: t.Any) -> dict[str, t.Any]:
    version = "v1" if kind.startswith(("Persistent", "Name")) else "apps/v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "s"}, "spec": spec}


def refusal(kind: str, **spec: t.Any) -> Refusal:
    item = live(kind, **spec)
    return Refusal(identity(item), item, WORDS, ("spec",))


@pytest.mark.parametrize(
    "message",
    [
        "spec.selector: Invalid value: {}: field is immutable",
        "updates to statefulset spec for fields other than 'replicas' are forbidden",
        "spec.clusterIPs[0]: Invalid value: []: may not change once set",
        "roleRef: Invalid value: {}: cannot change roleRef",
        "value: Forbidden: may not be changed in an update.",
    ],
)
def test_what_only_a_new_object_can_have_is_known_and_explained(message: str) -> None:
    error = ApiError(422, {"message": message}, method="PATCH", path="/x")
    assert is_immutable(error)
    assert "force_replace" in cure(error)
    assert "force_replace" not in cure(error, "PersistentVolumeClaim")


def test_other_refusals_are_not_taken_for_it() -> None:
    assert not is_immutable(ApiError(422, {"message": "containerPort must be less"}, method="PATCH", path="/x"))
    assert not is_immutable(ApiError(409, {"message": "field is immutable"}, method="PATCH", path="/x"))


@pytest.mark.parametrize("kind", ["Namespace", "CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim"])
def test_what_holds_data_is_never_replaced(kind: str) -> None:
    assert "never replaced" in why_not(live(kind))


def test_a_stateful_set_goes_only_when_its_claims_stay() -> None:
    assert why_not(live("StatefulSet")) == ""
    assert why_not(live("StatefulSet", persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain"})) == ""
    assert "whenDeleted" in why_not(live("StatefulSet", persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"}))


def test_nothing_is_refused_when_nothing_is_wrong_or_when_it_was_asked_for() -> None:
    refuse([], asked=False, how="ask")
    refuse([refusal("Deployment")], asked=True, how="ask")


def test_what_nobody_asked_for_is_refused_with_the_servers_words_and_how_to_ask() -> None:
    with pytest.raises(KubeError) as caught:
        refuse([refusal("Deployment"), refusal("PersistentVolumeClaim")], asked=False, how="Ask for it.")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("2 objects have")
    assert lines[1] == f"Deployment s/x: {WORDS} Ask for it."
    assert "never replaced" in lines[2]
    assert "Ask for it" not in lines[2]


def test_asking_does_not_help_where_data_would_go() -> None:
    with pytest.raises(KubeError, match="1 object has") as caught:
        refuse([refusal("Deployment"), refusal("PersistentVolumeClaim")], asked=True, how="")
    assert "Deployment" not in str(caught.value)
