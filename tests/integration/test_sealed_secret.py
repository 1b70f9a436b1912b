# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The module sealed_secret against the real controller, which runs with the rights that the role gives it."""

from __future__ import annotations

import base64
import pathlib
import typing as t

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from gateway_fixture import programs
from kube_fixture.fixtures import Kube
from sealed_fixture.controller import Controller, wait_for
from sealed_fixture.fixtures import VALUES, Sealing, install, run_play

from ansible_collections.inference.platform.plugins.module_utils.config import gpus

Object = dict[str, t.Any]

MANAGED = "sealedsecrets.bitnami.com/managed"


def in_the_clear(text: str) -> list[str]:
    """Values, plain or in base64, that a text gives away."""
    return [
        value
        for value in VALUES.values()
        if value in text or base64.b64encode(value.encode()).decode().strip("=") in text
    ]


def test_the_controller_takes_an_existing_secret_over_without_writing_it(sealing: Sealing) -> None:
    before = sealing.secret()
    first = sealing.play()
    assert first["changed"]
    assert (first["sealed"], first["marked"]) == (["keys"], ["keys"])
    assert [entry["action"] for entry in first["objects"]] == ["created"]

    (synced,) = sealing.sealed()["status"]["conditions"]
    assert (synced["type"], synced["status"]) == ("Synced", "True")
    after = sealing.secret()
    for field in ("uid", "labels", "creationTimestamp"):
        assert after["metadata"][field] == before["metadata"][field]
    assert (after["data"], after["type"]) == (before["data"], before["type"])
    assert after["metadata"]["annotations"][MANAGED] == "true"
    assert "ownerReferences" not in after["metadata"]
    assert sealing.writes() == []


def test_the_same_values_change_nothing(sealing: Sealing) -> None:
    sealing.run()
    text, version = sealing.file.read_bytes(), sealing.secret()["metadata"]["resourceVersion"]
    second = sealing.play("--diff")
    assert not second["changed"]
    assert (second["sealed"], second["marked"], second["diff"]) == ([], [], [])
    assert sealing.file.read_bytes() == text
    assert sealing.secret()["metadata"]["resourceVersion"] == version


