# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Breaks a running local platform in four ways; each time the verify playbook must fail and name the cause.

usage: INFERENCE_PLATFORM_STATE=~/.local/state/inference-platform/demo pytest tests/platform
Everything is put back, and a last run of the playbook must be green.
"""

from __future__ import annotations

import contextlib
import copy
import os
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest
import yaml

from ansible_collections.inference.platform.plugins.module_utils.kube import config
from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAYBOOK = pathlib.Path(sys.executable).parent / "ansible-playbook"
INVENTORY = os.environ.get("INVENTORY", "inventories/local")
DEPLOYMENTS = "/apis/apps/v1/namespaces/%s/deployments/%s"
PODS = "/api/v1/namespaces/%s/pods"
PRICES = ("input_cost_per_token", "output_cost_per_token")
READY_SECONDS = 300.0


@pytest.fixture(scope="module")
def state() -> pathlib.Path:
    return pathlib.Path(os.environ["INFERENCE_PLATFORM_STATE"]).expanduser()


@pytest.fixture(scope="module")
def cluster(state: pathlib.Path) -> t.Iterator[Client]:
    client = Client(config.load(str(state / "kubeconfig")))
    yield client
    client.close()


def verify() -> tuple[int, str]:
    """Exit status and output of the verify playbook, with the lines of its message joined."""
    answer = subprocess.run(
        [str(PLAYBOOK), "-i", INVENTORY, "playbooks/verify.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
    )
    return answer.returncode, " ".join(f"{answer.stdout} {answer.stderr}".split())


def goes_red(*causes: str) -> None:
    code, output = verify()
    assert code != 0, "the playbook must fail"
    missing = [cause for cause in causes if cause not in output]
    assert not missing, f"the message does not name {missing}:\n{output[-6000:]}"


def wait(what: str, condition: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {READY_SECONDS:.0f} s"
        time.sleep(1)


def rolled_out(cluster: Client, namespace: str, name: str, replicas: int) -> bool:
    found = cluster.get(DEPLOYMENTS % (namespace, name))
    status = found["status"]
    current = status.get("observedGeneration") == found["metadata"]["generation"]
    return current and all(
        status.get(field, 0) == replicas for field in ("replicas", "updatedReplicas", "readyReplicas")
    )


def scale(cluster: Client, namespace: str, name: str, replicas: int) -> None:
    cluster.merge(DEPLOYMENTS % (namespace, name), {"spec": {"replicas": replicas}})
    wait(f"{name} with {replicas} replicas", lambda: rolled_out(cluster, namespace, name, replicas))


def restart(cluster: Client, namespace: str, name: str) -> None:
    annotation = {"inference.platform/restarted": str(time.time())}
    cluster.merge(DEPLOYMENTS % (namespace, name), {"spec": {"template": {"metadata": {"annotations": annotation}}}})
    wait(f"a restart of {name}", lambda: rolled_out(cluster, namespace, name, 1))


def test_a_picker_that_is_scaled_to_nothing(cluster: Client) -> None:
    wanted = cluster.get(DEPLOYMENTS % ("serving", "epp-coder-chat"))["spec"]["replicas"]
    try:
        scale(cluster, "serving", "epp-coder-chat", 0)
        goes_red("endpoint_picker.coder-chat: Deployment serving/epp-coder-chat wants 0 replicas", "chat.coder-chat:")
    finally:
        scale(cluster, "serving", "epp-coder-chat", wanted)


def test_a_policy_that_is_deleted(cluster: Client, state: pathlib.Path) -> None:
    path = "/apis/networking.k8s.io/v1/namespaces/serving/networkpolicies/vllm-coder-chat"
    (file,) = (state / "tree").glob("*/networkpolicy-serving-vllm-coder-chat.yaml")
    try:
        cluster.delete(path, uid=cluster.get(path)["metadata"]["uid"], propagation="Background")
        # The namespace's own policy still closes everything, so nothing becomes reachable.
        goes_red("NetworkPolicy serving/vllm-coder-chat is missing")
    finally:
        cluster.apply(path, yaml.safe_load(file.read_text(encoding="utf-8")), manager="argocd-controller")


def test_a_price_that_is_removed(cluster: Client) -> None:
    path = "/api/v1/namespaces/llm-gateway/configmaps/litellm"
    before = cluster.get(path)["data"]["config.yaml"]
    changed = yaml.safe_load(before)
    for entry in changed["model_list"]:
        if entry["model_name"] == "coder-chat":
            for price in PRICES:
                entry["litellm_params"].pop(price)
    try:
        cluster.merge(path, {"data": {"config.yaml": yaml.safe_dump(changed)}})
        restart(cluster, "llm-gateway", "litellm")
        goes_red("ledger.chat.coder-chat: LiteLLM charged nothing", "tokens of coder-chat: its price is missing")
    finally:
        cluster.merge(path, {"data": {"config.yaml": before}})
        restart(cluster, "llm-gateway", "litellm")


def test_a_replica_with_a_wrong_key(cluster: Client) -> None:
    name = "vllm-coder-chat-wrong-key"
    with one_more_engine(cluster, name):
        goes_red(f"pod {name} served 0 of", "it does not accept the platform's API key")


@contextlib.contextmanager
def one_more_engine(cluster: Client, name: str) -> t.Iterator[None]:
    """An engine of coder-chat with a key of its own; the pool takes it by its labels, no ReplicaSet adopts it."""
    template = copy.deepcopy(cluster.get(DEPLOYMENTS % ("serving", "vllm-coder-chat"))["spec"]["template"])
    for entry in template["spec"]["containers"][0]["env"]:
        if entry["name"] == "VLLM_API_KEY":
            del entry["valueFrom"]
            entry["value"] = "not-the-platforms-key"
    metadata = {"name": name, "namespace": "serving", "labels": template["metadata"]["labels"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    path = f"{PODS % 'serving'}/{name}"
    created = cluster.create(PODS % "serving", pod)
    try:
        wait(f"pod {name} ready", lambda: _ready(cluster.get(path)))
        yield
    finally:
        cluster.delete(path, uid=created["metadata"]["uid"], propagation="Background")
        wait(f"pod {name} gone", lambda: cluster.find(path) is None)


def _ready(pod: dict[str, t.Any]) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def test_the_platform_is_green_again() -> None:
    code, output = verify()
    assert code == 0, output[-6000:]
