# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the serving layers apply to a cluster."""

from __future__ import annotations

import typing as t

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.config import gpus
from ansible_collections.inference.platform.plugins.module_utils.tree.checks import warnings

from .conftest import CONFIGURATION, Render
from .objects import MODELS, Object, Objects, model

GATEWAY = ("templates/pools", "templates/envoy")
AGENTGATEWAY = ("templates/pools", "templates/agentgateway")
LAYERS: list[tuple[str, tuple[str, ...]]] = [
    ("vllm", ("templates",)),
    ("inference_gateway", GATEWAY),
    ("inference_gateway", AGENTGATEWAY),
    ("metrics_server", ("templates",)),
    ("isolation_probe", ("templates",)),
    ("sealed_secrets", ("templates",)),
    ("litellm", ("templates/proxy", "templates/redis")),
    ("gpu_device_plugin", ("templates",)),
    ("external_secrets", ("templates/namespace", "templates/operator", "templates/store")),
]


def pods(objects: Objects) -> t.Iterator[tuple[str, Object]]:
    """Pod specifications by the name of their workload."""
    for item in objects.kind("Deployment"):
        yield item["metadata"]["name"], item["spec"]["template"]["spec"]


def engine(objects: Objects, name: str) -> Object:
    """The container of a model's engine."""
    found: Object = objects.one("Deployment", f"vllm-{name}")["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize(("role", "folders"), LAYERS)
class TestEveryLayer:
    def test_argo_cd_can_adopt_it_without_a_write(self, render: Render, role: str, folders: tuple[str, ...]) -> None:
        assert warnings(render(role, folders)) == []

    def test_no_object_is_there_twice(self, render: Render, role: str, folders: tuple[str, ...]) -> None:
        names = [(item["kind"], item["metadata"]["name"]) for item in render(role, folders)]
        assert len(names) == len(set(names))

    def test_pods_are_restricted(self, render: Render, role: str, folders: tuple[str, ...]) -> None:
        for name, pod in pods(render(role, folders)):
            assert pod["securityContext"]["runAsNonRoot"] is True, name
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
            for container in [*pod.get("initContainers", []), *pod["containers"]]:
                assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
                assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
                assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name

    def test_images_are_never_pulled_when_they_are_there(
        self, render: Render, role: str, folders: tuple[str, ...]
    ) -> None:
        for name, pod in pods(render(role, folders)):
            for container in [*pod.get("initContainers", []), *pod["containers"]]:
                assert container["imagePullPolicy"] == "IfNotPresent", name

    def test_only_programs_that_ask_the_api_server_have_an_account(
        self, render: Render, role: str, folders: tuple[str, ...]
    ) -> None:
        for name, pod in pods(render(role, folders)):
            with_account = pod.get("serviceAccountName", "")
            assert pod.get("automountServiceAccountToken", True) is bool(with_account), name

    def test_selectors_select_the_pods_of_their_workload(
        self, render: Render, role: str, folders: tuple[str, ...]
    ) -> None:
        for item in render(role, folders).kind("Deployment"):
            labels = item["spec"]["template"]["metadata"]["labels"]
            assert item["spec"]["selector"]["matchLabels"].items() <= labels.items()

    def test_a_rollout_never_goes_below_the_wanted_replicas(
        self, render: Render, role: str, folders: tuple[str, ...]
    ) -> None:
        spare = {"vllm_gpu_spare": True} if role == "vllm" else {}
        for item in render(role, folders, **spare).kind("Deployment"):
            assert item["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


class TestEngines:
    def test_the_namespace_is_closed_and_restricted(self, render: Render) -> None:
        objects = render("vllm", ("templates/namespace",))
        namespace = objects.one("Namespace", "serving")
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        policy = objects.one("NetworkPolicy", "default-deny-ingress")["spec"]
        assert policy == {"podSelector": {}, "policyTypes": ["Ingress"]}

    def test_the_model_comes_from_its_image(self, render: Render) -> None:
        pod = render("vllm").one("Deployment", "vllm-coder-chat")["spec"]["template"]["spec"]
        init = pod["initContainers"][0]
        assert init["image"] == "quay.io/inference-platform/tiny-coder:1"
        assert init["command"] == ["/bin/model-copy", "/models/tiny-coder", "/volume"]
        assert init["volumeMounts"] == [{"name": "model", "mountPath": "/volume"}]
        mount = {"name": "model", "mountPath": "/models", "readOnly": True}
        assert mount in pod["containers"][0]["volumeMounts"]
        assert pod["containers"][0]["args"][0] == "/models/tiny-coder"

    def test_the_key_comes_from_the_secret_and_stands_nowhere_else(self, render: Render) -> None:
        for item in MODELS:
            key = [entry for entry in engine(render("vllm"), item["name"])["env"] if entry["name"] == "VLLM_API_KEY"]
            assert key == [
                {"name": "VLLM_API_KEY", "valueFrom": {"secretKeyRef": {"name": "vllm-api-key", "key": "api-key"}}}
            ]

    def test_an_engine_with_gpus_asks_for_them(self, render: Render) -> None:
        pod = render("vllm").one("Deployment", "vllm-big")["spec"]["template"]["spec"]
        assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "2"
        assert pod["runtimeClassName"] == "nvidia"
        assert pod["containers"][0]["image"] == "docker.io/vllm/vllm-openai:v0.32.0"
        assert {"name": "shared-memory", "mountPath": "/dev/shm"} in pod["containers"][0]["volumeMounts"]

    def test_an_engine_without_gpu_asks_for_none(self, render: Render) -> None:
        objects = render("vllm")
        assert "nvidia.com/gpu" not in engine(objects, "coder-chat")["resources"]["limits"]
        assert "runtimeClassName" not in objects.one("Deployment", "vllm-coder-chat")["spec"]["template"]["spec"]

    def test_without_a_gpu_to_spare_an_engine_makes_room_for_its_successor(self, render: Render) -> None:
        objects = render("vllm")
        place = {"maxSurge": 0, "maxUnavailable": 1}
        assert objects.one("Deployment", "vllm-big")["spec"]["strategy"]["rollingUpdate"] == place
        assert objects.one("Deployment", "vllm-coder-chat")["spec"]["strategy"]["rollingUpdate"] != place

    @pytest.mark.parametrize(
        ("stack", "runtime"), [("operator", "nvidia"), ("host", "nvidia"), ("provider", None), ("none", None)]
    )
    def test_the_runtime_class_follows_from_what_makes_gpus_usable(
        self, render: Render, stack: str, runtime: str | None
    ) -> None:
        pod = render("vllm", vllm_gpu_stack=stack).one("Deployment", "vllm-big")["spec"]["template"]["spec"]
        assert pod.get("runtimeClassName") == runtime

    def test_slices_of_a_card_are_asked_for_by_their_name(self, render: Render) -> None:
        container = engine(render("vllm", vllm_gpu_resource="nvidia.com/mig-1g.10gb"), "big")
        assert container["resources"]["limits"]["nvidia.com/mig-1g.10gb"] == "2"
        assert "nvidia.com/gpu" not in container["resources"]["limits"]

    def test_an_engine_on_a_shared_card_takes_its_share_of_the_memory(self, render: Render) -> None:
        sharing = gpus.normalised({"strategy": "mps", "replicas": 4})
        container = engine(render("vllm", platform={**CONFIGURATION["platform"], "gpu_sharing": sharing}), "big")
        place = container["args"].index("--gpu-memory-utilization")
        assert container["args"][place + 1] == "0.22"
        # The device plugin mounts the shared memory of MPS at the same place.
        assert "/dev/shm" not in [mount["mountPath"] for mount in container["volumeMounts"]]

    def test_no_runtime_class_is_named_when_the_default_one_knows_gpus(self, render: Render) -> None:
        pod = render("vllm", vllm_gpu_runtime_class="").one("Deployment", "vllm-big")["spec"]["template"]["spec"]
        assert "runtimeClassName" not in pod

    def test_running_requests_have_time_to_end(self, render: Render) -> None:
        pod = render("vllm", vllm_shutdown_timeout=90).one("Deployment", "vllm-coder-chat")["spec"]["template"]["spec"]
        pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert pod["terminationGracePeriodSeconds"] > 90 + pause

    def test_only_the_gateway_and_the_own_endpoint_picker_reach_an_engine(self, render: Render) -> None:
        policy = render("vllm").one("NetworkPolicy", "vllm-coder-chat")["spec"]
        assert policy["podSelector"]["matchLabels"]["app.kubernetes.io/instance"] == "coder-chat"
        assert len(policy["ingress"]) == 1
        picker = {"app.kubernetes.io/name": "epp", "app.kubernetes.io/instance": "coder-chat"}
        assert policy["ingress"][0]["from"] == [
            {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "inference-gateway"}}},
            {"podSelector": {"matchLabels": picker}},
            # the nodes themselves, no pod
            {"ipBlock": {"cidr": "10.203.0.0/24"}},
        ]

    def test_rotation_decides_who_gets_requests_and_nothing_else(self, render: Render) -> None:
        rotation = {"inference.platform/rotation": "in"}
        objects = render("vllm")
        deployment = objects.one("Deployment", "vllm-coder-chat")["spec"]
        assert rotation.items() <= deployment["template"]["metadata"]["labels"].items()
        assert rotation.items() <= objects.one("Service", "vllm-coder-chat")["spec"]["selector"].items()
        pool = render("inference_gateway", GATEWAY).one("InferencePool", "coder-chat")["spec"]
        assert rotation.items() <= pool["selector"]["matchLabels"].items()
        policy = objects.one("NetworkPolicy", "vllm-coder-chat")["spec"]["podSelector"]
        budget = objects.one("PodDisruptionBudget", "vllm-coder-chat")["spec"]["selector"]
        for selector in (deployment["selector"], policy, budget):
            assert not rotation.keys() & selector["matchLabels"].keys()

    def test_an_engine_reaches_out_only_to_download_its_model(self, render: Render) -> None:
        objects = render("vllm")
        closed = objects.one("NetworkPolicy", "vllm-coder-chat")["spec"]
        assert "Egress" in closed["policyTypes"]
        assert "egress" not in closed
        opened = objects.one("NetworkPolicy", "vllm-big")["spec"]["egress"]
        assert {port["port"] for port in opened[0]["ports"]} == {53, 443}

    def test_a_disruption_takes_one_of_several_replicas(self, render: Render) -> None:
        objects = render("vllm")
        assert objects.one("PodDisruptionBudget", "vllm-coder-chat")["spec"]["maxUnavailable"] == 1
        assert [item["metadata"]["name"] for item in objects.kind("PodDisruptionBudget")] == ["vllm-coder-chat"]