def test_a_secret_that_was_deleted_comes_back_the_very_same(sealing: Sealing) -> None:
    sealing.run()
    before = sealing.secret()
    sealing.kube.client.delete(
        sealing.kube.path("secrets/keys"), uid=before["metadata"]["uid"], propagation="Background"
    )

    def again() -> Object | None:
        found = sealing.kube.find("secrets/keys")
        return found if found and found["metadata"]["uid"] != before["metadata"]["uid"] else None

    after = wait_for(again, "the Secret")
    assert (after["data"], after["type"]) == (before["data"], before["type"])
    assert after["metadata"]["labels"] == before["metadata"]["labels"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert sealing.writes() == ["create"]
    assert not sealing.run()["changed"]


def test_a_sealed_value_is_worthless_in_another_place(sealing: Sealing) -> None:
    sealing.run()
    written = yaml.safe_load(sealing.file.read_text(encoding="utf-8"))
    client, elsewhere = sealing.kube.client, f"{sealing.kube.namespace}-other"
    client.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": elsewhere}})
    for namespace, name in ((elsewhere, "keys"), (sealing.kube.namespace, "other")):
        collection = f"/apis/bitnami.com/v1alpha1/namespaces/{namespace}/sealedsecrets"
        moved = {**written, "metadata": {"name": name, "namespace": namespace}}
        client.create(collection, moved)
        said = sealing.condition(collection, name)
        assert said["status"] == "False"
        assert "no key could decrypt secret" in said["message"]
        assert client.find(f"/api/v1/namespaces/{namespace}/secrets/{name}") is None


def test_a_secret_outlives_its_sealed_secret(sealing: Sealing) -> None:
    sealing.run()
    before = sealing.secret()
    uid = sealing.sealed()["metadata"]["uid"]
    sealing.kube.client.delete(f"{sealing.collection}/keys", uid=uid, propagation="Foreground")
    wait_for(lambda: sealing.kube.client.find(f"{sealing.collection}/keys") is None, "the end of the SealedSecret")
    restored = sealing.run()
    assert restored["sealed"] == []
    assert sealing.secret()["metadata"]["uid"] == before["metadata"]["uid"]


def test_to_stop_sealing_removes_the_component_and_keeps_the_secret(sealing: Sealing) -> None:
    sealing.run()
    before = sealing.secret()
    assert [entry["action"] for entry in sealing.stop()["objects"]] == ["pruned"]
    assert not sealing.file.parent.exists()
    assert sealing.kube.client.find(f"{sealing.collection}/keys") is None
    assert sealing.secret() == before


def test_a_changed_value_is_sealed_anew_and_stays(sealing: Sealing) -> None:
    sealing.run()
    text = sealing.file.read_text(encoding="utf-8")
    sealing.remake({"token": "sk-another-token-of-the-same-kind"})
    changed = sealing.run()
    assert changed["sealed"] == ["keys"]
    assert changed["files"]["written"] == [sealing.file.name]
    assert sealing.file.read_text(encoding="utf-8") != text
    assert base64.b64decode(sealing.secret()["data"]["token"]) == b"sk-another-token-of-the-same-kind"
    assert not sealing.run()["changed"]


def test_the_sealed_value_wins_over_a_hand_when_the_controller_looks_again(sealing: Sealing) -> None:
    sealing.run()
    before = sealing.secret()
    sealing.remake({"token": "sk-a-hand-was-here-0123456789"})
    sealing.controller.stop()
    sealing.controller.start()
    wait_for(lambda: sealing.secret()["data"] == before["data"], "the sealed value")
    after = sealing.secret()
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert sealing.writes() == ["update"]
    # the rights of the role are enough for everything it tried
    assert "forbidden" not in sealing.controller.log()
    assert not sealing.run()["changed"]


def test_the_backup_of_the_keys_and_the_tree_restore_a_lost_secret(sealing: Sealing) -> None:
    sealing.run()
    before, client = sealing.secret(), sealing.kube.client
    label = "sealedsecrets.bitnami.com/sealed-secrets-key"
    backup = sealing.kubectl("-n", "sealed-secrets", "get", "secret", "-l", label, "-o", "yaml")
    sealing.controller.stop()
    for key in sealing.controller.sealing_keys():
        path = f"/api/v1/namespaces/sealed-secrets/secrets/{key['metadata']['name']}"
        client.delete(path, uid=key["metadata"]["uid"], propagation="Background")
    for path in (sealing.kube.path("secrets/keys"), f"{sealing.collection}/keys"):
        client.delete(path, uid=client.get(path)["metadata"]["uid"], propagation="Background")
    sealing.kubectl("create", "-f", "-", stdin=backup)
    sealing.controller.start()
    sealing.kubectl("apply", "--server-side", "-f", str(sealing.file.parent))
    after = wait_for(lambda: sealing.kube.find("secrets/keys"), "the Secret")
    assert (after["data"], after["type"]) == (before["data"], before["type"])


def test_a_lost_tree_is_written_again_from_the_cluster(sealing: Sealing) -> None:
    sealing.run()
    text = sealing.file.read_bytes()
    sealing.file.unlink()
    again = sealing.run()
    assert (again["changed"], again["sealed"]) == (True, [])
    assert sealing.file.read_bytes() == text


def test_a_new_key_of_the_controller_and_rotate_seal_anew(sealing: Sealing) -> None:
    first = sealing.run()
    sealing.controller.make_a_new_key()
    second = sealing.run()
    assert second["sealed"] == ["keys"]
    assert second["certificate"] != first["certificate"]
    assert not sealing.run()["changed"]
    third = sealing.run(rotate=True)
    assert (third["changed"], third["sealed"], third["certificate"]) == (True, ["keys"], second["certificate"])
    assert not sealing.run()["changed"]


def test_check_mode_tells_what_would_be_and_writes_nothing(sealing: Sealing) -> None:
    before = sealing.secret()
    predicted = sealing.play("--check", "--diff")
    assert (predicted["changed"], predicted["sealed"], predicted["marked"]) == (True, ["keys"], ["keys"])
    assert sealing.secret() == before
    assert not sealing.tree.exists()
    assert sealing.kube.client.find(f"{sealing.collection}/keys") is None
    sealing.run()
    assert not sealing.run(check=True)["changed"]


def test_nothing_is_said_in_the_clear(sealing: Sealing) -> None:
    said = [sealing.play("--check", "--diff", "-vvv"), sealing.output, sealing.play("--diff", "-vvv"), sealing.output]
    assert [in_the_clear(str(text)) for text in said] == [[], [], [], []]
    assert in_the_clear(sealing.file.read_text(encoding="utf-8")) == []
    assert in_the_clear(sealing.controller.log()) == []


def test_after_the_handover_it_only_writes_the_files(sealing: Sealing) -> None:
    root = become_argocds(sealing.kube)
    try:
        staged = sealing.run()
        assert staged["changed"]
        assert staged["staged"] == [{"file": sealing.file.name, "action": "written"}]
        assert sealing.file.exists()
        assert sealing.kube.client.find(f"{sealing.collection}/keys") is None
        assert sealing.secret()["metadata"]["annotations"][MANAGED] == "true"
        assert not sealing.run()["changed"]
        uid = sealing.secret()["metadata"]["uid"]
        assert sealing.stop()["staged"] == [{"file": sealing.file.name, "action": "removed"}]
        assert not sealing.file.parent.exists()
        assert sealing.secret()["metadata"]["uid"] == uid
    finally:
        sealing.kube.client.delete(root["path"], uid=root["uid"], propagation="Background")


def become_argocds(kube: Kube) -> dict[str, str]:
    """Make the Application by which the platform knows that Argo CD reconciles it."""
    (definition,) = yaml.safe_load_all(programs.host_file("argocd-application-crd").read_text(encoding="utf-8"))
    kube.apply(definition, wait=60.0, component="argocd-definitions")
    collection = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
    kube.client.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
    spec = {
        "project": "platform",
        "source": {"repoURL": "ssh://git@example.test/tree.git", "path": "61-root", "targetRevision": "main"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "argocd"},
    }
    metadata = {"name": "root", "namespace": "argocd"}
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    made = kube.client.create(collection, body)
    return {"path": f"{collection}/root", "uid": made["metadata"]["uid"]}


def test_a_secret_that_is_not_there_is_named(sealing: Sealing) -> None:
    refused = sealing.run(ok=False, secrets=["keys", "absent"])
    assert refused["failed"]
    assert f"Secret {sealing.kube.namespace}/absent does not exist" in refused["msg"]
    predicted = sealing.run(check=True, secrets=["keys", "absent"])
    assert (predicted["changed"], predicted["sealed"]) == (True, ["absent", "keys"])


def test_without_a_controller_it_says_what_to_do(sealing: Sealing) -> None:
    refused = sealing.run(ok=False, controller_namespace="default")
    assert "There is no sealing key in namespace default" in refused["msg"]
    assert sealing.run(check=True, controller_namespace="default")["changed"]


def test_the_role_changes_nothing_twice_and_its_pod_is_admitted(
    sealed_controller: Controller, kube: Kube, tmp_path: pathlib.Path
) -> None:
    install(kube.plane, tmp_path)
    assert "changed=0" in install(kube.plane, tmp_path)
    # the namespace enforces the Pod Security Standard restricted
    pods = wait_for(lambda: kube.client.list("/api/v1/namespaces/sealed-secrets/pods")[0], "the controller's pod")
    assert [pod["spec"]["serviceAccountName"] for pod in pods] == ["sealed-secrets"]


def test_the_roles_keep_their_keys_in_the_tree(
    sealed_controller: Controller, kube: Kube, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "vault").write_text("opens the vault\n", encoding="utf-8")
    vault = VaultLib([("default", VaultSecret(b"opens the vault"))])
    (tmp_path / "far-key").write_bytes(vault.encrypt(b"sk-key-of-a-far-endpoint\n"))
    play = serving(kube, tmp_path)
    code, said = run_play(play, tmp_path, "-vvv", "--vault-password-file", str(tmp_path / "vault"))
    assert code == 0, said
    wanted = {("serving", "vllm-api-key"), ("llm-gateway", "vllm-api-key"), ("llm-gateway", "litellm")}
    wanted |= {("llm-gateway", "litellm-external")}
    held = kube.client.get("/api/v1/namespaces/llm-gateway/secrets/litellm-external")["data"]
    assert {name: base64.b64decode(value) for name, value in held.items()} == {"far": b"sk-key-of-a-far-endpoint"}
    files = sorted(path.relative_to(tmp_path / "tree").as_posix() for path in tmp_path.glob("tree/*/sealedsecret*"))
    assert files == [
        "21-serving-secrets/sealedsecret.bitnami.com-serving-vllm-api-key.yaml",
        "46-llm-gateway-secrets/sealedsecret.bitnami.com-llm-gateway-litellm-external.yaml",
        "46-llm-gateway-secrets/sealedsecret.bitnami.com-llm-gateway-litellm.yaml",
        "46-llm-gateway-secrets/sealedsecret.bitnami.com-llm-gateway-vllm-api-key.yaml",
    ]
    tree = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("tree/*/*.yaml"))
    assert "kind: Secret\n" not in tree
    for namespace, name in wanted:
        for value in kube.client.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")["data"].values():
            assert value not in tree
            assert base64.b64decode(value).decode() not in tree + said
    code, said = run_play(play, tmp_path, "--vault-password-file", str(tmp_path / "vault"))
    assert code == 0, said
    assert "changed=0" in said, said


