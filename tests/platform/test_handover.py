# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argo CD takes a running platform over, changes go through Git, and back: on the real thing, under traffic.

usage: INVENTORY=molecule/default/inventory pytest tests/platform/test_handover.py
The inventory's platform must be up; it is left handed over. The tests build on each other, in this order.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import typing as t

import pytest
import yaml
from running import Platform, Traffic

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client

EMBED = "/apis/apps/v1/namespaces/serving/deployments/vllm-coder-embed"
CHAT = "/apis/apps/v1/namespaces/serving/deployments/vllm-coder-chat"
EXTRA = "/apis/apps/v1/namespaces/serving/deployments/vllm-coder-extra"
GATEWAY = "/apis/apps/v1/namespaces/serving/deployments/inference-gateway"
LITELLM = "/apis/apps/v1/namespaces/llm-gateway/deployments/litellm"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


@pytest.fixture(scope="module", autouse=True)
def not_handed_over(platform: Platform, cluster: Client) -> None:
    """An earlier try may have ended in the middle."""
    if cluster.find(f"{APPLICATIONS}/root"):
        platform.must("platform")
        platform.must("handover_revert")


def commits(platform: Platform, since: str) -> list[str]:
    return platform.git("log", "--format=%s", f"{since}..HEAD").splitlines()


def set_replicas(models: list[dict[str, t.Any]], name: str, count: int) -> None:
    next(model for model in models if model["name"] == name)["replicas"] = {"min": count}


def with_extra(models: list[dict[str, t.Any]]) -> None:
    extra = {"name": "coder-extra", "source": "builtin://tiny-coder", "served_for": ["embeddings"], "context": 2048}
    models.append({**extra, "price": {"input_per_token": 0.000001}})


