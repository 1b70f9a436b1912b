# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The checks that read the cluster, against a real API server: causes are named, pods are read through it, nothing is written."""

from __future__ import annotations

import contextlib
import http.server
import json
import pathlib
import socket
import threading
import typing as t

import pytest
import yaml
from kube_fixture.fixtures import Kube

from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError
from ansible_collections.inference.platform.plugins.module_utils.slice import isolation, refusals, replicas, workloads
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import Key, Model
from ansible_collections.inference.platform.plugins.module_utils.slice.results import Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

MODEL = Model("coder-chat", frozenset({"chat"}), 1, 0.00001, 0.00003)
LABELS = {
    "app.kubernetes.io/name": "vllm",
    "app.kubernetes.io/instance": "coder-chat",
    "app.kubernetes.io/part-of": "inference-platform",
}
PROBE = {"app.kubernetes.io/name": "isolation-probe"}


class PodServer(http.server.ThreadingHTTPServer):
    """What a pod answers, by path, on an address to which the API server may proxy."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((own_address(), 0), _Handler)
        self.answers: dict[str, tuple[int, str]] = {}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: PodServer

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        status, text = self.server.answers.get(self.path, (404, "not found"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())


def own_address() -> str:
    """An address of this machine that is not the loopback one, to which API servers never proxy."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


@pytest.fixture
def pod_server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[PodServer]:
    with PodServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for module in (refusals, replicas):
            monkeypatch.setattr(module, "ENGINE_PORT", server.server_port)
        monkeypatch.setattr(isolation, "PORT", server.server_port)
        yield server
        server.shutdown()


@pytest.fixture
def namespaces(kube: Kube) -> t.Iterator[None]:
    for name in ("serving", "verify"):
        # They may be left from an earlier test of the session: namespaces take long to go.
        with contextlib.suppress(ApiError):
            kube.client.create(
                "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )
    yield
    for path in (
        "/apis/apps/v1/namespaces/serving/deployments",
        "/apis/networking.k8s.io/v1/namespaces/serving/networkpolicies",
        "/api/v1/namespaces/serving/pods",
        "/api/v1/namespaces/verify/pods",
    ):
        for item in kube.client.list(path)[0]:
            name, uid = item["metadata"]["name"], item["metadata"]["uid"]
            kube.client.delete(f"{path}/{name}", uid=uid, propagation="Background")


@pytest.fixture
def context(kube: Kube, namespaces: None, tmp_path: pathlib.Path) -> Context:
    key = Key("default", "default", frozenset({"coder-chat"}), "sk-unused-0000000000")
    return Context(Settings("http://127.0.0.1:1", (MODEL,), (key,), tree=str(tmp_path)), "", kube.client)


def run(context: Context, subject: t.Any, name: str) -> Result:
    (check,) = [check for check in subject.checks(context.settings) if check.name == name]
    return run_one(context, check)


def deployment(kube: Kube, name: str, replicas: int) -> None:
    container = {"name": "main", "image": "example.org/x:1"}
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template}
    metadata = {"name": name, "namespace": "serving", "labels": LABELS}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    kube.client.apply(f"/apis/apps/v1/namespaces/serving/deployments/{name}", body, manager="test")


def pod(kube: Kube, namespace: str, name: str, labels: dict[str, str], address: str) -> None:
    """A pod that no kubelet runs, with the status that one would have written."""
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    # Without a kubelet nobody would end it: a grace period of 0 lets the API server do it alone.
    containers = [{"name": "main", "image": "example.org/x:1"}]
    spec = {"nodeName": "nowhere", "terminationGracePeriodSeconds": 0, "containers": containers}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    kube.client.create(f"/api/v1/namespaces/{namespace}/pods", body)
    ready = {"type": "Ready", "status": "True"}
    status = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": [ready]}
    kube.client.merge(f"/api/v1/namespaces/{namespace}/pods/{name}/status", {"status": status})


def policy(name: str) -> dict[str, t.Any]:
    source = [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "inference-gateway"}}}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "serving"},
        "spec": {
            "podSelector": {"matchLabels": LABELS},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": source, "ports": [{"port": 8000}]}],
        },
    }


