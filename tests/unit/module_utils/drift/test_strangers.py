# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who answers for a live object that Git does not have."""

from __future__ import annotations

import re
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.drift.records import Entry
from ansible_collections.inference.platform.plugins.module_utils.drift.strangers import _claims, is_stranger
from ansible_collections.inference.platform.plugins.module_utils.kube.objects import identity

Object = dict[str, t.Any]

APPLIED = {"manager": "argocd-controller", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {}}}


def item(kind: str, name: str = "x", **rest: t.Any) -> Object:
    metadata = {"name": name, "namespace": "space", **rest.pop("metadata", {})}
    return {"apiVersion": rest.pop("api", "v1"), "kind": kind, "metadata": metadata, **rest}


@pytest.mark.parametrize(
    "found",
    [
        item("ConfigMap"),
        item("Secret", type="Opaque"),
        item("Secret", metadata={"managedFields": [{**APPLIED, "manager": "kubectl"}]}),
        item("ServiceAccount"),
        item("PersistentVolumeClaim", "data-other-0"),
        item("Deployment", api="apps/v1"),
    ],
)
def test_what_a_person_made_is_a_stranger(found: Object) -> None:
    assert is_stranger(found, set(), [re.compile(r"space/data-db-\d+")])


@pytest.mark.parametrize(
    "found",
    [
        item("ConfigMap", "kube-root-ca.crt"),
        item("ConfigMap", "inference-platform-inventory-vllm"),
        item("ServiceAccount", "default"),
        item("Secret", metadata={"labels": {"app.kubernetes.io/part-of": "inference-platform"}}),
        item("Secret", metadata={"labels": {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}}),
        item("Secret", metadata={"managedFields": [APPLIED]}),
        item("Secret", type="kubernetes.io/service-account-token"),
        item("Pod"),
        item("Lease", api="coordination.k8s.io/v1"),
        item("ReplicaSet", api="apps/v1", metadata={"ownerReferences": [{"kind": "Deployment"}]}),
        item("Job", api="batch/v1", metadata={"ownerReferences": [{"kind": "CronJob"}]}),
        item("Deployment", api="apps/v1", metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}),
        item("PersistentVolumeClaim", "data-db-0"),
    ],
)
def test_what_somebody_answers_for_is_no_stranger(found: Object) -> None:
    assert not is_stranger(found, set(), [re.compile(r"space/data-db-\d+")])


def test_what_git_has_is_no_stranger() -> None:
    found = item("ConfigMap")
    assert not is_stranger(found, {identity(found)})


def test_claims_of_a_stateful_set_are_known_by_their_names() -> None:
    template = {"metadata": {"name": "data"}}
    found = item("StatefulSet", "db", api="apps/v1", spec={"volumeClaimTemplates": [template]})
    [pattern] = _claims({identity(found): Entry("50-db", "x.yaml", found)})
    assert pattern.fullmatch("space/data-db-0")
    assert not pattern.fullmatch("space/data-db-x")
    assert not pattern.fullmatch("other/data-db-0")