def serving(kube: Kube, folder: pathlib.Path) -> Object:
    """A play with the two roles that generate Secrets, for an API server without nodes."""
    model = {
        "name": "coder-chat",
        "source": "builtin://tiny-coder",
        "image": "example.test/tiny:1",
        "path": "/models/tiny",
    }
    model |= {"served_for": ["chat"], "replicas": {"min": 1, "max": 1}, "gpus": 0, "cpu": True, "context": 2048}
    model |= {"price": {"input_per_token": 0.00001, "output_per_token": 0.00003}, "fallbacks": ["far-chat"]}
    far = {"name": "far-chat", "model": "org/Far", "served_for": ["chat"], "context": None, "price": model["price"]}
    endpoint = {
        "name": "far",
        "base_url": "https://far.test/v1",
        "api_key_file": str(folder / "far-key"),
        "models": [far],
    }
    platform = {
        "tree": str(folder / "tree"),
        "secrets": "sealed",
        "secret_store": {},
        "gateway_url": "http://inference-gateway.serving.svc.cluster.local/v1",
        "artifacts": {"source": "packages"},
        "images": {name: f"example.test/{name}:1" for name in ("vllm", "litellm", "postgres", "redis")},
        "tier": "cost",
        "external_endpoints": [{**endpoint, "timeout": None, "retries": 0}],
        "models": [model],
        "network": {"nodes": ["10.203.0.0/24"]},
        "gpu_stack": "none",
        "gpu_sharing": gpus.normalised({}),
    }
    return {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"platform": platform, "vllm_timeout": 0, "litellm_timeout": 0},
        "module_defaults": {"group/inference.platform.cluster": {"kubeconfig": kube.plane.kubeconfig}},
        "tasks": [
            {"ansible.builtin.import_role": {"name": f"inference.platform.{role}"}} for role in ("vllm", "litellm")
        ],
    }