class TestGateway:
    def test_a_pool_selects_the_engines_of_its_model(self, render: Render) -> None:
        engines = render("vllm")
        gateway = render("inference_gateway", GATEWAY)
        for item in MODELS:
            pool = gateway.one("InferencePool", item["name"])["spec"]
            labels = engines.one("Deployment", f"vllm-{item['name']}")["spec"]["template"]["metadata"]["labels"]
            assert pool["selector"]["matchLabels"].items() <= labels.items()
            assert pool["targetPorts"] == [{"number": 8000}]
            assert pool["endpointPickerRef"]["name"] == f"epp-{item['name']}"

    def test_pods_are_made_anew_when_the_configuration_changes(self, render: Render) -> None:
        def annotation(**variables: t.Any) -> str:
            pod = render("inference_gateway", GATEWAY, **variables).one("Deployment", "inference-gateway")
            found: str = pod["spec"]["template"]["metadata"]["annotations"]["inference.platform/configuration"]
            return found

        assert annotation() == annotation()
        assert annotation() != annotation(inference_gateway_models=[model("other")])

    def test_envoy_gets_a_configuration_and_a_drain_that_is_whole(self, render: Render) -> None:
        data = render("inference_gateway", GATEWAY).one("ConfigMap", "inference-gateway")["data"]
        assert set(yaml.safe_load(data["envoy.yaml"])) == {"admin", "overload_manager", "static_resources"}
        assert data["drain.sh"].startswith("#!/bin/bash\n")
        assert "\n    sleep" not in data["drain.sh"]

    def test_only_named_clients_reach_the_gateway(self, render: Render) -> None:
        policy = render("inference_gateway", GATEWAY).one("NetworkPolicy", "inference-gateway")["spec"]
        assert policy["ingress"] == [
            {
                "from": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "llm-gateway"}},
                        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "litellm"}},
                    }
                ],
                "ports": [{"port": 8081, "protocol": "TCP"}],
            }
        ]

    def test_without_clients_nobody_reaches_the_gateway(self, render: Render) -> None:
        objects = render("inference_gateway", GATEWAY, inference_gateway_clients=[])
        assert "ingress" not in objects.one("NetworkPolicy", "inference-gateway")["spec"]

    def test_only_the_gateway_reaches_an_endpoint_picker(self, render: Render) -> None:
        policy = render("inference_gateway", GATEWAY).one("NetworkPolicy", "epp-coder-chat")["spec"]
        assert policy["ingress"] == [
            {
                "from": [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "inference-gateway"}}}],
                "ports": [{"port": 9002, "protocol": "TCP"}],
            }
        ]

    def test_disruption_budgets_exist_for_several_replicas_only(self, render: Render) -> None:
        assert render("inference_gateway", GATEWAY).kind("PodDisruptionBudget") == []
        several = render(
            "inference_gateway", GATEWAY, inference_gateway_replicas=2, inference_gateway_picker_replicas=2
        )
        assert len(several.kind("PodDisruptionBudget")) == 1 + len(MODELS)

    def test_agentgateway_routes_each_model_to_its_pool_by_the_name_in_the_body(self, render: Render) -> None:
        objects = render("inference_gateway", AGENTGATEWAY)
        policy = objects.one("AgentgatewayPolicy", "inference-gateway")["spec"]["traffic"]
        assert policy["phase"] == "PreRouting"
        header = policy["transformation"]["request"]["set"][0]
        assert header["value"] == "string(json(request.body).model)"
        for item in MODELS:
            rule = objects.one("HTTPRoute", item["name"])["spec"]["rules"][0]
            assert rule["matches"][0]["headers"] == [{"type": "Exact", "name": header["name"], "value": item["name"]}]
            assert rule["backendRefs"][0]["kind"] == "InferencePool"
            assert rule["backendRefs"][0]["name"] == objects.one("InferencePool", item["name"])["metadata"]["name"]
        assert [item["metadata"]["name"] for item in objects.kind("Deployment")] == [f"epp-{m['name']}" for m in MODELS]


