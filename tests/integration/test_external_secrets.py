# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""platform_secrets: external with the platform's own store and the real operator, which runs with the rights that the role gives it.

The tests build on each other, in this order.
"""

from __future__ import annotations

import base64
import typing as t

import pytest
from external_fixture.fixtures import STORE, Store
from kube_fixture.in_cluster import wait_for

from ansible_collections.inference.platform.plugins.module_utils.kube.generate import decode

Object = dict[str, t.Any]
REFERENCES = "/apis/external-secrets.io/v1/namespaces/llm-gateway/externalsecrets"
BEFORE = "sk-of-the-time-before-the-store"


def values(store: Store, namespace: str, name: str) -> dict[str, str]:
    return decode(store.secret(namespace, name)["data"])


def changed(output: str) -> list[str]:
    return [line for line in output.splitlines() if "changed=" in line and "changed=0" not in line]


@pytest.fixture(scope="module")
def secrets(secret_store: Store) -> Store:
    """The references of the layers; the engines' key was in the cluster before."""
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "vllm-api-key"},
        "stringData": {"api-key": BEFORE},
    }
    secret_store.client.create("/api/v1/namespaces/serving/secrets", body)
    secret_store.secrets()
    return secret_store


def test_the_secrets_are_made_from_the_store_and_no_value_is_in_the_tree(secrets: Store) -> None:
    stored = values(secrets, "secret-store", "litellm")
    assert set(stored) == {"LITELLM_MASTER_KEY", "LITELLM_SALT_KEY", "POSTGRES_PASSWORD"}
    made = values(secrets, "llm-gateway", "litellm")
    address = f"postgresql://litellm:{stored['POSTGRES_PASSWORD']}@postgres.llm-gateway.svc.cluster.local:5432/litellm"
    assert made == {**stored, "DATABASE_URL": address}
    for place in ("secret-store", "serving", "llm-gateway"):
        assert values(secrets, place, "vllm-api-key") == {"api-key": BEFORE}
    text = "".join(path.read_text() for path in secrets.tree.rglob("*.yaml"))
    assert "kind: ExternalSecret" in text
    for value in (BEFORE, *stored.values()):
        assert value not in text
        assert value not in secrets.output
        assert base64.b64encode(value.encode()).decode().strip("=") not in text


def test_a_secret_is_not_taken_for_an_object_of_the_tree(secrets: Store) -> None:
    for namespace in ("serving", "llm-gateway"):
        metadata = secrets.secret(namespace, "vllm-api-key")["metadata"]
        assert "argocd.argoproj.io/tracking-id" not in (metadata.get("annotations") or {})
        assert metadata["labels"]["app.kubernetes.io/part-of"] == "inference-platform"
        assert metadata["ownerReferences"][0]["kind"] == "ExternalSecret"


def test_a_second_run_changes_nothing_and_writes_nothing(secrets: Store) -> None:
    before = len(secrets.plane.writes())
    assert changed(secrets.secrets()) == []
    assert changed(secrets.role("external_secrets", "main", external_secrets_timeout=0)) == []
    assert len(secrets.plane.writes()) == before


def test_check_mode_tells_the_same_and_knows_what_would_change(secrets: Store) -> None:
    before = len(secrets.plane.writes())
    assert changed(secrets.secrets("--check")) == []
    assert changed(secrets.secrets("--check", **other_store("elsewhere")))
    assert len(secrets.plane.writes()) == before


def other_store(name: str) -> Object:
    wanted = {**STORE, "name": name, "builtin": False}
    return {"vllm_secret_store": wanted, "litellm_secret_store": wanted}


def test_a_deleted_secret_comes_back_the_very_same(secrets: Store) -> None:
    found = secrets.secret("llm-gateway", "litellm")
    path = "/api/v1/namespaces/llm-gateway/secrets/litellm"
    secrets.client.delete(path, uid=found["metadata"]["uid"], propagation="Background")
    back: Object = wait_for(lambda: secrets.client.find(path), "the Secret")
    assert (back["data"], back["metadata"]["uid"] != found["metadata"]["uid"]) == (found["data"], True)


def test_a_changed_value_arrives_when_it_is_asked_for(secrets: Store) -> None:
    secrets.client.merge("/api/v1/namespaces/secret-store/secrets/vllm-api-key", {"stringData": {"api-key": "sk-new"}})
    secrets.client.merge(f"{REFERENCES}/vllm-api-key", {"metadata": {"annotations": {"force-sync": "1"}}})
    wait_for(lambda: values(secrets, "llm-gateway", "vllm-api-key") == {"api-key": "sk-new"}, "the new value")


def test_a_store_that_does_not_exist_is_named(secrets: Store) -> None:
    said = secrets.role("vllm", "secrets", ok=False, vllm_timeout=5, **other_store("elsewhere"))
    assert "ExternalSecret" in said
    assert "elsewhere" in said
    # and the next run converges
    secrets.role("vllm", "secrets", vllm_timeout=60)


def test_other_namespaces_cannot_take_values_out_of_the_store(secrets: Store) -> None:
    item = secrets.client.get(f"{REFERENCES}/vllm-api-key")
    theirs = {**item, "metadata": {"name": "thief", "namespace": "default"}}
    theirs.pop("status")
    path = "/apis/external-secrets.io/v1/namespaces/default/externalsecrets"
    secrets.client.create(path, theirs)

    def refused() -> bool:
        conditions = (secrets.client.get(f"{path}/thief").get("status") or {}).get("conditions") or []
        return any(entry["status"] == "False" for entry in conditions)

    wait_for(refused, "the refusal")
    assert secrets.client.find("/api/v1/namespaces/default/secrets/vllm-api-key") is None
