# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""CRDs, custom resources and webhooks through the apply engine against a real API server."""

from __future__ import annotations

import threading
import time
import typing as t

import pytest
from kube_fixture.fixtures import Kube
from kube_fixture.server import free_port

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import KubeError

Object = dict[str, t.Any]


def definition(group: str, *, properties: Object | None = None) -> Object:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "string"},
                    "mode": {"type": "string", "default": "auto"},
                    "port": {"x-kubernetes-int-or-string": True},
                    **(properties or {}),
                },
            }
        },
    }
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}", "creationTimestamp": None},
        "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": [version]},
        "status": {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []},
    }


def widget(group: str, name: str, **spec: t.Any) -> Object:
    return {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def group(kube: Kube) -> str:
    return f"{kube.namespace}.example.com"


def writes(kube: Kube, job: t.Callable[[], t.Any]) -> list[str]:
    before = len(kube.plane.writes())
    job()
    return [f"{entry['verb']} {entry['requestURI']}" for entry in kube.plane.writes()[before:]]


def test_a_definition_and_its_resources_come_up_in_one_run(kube: Kube, group: str) -> None:
    objects = [widget(group, "w", size="1000m", port=80), definition(group)]
    assert set(kube.actions(kube.apply(*objects)).values()) == {"created"}
    assert writes(kube, lambda: kube.apply(*objects)) == []


def test_check_mode_predicts_resources_of_a_definition_that_is_not_there_yet(kube: Kube, group: str) -> None:
    objects = [definition(group), widget(group, "w", size="1")]
    result: list[dict[str, t.Any]] = []
    assert writes(kube, lambda: result.append(kube.apply(*objects, check=True))) == []
    assert set(kube.actions(result[0]).values()) == {"created"}


def test_definitions_carry_no_tracking_annotation_and_are_never_pruned_unless_asked_for(kube: Kube, group: str) -> None:
    kube.apply(definition(group))
    live = kube.client.get(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}")
    assert "argocd.argoproj.io/tracking-id" not in (live["metadata"].get("annotations") or {})
    assert set(kube.actions(kube.apply()).values()) == {"kept"}
    also = frozenset({"CustomResourceDefinition"})
    assert set(kube.actions(kube.apply(prune_also=also)).values()) == {"pruned"}


def test_a_definition_that_gets_a_field_and_a_resource_that_uses_it_are_changed_in_one_run(
    kube: Kube, group: str
) -> None:
    kube.apply(definition(group), widget(group, "w", size="1"))
    wider = definition(group, properties={"colour": {"type": "string"}})
    result = kube.apply(wider, widget(group, "w", size="1", colour="red"))
    assert set(kube.actions(result).values()) == {"configured"}
    live = kube.client.get(f"/apis/{group}/v1/namespaces/{kube.namespace}/widgets/w")
    assert live["spec"]["colour"] == "red"


def test_absent_removes_resources_before_their_definition(kube: Kube, group: str) -> None:
    kube.apply(definition(group), widget(group, "w", size="1"))
    result = kube.apply(absent=True, wait=30.0, prune_also=frozenset({"CustomResourceDefinition"}))
    assert set(kube.actions(result).values()) == {"pruned"}
    assert kube.apply(absent=True)["changed"] is False


def test_an_unknown_kind_is_named(kube: Kube, group: str) -> None:
    with pytest.raises(KubeError, match=rf"no kind Widget in {group}/v1"):
        kube.apply(widget(group, "w", size="1"))


def test_a_webhook_that_is_not_up_yet_is_waited_for(kube: Kube, group: str) -> None:
    """Nobody listens at its address; the webhook goes away after a while, as if it had come up."""
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": group},
        "webhooks": [
            {
                "name": f"gate.{group}",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "timeoutSeconds": 1,
                "clientConfig": {"url": f"https://127.0.0.1:{free_port()}/"},
                "rules": [
                    {"apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["widgets"]}
                ],
            }
        ],
    }
    kube.apply(definition(group), hook)
    time.sleep(1.5)
    path = f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{group}"
    uid = kube.client.get(path)["metadata"]["uid"]
    opened = threading.Timer(2.0, lambda: kube.client.delete(path, uid=uid, propagation="Background"))
    opened.start()
    result = kube.apply(widget(group, "w", size="1"), component="")
    opened.join()
    assert kube.actions(result) == {"w": "created"}
    assert result["requests"]["PATCH"] > 1