class TestMetricsServer:
    @pytest.mark.parametrize("insecure", [True, False])
    def test_kubelets_are_trusted_blindly_only_where_that_is_said(self, render: Render, insecure: bool) -> None:
        objects = render("metrics_server", metrics_server_insecure_kubelets=insecure)
        args = objects.one("Deployment", "metrics-server")["spec"]["template"]["spec"]["containers"][0]["args"]
        assert ("--kubelet-insecure-tls" in args) is insecure


class TestIsolationProbe:
    def test_it_tries_every_engine_and_picker_and_something_it_must_reach(self, render: Render) -> None:
        lines = render("isolation_probe").one("ConfigMap", "isolation-probe")["data"]["targets"].splitlines()
        blocked = [line.split()[1] for line in lines if line.startswith("blocked ")]
        for item in MODELS:
            assert f"vllm-{item['name']}.serving.svc.cluster.local:8000" in blocked
            assert f"epp-{item['name']}.serving.svc.cluster.local:9002" in blocked
        assert "inference-gateway.serving.svc.cluster.local:80" in blocked
        assert "postgres.llm-gateway.svc.cluster.local:5432" in blocked
        assert [line for line in lines if line.startswith("reachable ")]

    def test_the_program_in_the_cluster_is_the_one_that_is_tested(self, render: Render) -> None:
        program = render("isolation_probe").one("ConfigMap", "isolation-probe")["data"]["probe.py"]
        compile(program, "probe.py", "exec")
        assert "def do_GET" in program

    def test_only_nodes_ask_it(self, render: Render) -> None:
        policy = render("isolation_probe").one("NetworkPolicy", "isolation-probe")["spec"]
        assert policy["podSelector"] == {}
        assert policy["ingress"][0]["from"] == [{"ipBlock": {"cidr": "10.203.0.0/24"}}]
