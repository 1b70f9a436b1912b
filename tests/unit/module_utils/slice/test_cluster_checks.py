# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is scaled down, missing, without work or reachable is named."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import types
import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.slice import isolation, replicas, workloads
from ansible_collections.inference.platform.plugins.module_utils.slice.cluster import Pod, Workload, key_source
from ansible_collections.inference.platform.plugins.module_utils.slice.context import Context, Settings
from ansible_collections.inference.platform.plugins.module_utils.slice.offers import Model
from ansible_collections.inference.platform.plugins.module_utils.slice.results import CheckError, Result
from ansible_collections.inference.platform.plugins.module_utils.slice.runner import run_one

CHAT = Model("coder-chat", frozenset({"chat"}), 2, 0.00001, 0.00003)
DEPLOYMENTS = "/apis/apps/v1/namespaces/serving/deployments"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/serving/endpointslices"
PODS = "/api/v1/namespaces/serving/pods"


def run(context: Context, subject: t.Any, name: str) -> Result:
    (check,) = [check for check in subject.checks(context.settings) if check.name == name]
    return run_one(context, check)


def slices(name: str, *, ready: bool) -> dict[str, t.Any]:
    labels = {"kubernetes.io/service-name": name}
    endpoint = {"addresses": ["10.244.0.9"], "conditions": {"ready": ready}}
    return {"metadata": {"name": f"{name}-x", "labels": labels}, "endpoints": [endpoint]}


def test_a_picker_with_a_ready_endpoint_passes(context: Context, cluster: t.Any, shapes: types.SimpleNamespace) -> None:
    cluster.objects[f"{DEPLOYMENTS}/epp-coder-chat"] = shapes.deployment("epp-coder-chat", 1, 1)
    cluster.lists[SLICES] = [slices("epp-coder-chat", ready=True), slices("other", ready=False)]
    assert run(context, workloads, "endpoint_picker.coder-chat").passed


def test_a_picker_scaled_to_nothing_is_named(context: Context, cluster: t.Any, shapes: types.SimpleNamespace) -> None:
    cluster.objects[f"{DEPLOYMENTS}/epp-coder-chat"] = shapes.deployment("epp-coder-chat", 0, 0)
    result = run(context, workloads, "endpoint_picker.coder-chat")
    assert result.why == "Deployment serving/epp-coder-chat wants 0 replicas instead of at least 1."
    assert "platform.yml" in result.cure


def test_a_picker_whose_service_has_no_ready_endpoint_is_named(
    context: Context, cluster: t.Any, shapes: types.SimpleNamespace
) -> None:
    cluster.objects[f"{DEPLOYMENTS}/epp-coder-chat"] = shapes.deployment("epp-coder-chat", 1, 1)
    cluster.lists[SLICES] = [slices("epp-coder-chat", ready=False), slices("other", ready=True)]
    assert (
        "Service serving/epp-coder-chat has no ready endpoint"
        in run(context, workloads, "endpoint_picker.coder-chat").why
    )


def test_a_picker_that_does_not_exist_is_named(context: Context) -> None:
    assert (
        "Deployment serving/epp-coder-chat does not exist" in run(context, workloads, "endpoint_picker.coder-chat").why
    )


def test_an_engine_that_does_not_come_up_is_named_with_its_reason(
    context: Context, cluster: t.Any, shapes: types.SimpleNamespace
) -> None:
    broken = shapes.engine("vllm-coder-chat-b", ready=False)
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}}
    broken["status"]["containerStatuses"] = [{"name": "vllm", "state": waiting}]
    cluster.objects[f"{DEPLOYMENTS}/vllm-coder-chat"] = shapes.deployment("vllm-coder-chat", 2, 1)
    cluster.lists[PODS] = [shapes.engine("vllm-coder-chat-a"), broken]
    result = run(context, workloads, "engines.coder-chat")
    assert "Deployment serving/vllm-coder-chat has 1 of 2 replicas ready" in result.why
    assert "pod vllm-coder-chat-b: vllm: CrashLoopBackOff back-off 40s" in result.why


def test_fewer_replicas_than_promised_go_red(context: Context, cluster: t.Any, shapes: types.SimpleNamespace) -> None:
    cluster.objects[f"{DEPLOYMENTS}/vllm-coder-chat"] = shapes.deployment("vllm-coder-chat", 1, 1)
    assert "wants 1 replicas instead of at least 2" in run(context, workloads, "engines.coder-chat").why


