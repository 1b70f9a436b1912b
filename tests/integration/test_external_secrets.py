# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""platform_secrets: external with the real operator, which runs with the rights that the role gives it.

The tests build on each other, in this order: the platform's own store, a new master key, somebody else's store, and the way back.
"""

from __future__ import annotations

import base64
import typing as t

import pytest
import yaml
from external_fixture.fixtures import BEFORE, OPERATOR, OWN, REFERENCES, Platform, Play
from gateway_fixture import programs
from kube_fixture.in_cluster import wait_for

from ansible_collections.inference.platform.plugins.module_utils.config import stores

Object = dict[str, t.Any]
EXTERNAL = "/apis/external-secrets.io/v1/namespaces/{}/externalsecrets"
SECRETS = (
    ("serving", "vllm-api-key"),
    ("llm-gateway", "vllm-api-key"),
    ("llm-gateway", "litellm"),
)
VLLM, LITELLM = REFERENCES
THEIRS = {
    "LITELLM_MASTER_KEY": "sk-theirs",
    "LITELLM_SALT_KEY": "sk-salt-of-theirs",
    "POSTGRES_PASSWORD": "theirpassword",
}


class Runs(t.NamedTuple):
    """What Ansible said of three runs: the same again, check mode with another store, and a new master key."""

    again: str
    check: str
    rotation: str
    # the master key before, and the objects that the three wrote
    before: dict[str, str]
    written: list[tuple[str, str]]


@pytest.fixture(scope="module")
def runs(external: Platform) -> Runs:
    """One start of Ansible for all three."""
    before, known = external.values("llm-gateway", "litellm"), len(external.plane.writes())
    again = Play((OPERATOR, *REFERENCES))
    check = Play((VLLM,), store={**OWN, "name": "elsewhere"}, check=True)
    rotation = Play((("litellm", "rotate_master_key"), LITELLM))
    said = external.run(again, check, rotation)
    written = [entry["objectRef"] for entry in external.plane.writes()[known:]]
    return Runs(*said, before, [(entry["resource"], f"{entry['namespace']}/{entry['name']}") for entry in written])


def changes(said: str) -> int:
    """How many tasks changed something."""
    return said.count("\nchanged: [localhost]")


def their_store(platform: Platform) -> Object:
    """A store as a person names it: another namespace, read by the provider ``kubernetes``."""
    authority = {"type": "ConfigMap", "name": "kube-root-ca.crt", "key": "ca.crt", "namespace": "elsewhere"}
    account = {"name": "default", "namespace": "elsewhere"}
    kubernetes = {
        "remoteNamespace": "elsewhere",
        "server": {"url": platform.plane.address, "caProvider": authority},
        "auth": {"serviceAccount": account},
    }
    return {**OWN, "name": "theirs", "prefix": "demo-", "builtin": False, "provider": {"kubernetes": kubernetes}}


def make_their_store(platform: Platform) -> None:
    client = platform.client
    client.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}})
    rights = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list", "watch"]}
    api = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "reader"}}
    base = "/apis/rbac.authorization.k8s.io/v1/namespaces/elsewhere"
    client.create(f"{base}/roles", {**api, "kind": "Role", "rules": [rights]})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": "elsewhere"}
    client.create(f"{base}/rolebindings", {**api, "kind": "RoleBinding", "roleRef": role, "subjects": [subject]})
    entries = {"vllm-api-key": {"api-key": "sk-engines"}, "litellm": THEIRS, "litellm-redis": {"password": "counted"}}
    for name, values in entries.items():
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"demo-{name}"}, "stringData": values}
        client.create("/api/v1/namespaces/elsewhere/secrets", body)


def test_check_mode_before_anything_is_there_tells_what_the_first_run_does(external: Platform) -> None:
    imagined, done = external.first
    # it would be less if check mode had written anything
    assert changes(imagined) == changes(done) >= len(SECRETS)


def test_the_secrets_are_made_from_the_store_and_no_value_is_in_the_tree(external: Platform) -> None:
    stored = external.values("secret-store", "litellm")
    assert set(stored) == {"LITELLM_MASTER_KEY", "LITELLM_SALT_KEY", "POSTGRES_PASSWORD"}
    made = wait_for(lambda: external.values("llm-gateway", "litellm"), "the Secret")
    address = f"postgresql://litellm:{stored['POSTGRES_PASSWORD']}@postgres.llm-gateway.svc.cluster.local:5432/litellm"
    assert made == {**stored, "DATABASE_URL": address}
    # the engines' key was there before the store was
    for place in ("secret-store", "llm-gateway", "serving"):
        wait_for(lambda place=place: external.values(place, "vllm-api-key") == {"api-key": BEFORE}, "the key")
    assert external.texts().count("\nkind: ExternalSecret\n") == len(SECRETS)
    for value in (BEFORE, *stored.values()):
        for text in (value, base64.b64encode(value.encode()).decode().strip("=")):
            assert text not in external.texts()
            assert text not in external.output


def test_a_deleted_secret_comes_back_the_very_same_when_the_operator_is_asked(external: Platform) -> None:
    found = external.secret("llm-gateway", "litellm")
    path = "/api/v1/namespaces/llm-gateway/secrets/litellm"
    external.client.delete(path, uid=found["metadata"]["uid"], propagation="Background")
    asked = {"metadata": {"annotations": {"force-sync": "1"}}}
    external.client.merge(f"{EXTERNAL.format('llm-gateway')}/litellm", asked)
    back: Object = wait_for(lambda: external.client.find(path), "the Secret")
    assert (back["data"], back["metadata"]["uid"] != found["metadata"]["uid"]) == (found["data"], True)


def test_other_namespaces_cannot_take_values_out_of_the_store(external: Platform) -> None:
    item = external.client.get(f"{EXTERNAL.format('llm-gateway')}/vllm-api-key")
    theirs = {key: item[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": "thief"}}
    path = EXTERNAL.format("default")
    external.client.create(path, theirs)

    def refused() -> bool:
        conditions = (external.client.get(f"{path}/thief").get("status") or {}).get("conditions") or []
        return any(entry["status"] == "False" for entry in conditions)

    wait_for(refused, "the refusal")
    assert external.values("default", "vllm-api-key") == {}


def test_a_second_run_waits_for_the_operator_and_changes_nothing(external: Platform, runs: Runs) -> None:
    assert changes(runs.again) == 0
    for namespace, name in SECRETS:
        metadata = external.secret(namespace, name)["metadata"]
        # an object of the tree would be pruned, one with an owner would go with it
        assert "argocd.argoproj.io/tracking-id" not in (metadata.get("annotations") or {})
        assert "ownerReferences" not in metadata
        assert metadata["labels"]["app.kubernetes.io/part-of"] == "inference-platform"


def test_check_mode_knows_what_would_change(external: Platform, runs: Runs) -> None:
    assert changes(runs.check) == 1
    assert "+    name: elsewhere" in runs.check
    assert "elsewhere" not in external.texts()


def test_a_new_master_key_arrives_at_once_and_nothing_else_is_written(external: Platform, runs: Runs) -> None:
    after = external.values("llm-gateway", "litellm")
    assert [key for key in after if after[key] != runs.before[key]] == ["LITELLM_MASTER_KEY"]
    assert after["LITELLM_MASTER_KEY"] == external.values("secret-store", "litellm")["LITELLM_MASTER_KEY"]
    assert after["LITELLM_MASTER_KEY"] not in external.output + external.texts()
    assert runs.written == [("secrets", "secret-store/litellm"), ("externalsecrets", "llm-gateway/litellm")]


def test_a_store_that_is_missing_is_named_and_one_that_is_there_is_read(external: Platform) -> None:
    kept = external.values("secret-store", "litellm")
    make_their_store(external)
    missing = Play((VLLM,), store={**OWN, "name": "nowhere", "builtin": False}, timeout=2, fails=True)
    said, _theirs = external.run(missing, Play((OPERATOR, *REFERENCES), store=their_store(external), redis=True))
    assert "ExternalSecret.external-secrets.io serving/vllm-api-key: not Ready" in said
    assert 'ClusterSecretStore.external-secrets.io "nowhere" not found' in said
    assert external.values("llm-gateway", "litellm").items() > THEIRS.items()
    redis = external.values("llm-gateway", "litellm-redis")
    assert redis["password"] == "counted"
    assert redis["redis.conf"].startswith('requirepass counted\nsave ""\n')
    for namespace in ("serving", "llm-gateway"):
        assert external.values(namespace, "vllm-api-key") == {"api-key": "sk-engines"}
    # what only the platform's own store has is not lost with the store
    assert external.values("secret-store", "litellm") == kept


def test_on_the_way_back_the_references_go_and_the_secrets_stay(external: Platform) -> None:
    places = (*SECRETS, ("llm-gateway", "litellm-redis"))
    before = {place: external.secret(*place) for place in places}
    (said,) = external.run(Play((VLLM, ("litellm", "secrets")), secrets="kubernetes"))
    assert changes(said) == 2
    assert "\nkind: ExternalSecret\n" not in external.texts()
    for namespace, name in places:
        path = f"{EXTERNAL.format(namespace)}/{name}"
        wait_for(lambda path=path: external.client.find(path) is None, "the end of the reference")
        after = external.secret(namespace, name)
        assert (after["metadata"]["uid"], after["data"]) == (
            before[namespace, name]["metadata"]["uid"],
            before[namespace, name]["data"],
        )


def test_preflight_knows_the_providers_of_the_release() -> None:
    definition = yaml.load(programs.host_file("cluster-secret-store-crd").read_bytes(), yaml.CSafeLoader)
    (schema,) = [item["schema"]["openAPIV3Schema"] for item in definition["spec"]["versions"] if item["name"] == "v1"]
    known = schema["properties"]["spec"]["properties"]["provider"]["properties"]
    assert set(known) == set(stores.RELEASED)
