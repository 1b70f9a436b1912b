# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What may stand in the tree."""

from __future__ import annotations

import pytest

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ObjectError
from ansible_collections.inference.platform.plugins.module_utils.tree import checks


def item(kind: str, **rest: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x", "namespace": "n"}, **rest}


@pytest.mark.parametrize("section", ["data", "stringData"])
def test_secrets_with_values_are_refused(section: str) -> None:
    with pytest.raises(ObjectError, match=r"Secret n/x holds secret data.*generated_secret"):
        checks.refuse([item("Secret", **{section: {"k": "dg=="}})])


def test_empty_secrets_and_other_kinds_are_allowed() -> None:
    checks.refuse([item("Secret"), item("ConfigMap", data={"k": "v"})])


def test_empty_lists_and_ca_bundles_are_warned_about() -> None:
    found = checks.warnings([item("X", spec={"a": [{"b": []}]}, webhooks=[{"clientConfig": {"caBundle": "abc"}}])])
    assert len(found) == 2
    assert "X n/x: spec.a[0].b is an empty list" in found[0].replace(".x", "")
    assert "caBundle" in found[1]


def test_a_schema_that_describes_a_ca_bundle_is_no_ca_bundle() -> None:
    for described in ("", {"type": "string"}):
        assert checks.warnings([item("X", spec={"caBundle": described})]) == []


def test_a_store_may_name_the_authority_of_its_server() -> None:
    store = {**item("ClusterSecretStore", spec={"provider": {"vault": {"caBundle": "abc"}}})}
    assert checks.warnings([{**store, "apiVersion": "external-secrets.io/v1"}]) == []