def test_any_workload_of_the_platform_that_is_down_is_named(
    context: Context, cluster: t.Any, shapes: types.SimpleNamespace
) -> None:
    cluster.lists["/apis/apps/v1/deployments"] = [
        shapes.deployment("litellm", 1, 1, namespace="llm-gateway"),
        shapes.deployment("epp-coder-embed", 0, 0),
        shapes.deployment("inference-gateway", 2, 1),
    ]
    why = run(context, workloads, "workloads").why
    assert "Deployment serving/epp-coder-embed has 0 of 0" in why
    assert "Deployment serving/inference-gateway has 1 of 2" in why
    assert "litellm" not in why


def test_an_empty_cluster_goes_red(context: Context) -> None:
    assert "no workload of the platform exists" in run(context, workloads, "workloads").why


def ready(name: str, source: str = "Secret vllm-api-key, key api-key") -> Pod:
    return Pod("serving", name, "", source)


def test_replicas_that_all_serve_pass() -> None:
    counts = {"a": replicas.Count(9, 0, 0), "b": replicas.Count(7, 0, 0)}
    replicas.judge([ready("a"), ready("b")], counts, [200] * 16, CHAT)


def test_a_replica_that_gets_no_work_is_named() -> None:
    counts = {"a": replicas.Count(16, 0, 0), "b": replicas.Count(0, 0, 0)}
    with pytest.raises(CheckError, match="pod b served 0 of 16 chats") as caught:
        replicas.judge([ready("a"), ready("b")], counts, [200] * 16, CHAT)
    assert "pod a" not in caught.value.why


def test_a_replica_with_a_wrong_key_is_named() -> None:
    # The engine's HTTP counters stand behind its authentication: a refusal leaves no trace in them.
    counts = {"a": replicas.Count(8, 0, 0), "b": replicas.Count(0, 0, 0)}
    with pytest.raises(CheckError) as caught:
        replicas.judge([ready("a"), ready("b", "a literal value in the pod")], counts, [200, 401] * 8, CHAT)
    assert "pod b served 0 of 16 chats, while 8 chats were answered 401" in caught.value.why
    assert "takes its API key from a literal value in the pod, the others from Secret vllm-api-key" in caught.value.why
    assert "8 of 16 chats with coder-chat failed" in caught.value.why


def test_a_replica_that_fails_is_named() -> None:
    counts = {"a": replicas.Count(14, 0, 0), "b": replicas.Count(1, 0, 1)}
    with pytest.raises(CheckError, match="pod b served 1 of 16 chats, answered 1 with 5xx"):
        replicas.judge([ready("a"), ready("b")], counts, [200] * 15 + [500], CHAT)


def test_a_replica_that_is_not_ready_is_named() -> None:
    down = Pod("serving", "b", "vllm: ImagePullBackOff", "")
    with pytest.raises(
        CheckError, match=r"pod b is not ready: vllm: ImagePullBackOff.*only 1 of 2 replicas could be counted"
    ):
        replicas.judge([ready("a"), down], {"a": replicas.Count(16, 0, 0)}, [200] * 16, CHAT)


def test_counters_before_the_burst_do_not_count(
    context: Context, cluster: t.Any, tenant: t.Any, shapes: types.SimpleNamespace
) -> None:
    served = {"a": 100, "b": 50}

    def chat(key: str, body: t.Any) -> tuple[int, t.Any]:
        served["a"] += 1
        return 200, shapes.completion()

    tenant.answers["POST /v1/chat/completions"] = chat
    cluster.lists[PODS] = [shapes.engine("a"), shapes.engine("b")]

    def metrics(name: str) -> str:
        return f'vllm:request_success_total{{engine="0",finished_reason="length"}} {served[name]}.0\n'

    for name in ("a", "b"):
        cluster.texts[f"{PODS}/{name}:8000/proxy/metrics"] = functools.partial(metrics, name)
    result = run(context, replicas, "replicas.coder-chat")
    assert result.data["served"] == {"a": 24, "b": 0}
    assert "pod b served 0 of 24 chats" in result.why


def test_a_key_is_described_and_never_shown() -> None:
    def spec(entry: dict[str, t.Any]) -> dict[str, t.Any]:
        return {"containers": [{"env": [{"name": "VLLM_API_KEY", **entry}]}]}

    reference = {"secretKeyRef": {"name": "vllm-api-key", "key": "api-key"}}
    assert key_source(spec({"valueFrom": reference})) == "Secret vllm-api-key, key api-key"
    assert key_source(spec({"value": "sk-literal"})) == "a literal value in the pod"
    assert key_source({}) == "no variable VLLM_API_KEY"