def proof(platform: Platform, name: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", json.loads((platform.state / "handover" / name).read_text()))


def test_the_handover_moves_nothing_and_no_request_fails(platform: Platform) -> None:
    with Traffic(platform).flowing() as traffic:
        platform.must("handover")
    assert (traffic.failed, traffic.answered > 5) == ([], True)
    found = proof(platform, "handover.json")
    assert found["passed"] is True
    counts = found["counts"]
    assert (counts["writes"], counts["restarts"], counts["moved"]) == (0, 0, 0)
    assert counts["objects"] > 60


def test_a_run_without_a_change_makes_no_commit(platform: Platform) -> None:
    head = platform.head()
    done = platform.must("site")
    assert done.changed == 0, done.output.partition("PLAY RECAP")[2]
    assert platform.head() == head
    assert platform.git("status", "--porcelain") == ""


def test_check_mode_shows_the_commit_and_writes_nothing(platform: Platform, cluster: Client) -> None:
    head = platform.head()
    models = platform.models(lambda models: set_replicas(models, "coder-embed", 2))
    output = platform.must("platform", "--check", "--diff", platform_models=models).output
    assert "deployment-serving-vllm-coder-embed.yaml" in output
    assert "+  replicas: 2" in output
    assert (platform.head(), platform.git("status", "--porcelain")) == (head, "")
    assert cluster.get(EMBED)["spec"]["replicas"] == 1


def test_a_replica_count_and_a_model_come_with_one_commit_and_go_with_one(platform: Platform, cluster: Client) -> None:
    head = platform.head()
    # One engine less and one more: two cores have no room for a fifth.
    models = platform.models(lambda models: (set_replicas(models, "coder-chat", 1), with_extra(models)))
    platform.must("platform", platform_models=models)
    (subject,) = commits(platform, head)
    assert subject.startswith("vllm, inference-gateway, litellm")
    live = cluster.get(CHAT)
    assert (live["spec"]["replicas"], live["status"]["readyReplicas"]) == (1, 1)
    assert cluster.get(EXTRA)["status"]["readyReplicas"] == 1
    litellm = cluster.get("/api/v1/namespaces/llm-gateway/configmaps/litellm")["data"]["config.yaml"]
    assert "coder-extra" in litellm
    platform.must("platform")
    assert len(commits(platform, head)) == 2
    assert cluster.find(EXTRA) is None
    assert cluster.find("/apis/inference.networking.k8s.io/v1/namespaces/serving/inferencepools/coder-extra") is None
    live = cluster.get(CHAT)
    assert (live["spec"]["replicas"], live["status"]["readyReplicas"]) == (2, 2)


def test_drift_is_none_until_somebody_adds_an_object_or_the_inventory_has_another_pod_network(
    platform: Platform, cluster: Client
) -> None:
    platform.must("drift")
    path = "/api/v1/namespaces/serving/configmaps"
    stranger = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stranger"}, "data": {"a": "b"}}
    made = cluster.create(path, stranger)
    try:
        words = platform.fails("drift", kubeadm_service_subnet="10.97.0.0/16")
        assert "ConfigMap serving/stranger" in words
        assert "unknown to Git" in words
        assert "DaemonSet kube-system/kube-router" in words
    finally:
        cluster.delete(f"{path}/stranger", uid=made["metadata"]["uid"], propagation="Background")


def test_argo_cd_puts_back_what_a_hand_changed(platform: Platform, cluster: Client) -> None:
    cluster.merge(LITELLM, {"metadata": {"labels": {"app.kubernetes.io/name": "changed-by-hand"}}})
    platform.must("platform")
    wanted = platform.git("show", "HEAD:55-litellm/deployment-llm-gateway-litellm.yaml")
    labels = yaml.safe_load(wanted)["metadata"]["labels"]
    assert cluster.get(LITELLM)["metadata"]["labels"]["app.kubernetes.io/name"] == labels["app.kubernetes.io/name"]


def test_an_upgraded_component_goes_through_one_commit_though_argo_cd_is_killed_meanwhile(
    platform: Platform, cluster: Client
) -> None:
    image = cluster.get(GATEWAY)["spec"]["template"]["spec"]["containers"][0]["image"]
    newer = f"{image}-newer"
    platform.on_node("ctr", "--namespace", "k8s.io", "images", "tag", "--force", image, newer)
    head = platform.head()
    for pod in cluster.list("/api/v1/namespaces/argocd/pods")[0]:
        path = f"/api/v1/namespaces/argocd/pods/{pod['metadata']['name']}"
        cluster.delete(path, uid=pod["metadata"]["uid"], propagation="Background")
    platform.must("platform", inference_gateway_envoy_image=newer)
    assert commits(platform, head) == ["inference-gateway: 1 changed"]
    live = cluster.get(GATEWAY)
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == newer
    assert live["status"]["updatedReplicas"] == live["status"]["availableReplicas"] == live["spec"]["replicas"]


def test_commits_of_others_come_in_before_ours(platform: Platform, cluster: Client, tmp_path: pathlib.Path) -> None:
    head = platform.head()
    other = tmp_path / "other"
    subprocess.run(
        ["git", "clone", "-q", platform.git("config", "remote.origin.url"), str(other)], check=True, env=ssh(platform)
    )
    (other / "NOTES").write_text("from somebody else\n")
    subprocess.run(["git", "-C", str(other), "add", "-A"], check=True)
    identity = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    subprocess.run(["git", "-C", str(other), *identity, "commit", "-qm", "Leave a note"], check=True)
    subprocess.run(["git", "-C", str(other), "push", "-q"], check=True, env=ssh(platform))
    # The image of the test before goes back to what the inventory says.
    platform.must("platform")
    assert (platform.tree / "NOTES").read_text() == "from somebody else\n"
    assert commits(platform, head)[0] == "inference-gateway: 1 changed"
    assert not cluster.get(GATEWAY)["spec"]["template"]["spec"]["containers"][0]["image"].endswith("-newer")


def ssh(platform: Platform) -> dict[str, str]:
    return {**os.environ, "GIT_SSH_COMMAND": platform.git("config", "core.sshCommand")}


def test_withdrawn_credentials_and_a_silent_git_server_are_named_and_the_next_run_converges(platform: Platform) -> None:
    head = platform.git("rev-parse", "origin/main")
    with stranger_key(platform):
        words = platform.fails("platform")
    assert "Permission denied (publickey" in words
    assert "does not accept the ssh key" in words
    with unreachable_git_server(platform) as address:
        words = platform.fails("platform")
    assert f"Fetching from ssh://git@{address}" in words
    assert "does not answer on this port" in words
    assert platform.must("platform").changed == 0
    assert platform.git("rev-parse", "origin/main") == head


@contextlib.contextmanager
def stranger_key(platform: Platform) -> t.Iterator[None]:
    key = platform.state / "git" / "write"
    stranger = platform.state / "git" / "stranger"
    good = key.read_bytes()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)], check=True)
    try:
        key.write_bytes(stranger.read_bytes())
        yield
    finally:
        key.write_bytes(good)
        stranger.unlink()
        stranger.with_suffix(".pub").unlink()


