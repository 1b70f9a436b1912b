# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Kinds that discovery does not tell of yet, or not any more."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.discovery import Discovery, UnknownKindError
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError

DEFINITION: dict[str, t.Any] = {
    "metadata": {"name": "appprojects.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "scope": "Namespaced",
        "names": {"kind": "AppProject", "plural": "appprojects"},
        "versions": [{"name": "v1alpha1", "served": True}, {"name": "v1alpha0", "served": False}],
    },
}


class Behind(Client):
    """A server with CRDs whose discovery knows none of their kinds."""

    def __init__(self, *definitions: dict[str, t.Any]) -> None:
        self._definitions = list(definitions)

    def get(self, path: str, query: t.Any = None, *, label: str = "GET") -> dict[str, t.Any]:
        if path == "/apis/argoproj.io/v1alpha1":
            return {"resources": [{"kind": "Application", "name": "applications", "namespaced": True}]}
        if path.endswith("/customresourcedefinitions"):
            return {"items": self._definitions}
        raise ApiError(404, {}, method="GET", path=path)


def test_a_kind_whose_definition_is_in_the_cluster_is_known_before_discovery_tells_of_it() -> None:
    found = Discovery(Behind(DEFINITION)).resource("argoproj.io/v1alpha1", "AppProject")
    assert (found.plural, found.namespaced) == ("appprojects", True)


@pytest.mark.parametrize("version", ["v1alpha0", "v2"])
def test_a_version_that_its_definition_does_not_serve_is_unknown(version: str) -> None:
    with pytest.raises(UnknownKindError, match="AppProject"):
        Discovery(Behind(DEFINITION)).resource(f"argoproj.io/{version}", "AppProject")


def test_a_definition_that_is_being_deleted_brings_no_kind() -> None:
    going = copy.deepcopy(DEFINITION)
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    with pytest.raises(UnknownKindError, match="AppProject"):
        Discovery(Behind(going)).resource("argoproj.io/v1alpha1", "AppProject")
