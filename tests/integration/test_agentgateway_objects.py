# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The objects for agentgateway against the released schemas of the Gateway API; agentgateway itself is not run."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest
import yaml
from gateway_fixture.fixtures import wait
from gateway_fixture.layers import MODELS, ROOT
from gateway_fixture.programs import BUILD, cache
from kube_fixture.fixtures import Kube

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError

MODULE = "sigs.k8s.io/gateway-api@v1.5.0"
KINDS = {"Gateway": "gateways", "HTTPRoute": "httproutes"}

Object = dict[str, t.Any]


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> list[Object]:
    """The released CustomResourceDefinitions of Gateway and HTTPRoute, out of their Go module."""
    programs = sorted(cache().glob("toolchains/**/bin/go"))
    if not programs:
        raise RuntimeError(f"There is no Go toolchain in {cache()}. {BUILD}")
    folder = tmp_path_factory.mktemp("modules")
    environment = {**os.environ, "GOMODCACHE": str(folder), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    argv = [str(programs[0]), "mod", "download", "-json", MODULE]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    crds = pathlib.Path(json.loads(done.stdout)["Dir"]) / "config" / "crd" / "standard"
    files = [crds / f"gateway.networking.k8s.io_{plural}.yaml" for plural in KINDS.values()]
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]


@pytest.fixture
def served(kube: Kube, definitions: list[Object]) -> Kube:
    """An API server that knows the Gateway API."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for item in definitions:
        if kube.client.find(f"{path}/{item['metadata']['name']}") is None:
            kube.client.create(path, item)
    for plural in KINDS.values():
        wait(plural, functools.partial(_is_served, kube, plural))
    return kube


def rendered() -> list[Object]:
    """What the role renders for agentgateway."""
    variables = {
        "platform": {
            "tree": "/tree",
            "gateway": "agentgateway",
            "images": {"envoy": "e", "epp": "e"},
            "models": MODELS,
        },
        "artifacts": {"files": {"inference-pool-crd": {"path": "/crd.yaml", "sha256": "0"}}},
    }
    request = {"role": "inference_gateway", "folders": ["templates/agentgateway"], "variables": variables}
    renderer = ROOT / "tests" / "unit" / "roles" / "renderer.py"
    done = subprocess.run(
        [sys.executable, str(renderer)], input=json.dumps(request) + "\n", capture_output=True, text=True, check=True
    )
    found: list[Object] = json.loads(done.stdout)["objects"]
    return found


def test_gateway_and_routes_are_taken_by_the_released_schemas(served: Kube) -> None:
    tried = []
    for item in rendered():
        if item["kind"] in KINDS:
            _dry_run(served, item)
            tried.append(item["kind"])
    assert tried == ["Gateway", "HTTPRoute", "HTTPRoute"]


def test_the_schemas_refuse_what_they_do_not_know(served: Kube) -> None:
    route = next(item for item in rendered() if item["kind"] == "HTTPRoute")
    route["spec"]["rules"][0]["matches"][0]["bodies"] = []
    with pytest.raises(ApiError, match="bodies"):
        _dry_run(served, route)


def _dry_run(kube: Kube, item: Object) -> None:
    item["metadata"]["namespace"] = kube.namespace
    path = f"{_path(kube, KINDS[item['kind']])}/{item['metadata']['name']}"
    kube.client.apply(path, item, manager="test", dry_run=True)


def _path(kube: Kube, plural: str) -> str:
    return f"/apis/gateway.networking.k8s.io/v1/namespaces/{kube.namespace}/{plural}"


def _is_served(kube: Kube, plural: str) -> bool:
    try:
        kube.client.get(_path(kube, plural))
    except ApiError:
        return False
    return True
