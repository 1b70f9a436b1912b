# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The health checks for kinds that Argo CD does not know, judged by Argo CD's own program with the settings that the role renders."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import typing as t

import jinja2
import pytest
import yaml
from gateway_fixture import programs

Object = dict[str, t.Any]
ROLE = pathlib.Path(__file__).resolve().parents[2] / "roles" / "argocd"


def variables() -> Object:
    """The role's variables, with its lookups of files done."""
    found: Object = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())
    for kind, text in found["__argocd_health"].items():
        name = re.search(r"'(health/[^']+)'", text)
        assert name, text
        found["__argocd_health"][kind] = (ROLE / "files" / name[1]).read_text().rstrip("\n")
    return found


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """argocd-cm as the role's template has it."""
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - YAML
    environment.filters["to_json"] = json.dumps
    text = (ROLE / "templates" / "argocd" / "settings.yaml.j2").read_text().partition("\n---\n")[0]
    rendered = environment.from_string(text).render(**variables(), argocd_poll="180s")
    path = tmp_path_factory.mktemp("argocd") / "argocd-cm.yaml"
    path.write_text(rendered)
    return path


def health(settings: pathlib.Path, item: Object) -> tuple[str, str]:
    """Status and message that Argo CD shows for an object."""
    file = settings.parent / "object.yaml"
    file.write_text(yaml.safe_dump(item))
    words = ("admin", "settings", "resource-overrides", "health", str(file), "--argocd-cm-path", str(settings))
    answer = subprocess.run(
        [str(programs.host_file("argocd-cli")), *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ARGOCD_BINARY_NAME": "argocd"},
    )
    found = re.search(r"STATUS: (\w+)(?:\nMESSAGE: (.*))?", answer.stdout)
    assert found, answer.stdout + answer.stderr
    return found[1], found[2] or ""


def pool(*parents: Object, generation: int = 1) -> Object:
    status = {"status": {"parents": list(parents)}} if parents else {}
    metadata = {"name": "chat", "namespace": "serving", "generation": generation}
    return {"apiVersion": "inference.networking.k8s.io/v1", "kind": "InferencePool", "metadata": metadata, **status}


def condition(name: str, status: str, **more: t.Any) -> Object:
    return {"type": name, "status": status, "reason": "Because", "message": "said so", **more}


def test_a_pool_without_a_gateway_of_the_gateway_api_is_healthy(settings: pathlib.Path) -> None:
    assert health(settings, pool()) == ("Healthy", "no Gateway refers to it")


def test_a_pool_is_healthy_when_every_gateway_accepts_it(settings: pathlib.Path) -> None:
    parent = {"conditions": [condition("Accepted", "True", observedGeneration=1), condition("ResolvedRefs", "True")]}
    assert health(settings, pool(parent, parent)) == ("Healthy", "2 Gateway(s) accepted it")


@pytest.mark.parametrize("name", ["Accepted", "ResolvedRefs"])
def test_a_pool_that_one_gateway_refuses_is_degraded(settings: pathlib.Path, name: str) -> None:
    fine, bad = {"conditions": [condition(name, "True")]}, {"conditions": [condition(name, "False")]}
    assert health(settings, pool(fine, bad)) == ("Degraded", f"{name} is False: Because said so")


def test_a_pool_that_its_gateway_has_not_looked_at_is_progressing(settings: pathlib.Path) -> None:
    parent = {"conditions": [condition("Accepted", "True", observedGeneration=1)]}
    assert health(settings, pool(parent, generation=2))[0] == "Progressing"


@pytest.mark.parametrize("kind", ["ClusterQueue", "LocalQueue", "AdmissionCheck"])
def test_queues_are_as_healthy_as_they_are_active(settings: pathlib.Path, kind: str) -> None:
    item: Object = {"apiVersion": "kueue.x-k8s.io/v1beta2", "kind": kind, "metadata": {"name": "q", "generation": 2}}
    assert health(settings, item)[0] == "Progressing"
    for status, expected in (("True", "Healthy"), ("False", "Degraded")):
        conditions = [condition("Active", status, observedGeneration=2)]
        assert health(settings, {**item, "status": {"conditions": conditions}}) == (expected, "Because: said so")
    old = [condition("Active", "True", observedGeneration=1)]
    assert health(settings, {**item, "status": {"conditions": old}})[0] == "Progressing"


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("ExternalSecret", "True", "Healthy"),
        ("ExternalSecret", "False", "Degraded"),
        ("SecretStore", "True", "Healthy"),
        ("ClusterSecretStore", "False", "Degraded"),
    ],
)
def test_references_and_stores_are_as_healthy_as_they_are_ready(
    settings: pathlib.Path, kind: str, status: str, expected: str
) -> None:
    item: Object = {"apiVersion": "external-secrets.io/v1", "kind": kind, "metadata": {"name": "s", "generation": 2}}
    found = {"conditions": [condition("Ready", status)], "syncedResourceVersion": "2-abc"}
    assert health(settings, {**item, "status": found}) == (expected, "Because: said so")


def test_a_reference_that_the_operator_has_not_looked_at_is_progressing(settings: pathlib.Path) -> None:
    metadata = {"name": "s", "generation": 12}
    item: Object = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": metadata}
    assert health(settings, item)[0] == "Progressing"
    older = {"conditions": [condition("Ready", "True")], "syncedResourceVersion": "1-abc"}
    assert health(settings, {**item, "status": older})[0] == "Progressing"


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("ready", None, ("Healthy", "ready")),
        ("notReady", "OperandNotReady", ("Progressing", "OperandNotReady: said so")),
        ("notReady", "ReconcileFailed", ("Degraded", "ReconcileFailed: said so")),
    ],
)
def test_a_gpu_operator_is_as_healthy_as_it_says(
    settings: pathlib.Path, state: str, reason: str | None, expected: tuple[str, str]
) -> None:
    item: Object = {"apiVersion": "nvidia.com/v1", "kind": "ClusterPolicy", "metadata": {"name": "cluster-policy"}}
    assert health(settings, item)[0] == "Progressing"
    told = [{**condition("Error", "True"), "reason": reason}] if reason else []
    assert health(settings, {**item, "status": {"state": state, "conditions": told}}) == expected


def test_an_application_is_as_healthy_as_it_says(settings: pathlib.Path) -> None:
    item: Object = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "vllm"}}
    assert health(settings, item)[0] == "Progressing"
    for status in ("Healthy", "Degraded", "Progressing"):
        assert health(settings, {**item, "status": {"health": {"status": status, "message": "so"}}})[0] == status


def test_every_health_check_of_the_role_is_tested_here() -> None:
    text = pathlib.Path(__file__).read_text()
    assert [kind for kind in variables()["__argocd_health"] if kind.rpartition("_")[2] not in text] == []
