# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""References to a store: what the tree holds in place of values, and what the operator may do."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import Render
from .objects import Object, Objects

OWN: Object = {"name": "platform", "kind": "ClusterSecretStore", "prefix": "", "provider": {}, "builtin": True}
VAULT: Object = {
    "name": "vault",
    "kind": "ClusterSecretStore",
    "prefix": "demo/",
    "provider": {"vault": {"server": "https://vault.lan:8200"}},
    "builtin": False,
}


def references(render: Render, store: Object, **variables: t.Any) -> list[Object]:
    """Every ExternalSecret of the platform."""
    held = {"values": {"LITELLM_MASTER_KEY": "sk-one"}}
    litellm = {"litellm_secret_store": store, "litellm_secrets": "external", "__litellm_stored": held, **variables}
    found = render("vllm", ("templates/external",), vllm_secret_store=store)
    return [*found, *render("litellm", ("templates/external",), **litellm)]


@pytest.mark.parametrize("store", [OWN, VAULT], ids=["own", "vault"])
def test_every_secret_is_a_reference_that_keeps_what_it_made(render: Render, store: Object) -> None:
    items = references(render, store, litellm_redis=True)
    places = [(item["metadata"]["namespace"], item["metadata"]["name"]) for item in items]
    assert sorted(places) == [
        ("llm-gateway", "litellm"),
        ("llm-gateway", "litellm-redis"),
        ("llm-gateway", "vllm-api-key"),
        ("serving", "vllm-api-key"),
    ]
    for item in items:
        spec = item["spec"]
        assert (item["apiVersion"], item["kind"]) == ("external-secrets.io/v1", "ExternalSecret")
        assert spec["secretStoreRef"] == {"kind": store["kind"], "name": store["name"]}
        target = spec["target"]
        assert (target["name"], target["creationPolicy"]) == (item["metadata"]["name"], "Orphan")
        assert target["deletionPolicy"] == "Retain"
        # the tracking annotation must not come onto the Secret
        assert target["template"]["metadata"]["labels"]
        assert spec["refreshInterval"]
        for entry in spec["data"]:
            assert entry["remoteRef"]["key"] == f"{store['prefix']}{item['metadata']['name']}"
            assert entry["remoteRef"]["property"] == entry["secretKey"]


def test_what_an_engine_asks_for_and_what_the_gateway_sends_come_from_one_entry(render: Render) -> None:
    keys = [item for item in references(render, OWN) if item["metadata"]["name"] == "vllm-api-key"]
    assert len({str(item["spec"]["data"]) for item in keys}) == 1


def test_the_address_of_the_database_is_made_of_the_password_in_the_cluster(render: Render) -> None:
    (item,) = [item for item in references(render, OWN) if item["metadata"]["name"] == "litellm"]
    template = item["spec"]["target"]["template"]
    host = "postgres.llm-gateway.svc.cluster.local:5432/litellm"
    assert template["data"] == {"DATABASE_URL": "postgresql://litellm:{{ .POSTGRES_PASSWORD }}@" + host}
    assert template["mergePolicy"] == "Merge"


def test_the_counters_configuration_is_the_same_wherever_the_password_is(render: Render) -> None:
    (item,) = [item for item in references(render, OWN, litellm_redis=True) if "redis" in item["metadata"]["name"]]
    text = item["spec"]["target"]["template"]["data"]["redis.conf"]
    assert text.startswith('requirepass {{ .password }}\nsave ""\n')
    assert text.endswith("dir /data\n")


def test_another_master_key_is_another_reference_so_that_the_operator_looks_at_once(render: Render) -> None:
    def spec(value: str) -> Object:
        stored = {"values": {"LITELLM_MASTER_KEY": value}}
        items = references(render, OWN, __litellm_stored=stored)
        found: Object = next(item["spec"] for item in items if item["metadata"]["name"] == "litellm")
        return found

    assert spec("sk-one") == spec("sk-one")
    assert spec("sk-one") != spec("sk-two")
    assert "sk-one" not in str(spec("sk-one"))


def operator(render: Render, store: Object) -> Objects:
    return render("external_secrets", ("templates/operator",), external_secrets_store=store)


def rules(objects: Objects) -> list[t.Any]:
    found: list[t.Any] = objects.one("ClusterRole", "external-secrets")["rules"]
    return found


def test_only_for_stores_elsewhere_may_the_operator_take_the_token_of_any_account(render: Render) -> None:
    tokens = {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]}
    assert tokens in rules(operator(render, VAULT))
    assert tokens not in rules(operator(render, OWN))
    own = render("external_secrets", ("templates/store",))
    assert own.one("Role", "operator")["rules"] == [{**tokens, "resourceNames": ["reader"]}]


def test_for_the_own_store_the_operator_reaches_nothing_but_the_api_server_and_names(render: Render) -> None:
    policy = operator(render, OWN).one("NetworkPolicy", "external-secrets")
    assert {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]} == {443, 6443, 53}
    assert operator(render, VAULT).kind("NetworkPolicy") == []


def test_only_the_platforms_namespaces_may_name_the_own_store(render: Render) -> None:
    store = render("external_secrets", ("templates/store",)).one("ClusterSecretStore", "platform")
    assert store["spec"]["conditions"] == [{"namespaces": ["serving", "llm-gateway"]}]


def test_a_provider_becomes_the_store_as_it_was_given(render: Render) -> None:
    (store,) = render("external_secrets", ("templates/provider",), external_secrets_store=VAULT)
    assert (store["kind"], store["metadata"]["name"]) == ("ClusterSecretStore", "vault")
    assert store["spec"] == {"provider": VAULT["provider"]}