@contextlib.contextmanager
def unreachable_git_server(platform: Platform) -> t.Iterator[str]:
    """Its address and port."""
    place = platform.git("config", "remote.origin.url").partition("@")[2].partition("/")[0]
    address, _colon, port = place.partition(":")
    rule = ["OUTPUT", "-p", "tcp", "-d", address, "--dport", port, "-j", "REJECT", "--reject-with", "tcp-reset"]
    subprocess.run(["iptables", "-I", *rule], check=True)
    try:
        yield place
    finally:
        subprocess.run(["iptables", "-D", *rule], check=True)


def test_a_failing_sync_shows_argo_cds_own_words_and_the_next_run_converges(platform: Platform) -> None:
    models = platform.models(lambda models: models[0].update(name="coder-chat", context=2048))
    path = platform.tree / "55-litellm" / "service-llm-gateway-litellm.yaml"
    spoiled = yaml.safe_load(path.read_text())
    spoiled["spec"]["ports"][0]["nodePort"] = 99
    path.write_text(yaml.safe_dump(spoiled, sort_keys=False))
    platform.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "Spoil a port")
    platform.git("push", "-q", "origin", "HEAD:main")
    # Only the engines are rendered anew, so the spoiled port stays.
    words = platform.fails("platform", platform_profile="serving", platform_models=models, platform_tenants=[])
    assert "litellm" in words
    assert "99" in words
    platform.must("platform")
    assert yaml.safe_load(path.read_text())["spec"]["ports"][0]["nodePort"] != 99


def test_what_cannot_change_is_refused_before_the_commit_and_made_anew_when_asked(
    platform: Platform, cluster: Client, tmp_path: pathlib.Path
) -> None:
    """An immutable ConfigMap stands for selectors, Jobs and the like: the API server says the same, and no pod moves."""
    path = "/api/v1/namespaces/verify/configmaps/fixed"
    playbook, folder = "../tests/platform/one_component", str(tmp_path)
    fixed = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fixed"}, "immutable": True}

    def write(value: str) -> None:
        (tmp_path / "fixed.yaml.j2").write_text(yaml.safe_dump({**fixed, "data": {"value": value}}))

    write("one")
    platform.must(playbook, templates=folder)
    before, head = cluster.get(path), platform.head()
    write("two")
    words = platform.fails(playbook, templates=folder)
    assert "ConfigMap verify/fixed" in words
    assert "platform_force_replace" in words
    assert (platform.head(), platform.git("status", "--porcelain")) == (head, "")
    assert cluster.get(path)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    platform.must(playbook, templates=folder, platform_force_replace=True)
    assert commits(platform, head) == ["one-component: 1 changed"]
    after = cluster.get(path)
    assert (after["data"], after["metadata"]["uid"] != before["metadata"]["uid"]) == ({"value": "two"}, True)
    assert [entry["operation"] for entry in after["metadata"]["managedFields"]] == ["Apply"]
    platform.must(playbook, templates=folder, state="absent")
    assert cluster.find(path) is None


def test_no_secret_is_in_the_tree_or_its_history(platform: Platform, cluster: Client) -> None:
    history = platform.git("log", "-p", "--all")
    for namespace in ("serving", "llm-gateway", "argocd", "git"):
        for secret in cluster.list(f"/api/v1/namespaces/{namespace}/secrets")[0]:
            for name, value in (secret.get("data") or {}).items():
                assert value not in history, f"{namespace}/{secret['metadata']['name']} {name}"
    assert platform.key() not in history
    assert "PRIVATE KEY" not in history


def test_the_way_back_moves_nothing_and_no_request_fails(platform: Platform, cluster: Client) -> None:
    with Traffic(platform).flowing() as traffic:
        platform.must("handover_revert")
    assert (traffic.failed, traffic.answered > 5) == ([], True)
    found = proof(platform, "revert.json")
    assert found["passed"] is True
    assert (found["counts"]["restarts"], found["counts"]["moved"]) == (0, 0)
    assert cluster.find("/api/v1/namespaces/argocd") is None
    done = platform.must("platform")
    assert done.changed == 0, done.output.partition("PLAY RECAP")[2]


def test_a_spoiled_rendering_fails_the_proof_and_is_named(platform: Platform) -> None:
    (file,) = platform.tree.glob("*/service-serving-inference-gateway.yaml")
    before = file.read_text()
    spoiled = yaml.safe_load(before)
    spoiled["metadata"]["labels"]["spoiled"] = "on-purpose"
    file.write_text(yaml.safe_dump(spoiled, sort_keys=False))
    words = platform.fails("handover")
    assert "Service serving/inference-gateway" in words
    assert "metadata.labels.spoiled" in words
    # The inventory's rendering goes to Git, and Argo CD brings it to the cluster.
    platform.must("platform")
    assert yaml.safe_load(file.read_text()) == yaml.safe_load(before)