BLOCKED = {"target": "engine", "reachable": False, "expected": "blocked", "detail": "timed out", "ms": 2000}
ALLOWED = {"target": "dns", "reachable": True, "expected": "reachable", "detail": "", "ms": 1}


def test_blocked_targets_and_a_positive_control_pass() -> None:
    isolation.judge([BLOCKED, ALLOWED], "probe")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            [{**BLOCKED, "reachable": True, "detail": "connected"}, ALLOWED],
            r"engine is reachable from probe, expected blocked",
        ),
        ([BLOCKED, {**ALLOWED, "reachable": False}], "dns is blocked from probe, expected reachable"),
        ([{**BLOCKED, "detail": "the name does not resolve: no"}, BLOCKED, ALLOWED], "engine was not tried from probe"),
        ([BLOCKED], "tried no target that is expected to be reachable"),
        ([ALLOWED], "tried no target that is expected to be blocked"),
        ([], "tried no target"),
        ([{**BLOCKED, "expected": "maybe"}, BLOCKED, ALLOWED], "expected maybe"),
    ],
)
def test_an_open_or_untested_way_goes_red(rows: list[dict[str, t.Any]], reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        isolation.judge(rows, "probe")


def policy(name: str, port: int = 8000) -> dict[str, t.Any]:
    ingress = [{"from": [{"podSelector": {}}], "ports": [{"port": port}]}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "serving"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress},
    }


def live(name: str, port: int = 8000) -> dict[str, t.Any]:
    found = policy(name, port)
    found["spec"]["ingress"][0]["ports"][0]["protocol"] = "TCP"
    return found


@pytest.fixture
def with_tree(tmp_path: pathlib.Path, settings: Settings, cluster: t.Any) -> Context:
    folder = tmp_path / "30-vllm"
    folder.mkdir()
    for name in ("engines", "pickers"):
        (folder / f"networkpolicy-serving-{name}.yaml").write_text(json.dumps(policy(name)))
    (folder / "service-serving-vllm.yaml").write_text("kind: Service")
    return Context(dataclasses.replace(settings, tree=str(tmp_path)), "", cluster)


def test_policies_as_in_the_tree_pass_with_the_servers_defaults(with_tree: Context, cluster: t.Any) -> None:
    cluster.lists["/apis/networking.k8s.io/v1/networkpolicies"] = [live("engines"), live("pickers"), live("foreign")]
    assert run(with_tree, isolation, "isolation.policies").passed


def test_a_deleted_policy_is_named(with_tree: Context, cluster: t.Any) -> None:
    cluster.lists["/apis/networking.k8s.io/v1/networkpolicies"] = [live("engines")]
    result = run(with_tree, isolation, "isolation.policies")
    assert result.why == "NetworkPolicy serving/pickers is missing."


def test_a_changed_policy_is_named(with_tree: Context, cluster: t.Any) -> None:
    cluster.lists["/apis/networking.k8s.io/v1/networkpolicies"] = [live("engines"), live("pickers", port=1)]
    assert run(with_tree, isolation, "isolation.policies").why == "NetworkPolicy serving/pickers was changed."


def test_a_policy_with_an_added_way_in_is_named(with_tree: Context, cluster: t.Any) -> None:
    opened = live("pickers")
    opened["spec"]["ingress"].append({})
    cluster.lists["/apis/networking.k8s.io/v1/networkpolicies"] = [live("engines"), opened]
    assert run(with_tree, isolation, "isolation.policies").why == "NetworkPolicy serving/pickers was changed."


def test_a_daemon_that_no_node_is_for_is_no_fault_and_one_that_is_not_ready_is() -> None:
    running = Workload("Deployment", "serving", "epp-coder-chat", 1, 1, ())
    plugin = Workload("DaemonSet", "kube-system", "gpu-device-plugin", 0, 0, ())
    workloads.judge_all([running, plugin])
    with pytest.raises(CheckError, match="gpu-device-plugin has 0 of 1"):
        workloads.judge_all([running, dataclasses.replace(plugin, wanted=1)])
    with pytest.raises(CheckError, match="epp-coder-chat has 0 of 0"):
        workloads.judge_all([dataclasses.replace(running, wanted=0, ready=0), plugin])
