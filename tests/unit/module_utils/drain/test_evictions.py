# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the API server answers to an eviction, in words."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.drain.evictions import Evictions
from ansible_collections.inference.platform.plugins.module_utils.drain.pods import Object, Pod
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError, KubeError, TransportError

POD = Pod("serving", "a", "uid-a")


class Answering:
    """A client whose eviction has one answer."""

    def __init__(self, error: KubeError | None = None) -> None:
        self.error = error
        self.sent: list[tuple[str, Object, Object]] = []

    def create(self, path: str, body: Object, query: Object) -> None:
        self.sent.append((path, body, query))
        if self.error:
            raise self.error

    def find(self, _path: str) -> Object:
        return {"metadata": {"labels": {"app": "web"}}}

    def list(self, _path: str) -> tuple[list[Object], str]:
        status = {"currentHealthy": 1, "expectedPods": 1, "desiredHealthy": 1}
        selector = {"matchLabels": {"app": "web"}}
        item = {"metadata": {"name": "web"}, "spec": {"minAvailable": 1, "selector": selector}, "status": status}
        other = {"metadata": {"name": "other"}, "spec": {"selector": {"matchLabels": {"app": "other"}}}}
        return [item, other], "1"


def evict(error: KubeError | None = None, **options: bool) -> tuple[str, Answering]:
    client = Answering(error)
    return Evictions(t.cast(Client, client)).evict(POD, **options), client


def refusal(status: int, message: str) -> ApiError:
    return ApiError(status, {"message": message}, method="POST", path="/eviction")


def test_it_evicts_exactly_this_pod() -> None:
    answer, client = evict()
    assert answer == ""
    ((path, body, query),) = client.sent
    assert path == "/api/v1/namespaces/serving/pods/a/eviction"
    assert body["deleteOptions"] == {"preconditions": {"uid": "uid-a"}}
    assert query == {}
    assert evict(dry_run=True)[1].sent[0][2] == {"dryRun": "All"}


@pytest.mark.parametrize("error", [refusal(404, "not found"), refusal(409, "the UID in the precondition")])
def test_a_pod_that_is_gone_or_another_by_now_is_evicted(error: ApiError) -> None:
    assert evict(error)[0] == ""


def test_a_budget_that_blocks_is_named_with_its_numbers() -> None:
    answer, _client = evict(refusal(429, "Cannot evict pod as it would violate the pod's disruption budget."))
    assert "would violate" in answer
    assert "PodDisruptionBudget web, minAvailable: 1: 1 of 1 pods are healthy and 1 must stay so" in answer
    assert "other" not in answer


@pytest.mark.parametrize(
    "error",
    [
        refusal(503, "unavailable"),
        TransportError("does not answer", sent=True, refused=False),
        refusal(403, "namespace x is being terminated"),
        refusal(
            500, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        ),
    ],
)
def test_what_may_pass_is_a_reason_and_no_failure(error: KubeError) -> None:
    assert evict(error)[0]


@pytest.mark.parametrize("status", [403, 401, 422])
def test_what_does_not_pass_is_a_failure(status: int) -> None:
    with pytest.raises(ApiError):
        evict(refusal(status, "no"))