@pytest.fixture
def policies(kube: Kube, context: Context) -> list[str]:
    folder = pathlib.Path(context.settings.tree) / "30-vllm"
    folder.mkdir()
    paths = []
    for name in ("engines", "pickers"):
        (folder / f"networkpolicy-serving-{name}.yaml").write_text(yaml.safe_dump(policy(name)))
        paths.append(f"/apis/networking.k8s.io/v1/namespaces/serving/networkpolicies/{name}")
        kube.client.apply(paths[-1], policy(name), manager="argocd-controller")
    return paths


def test_a_picker_scaled_to_nothing_is_named(kube: Kube, context: Context) -> None:
    assert (
        "Deployment serving/epp-coder-chat does not exist" in run(context, workloads, "endpoint_picker.coder-chat").why
    )
    deployment(kube, "epp-coder-chat", 0)
    assert "epp-coder-chat wants 0 replicas" in run(context, workloads, "endpoint_picker.coder-chat").why
    assert "Deployment serving/epp-coder-chat has 0 of 0" in run(context, workloads, "workloads").why


def test_an_engine_that_is_not_ready_is_named(kube: Kube, context: Context) -> None:
    deployment(kube, "vllm-coder-chat", 1)
    assert (
        "Deployment serving/vllm-coder-chat has 0 of 1 replicas ready"
        in run(context, workloads, "engines.coder-chat").why
    )


@pytest.mark.usefixtures("policies")
def test_policies_pass_with_what_the_server_adds(context: Context) -> None:
    result = run(context, isolation, "isolation.policies")
    assert result.passed, result.why


def test_a_deleted_policy_is_named(kube: Kube, context: Context, policies: list[str]) -> None:
    uid = kube.client.get(policies[1])["metadata"]["uid"]
    kube.client.delete(policies[1], uid=uid, propagation="Background")
    assert run(context, isolation, "isolation.policies").why == "NetworkPolicy serving/pickers is missing."


def test_a_policy_that_lets_everybody_in_is_named(kube: Kube, context: Context, policies: list[str]) -> None:
    kube.client.merge(policies[0], {"spec": {"ingress": [{}]}})
    assert run(context, isolation, "isolation.policies").why == "NetworkPolicy serving/engines was changed."


def test_an_engine_is_asked_through_the_api_server_without_a_key(
    kube: Kube, context: Context, pod_server: PodServer
) -> None:
    pod(kube, "serving", "vllm-coder-chat-a", LABELS, pod_server.server_address[0])
    pod_server.answers["/v1/models"] = (401, '{"error":"Unauthorized"}')
    result = run(context, refusals, "refusals.engine.coder-chat")
    assert result.passed, result.why
    pod_server.answers["/v1/models"] = (200, '{"data":[]}')
    assert "vllm-coder-chat-a answers 200 instead of 401" in run(context, refusals, "refusals.engine.coder-chat").why


def test_the_probes_results_are_read_through_the_api_server(
    kube: Kube, context: Context, pod_server: PodServer
) -> None:
    pod(kube, "verify", "isolation-probe-a", PROBE, pod_server.server_address[0])
    blocked = {"target": "engine:8000", "expected": "blocked", "reachable": False, "detail": "no answer", "ms": 2000}
    allowed = {"target": "dns:53", "expected": "reachable", "reachable": True, "detail": "connected", "ms": 1}
    pod_server.answers["/results"] = (200, json.dumps([blocked, allowed]))
    result = run(context, isolation, "isolation.reach")
    assert result.passed, result.why
    pod_server.answers["/results"] = (200, json.dumps([{**blocked, "reachable": True}, allowed]))
    assert "engine:8000 is reachable from isolation-probe-a" in run(context, isolation, "isolation.reach").why


def test_no_check_writes_to_the_cluster(kube: Kube, context: Context, pod_server: PodServer) -> None:
    pod(kube, "serving", "vllm-coder-chat-a", LABELS, pod_server.server_address[0])
    before = len(kube.plane.writes()), len(kube.plane.requests())
    for subject in (workloads, replicas, refusals, isolation):
        for check in subject.checks(context.settings):
            run_one(context, check)
    assert len(kube.plane.writes()) == before[0]
    assert len(kube.plane.requests()) > before[1]
