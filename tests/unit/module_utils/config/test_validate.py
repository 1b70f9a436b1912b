# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bad input gets a message that names the variable, the value and the cure."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import validate
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import with_defaults

CHAT: dict[str, t.Any] = {"name": "chat", "source": "builtin://tiny-coder", "served_for": ["chat"]}


def findings(**variables: t.Any) -> list[str]:
    complete = with_defaults({"models": [CHAT], **variables})
    return validate.schema_findings(variables) or validate.not_yet_findings(complete) + validate.meaning_findings(
        complete
    )


def test_a_configuration_without_faults_has_no_findings() -> None:
    assert findings(tenants=[{"team": "a", "models": ["chat"], "keys": [{"alias": "one"}]}]) == []


def test_secrets_may_be_sealed() -> None:
    assert findings(secrets="sealed") == []


def test_secrets_may_be_in_the_platforms_own_store_or_in_another() -> None:
    assert findings(secrets="external") == []
    assert findings(secrets="external", secret_store={"name": "vault", "prefix": "demo/"}) == []
    assert findings(secrets="external", secret_store={"name": "vault", "provider": {"vault": {"server": "x"}}}) == []
    cloud = {"name": "cloud", "provider": {"aws": {"service": "SecretsManager"}}}
    assert findings(secrets="external", secret_store=cloud, artifacts="upstream") == []


def test_a_misspelt_variable_is_named_with_its_neighbour() -> None:
    (finding,) = validate.unknown_names(["platform_name", "platform_modles"])
    assert finding == "platform_modles: no such variable; did you mean platform_models?"


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"profile": "everything"}, ["platform_profile", "'everything'", "llm_gateway"]),
        ({"models": [{"name": "chat", "served_for": ["chat"]}]}, ["platform_models[0]", "'chat' has no source"]),
        ({"models": [CHAT, CHAT]}, ["2 entries have the name 'chat'"]),
        (
            {"models": [{**CHAT, "source": "tiny-coder"}]},
            ["'chat' has the source 'tiny-coder'", "builtin://tiny-coder"],
        ),
        ({"models": [{**CHAT, "source": "builtin://huge"}]}, ["'builtin://huge'", "built in are tiny-coder"]),
        ({"models": [{**CHAT, "source": "oci://registry/image:1"}]}, ["name the folder"]),
        ({"models": [{**CHAT, "served_for": ["talking"]}]}, ["platform_models[0].served_for[0]", "'talking'", "fim"]),
        ({"models": [{**CHAT, "contxt": 5}]}, ["unknown key contxt", "did you mean context?"]),
        ({"models": [{**CHAT, "served_for": ["chat", "embeddings"]}]}, ["declare a second model"]),
        ({"models": [{**CHAT, "replicas": {"min": 3, "max": 2}}]}, ["replicas.max 2 below replicas.min 3"]),
        ({"models": [{**CHAT, "price": {"input_per_token": 0}}]}, ["platform_models[0].price.input_per_token"]),
        ({"models": []}, ["platform_models", "none is declared"]),
        ({"tenants": [{"team": "a", "models": ["other"]}]}, ["team 'a' asks for model 'other'"]),
        ({"tenants": [{"team": "a", "models": ["chat"]}] * 2}, ["2 entries have the team 'a'"]),
        (
            {"tenants": [{"team": "a", "models": ["chat"], "keys": [{"alias": "k"}] * 2}]},
            ["2 entries have the alias 'k'"],
        ),
        ({"endpoint_port": 70000}, ["platform_endpoint_port", "70000"]),
        ({"artifacts": "mirror"}, ["platform_mirror", "no registry is named"]),
        ({"network": {"address": "10.244.1.1/24", "pods": "10.244.0.0/16"}}, ["address 10.244.1.1/24 overlaps pods"]),
        ({"network": {"address": "10.300.0.1/24"}}, ["platform_network.address"]),
        ({"substrate": "gke"}, ["'gke' is not available in this release", "choose local"]),
        (
            {"secret_store": {"name": "vault"}},
            ["'vault'", "platform_secrets is kubernetes", "set platform_secrets to external"],
        ),
        ({"secrets": "external", "secret_store": {"kind": "SecretStore"}}, ["platform_secret_store", "has no name"]),
        (
            {"secrets": "external", "secret_store": {"name": "platform"}},
            ["'platform' is the name of the platform's own"],
        ),
        (
            {"secrets": "external", "secret_store": {"name": "vault", "kind": "Store"}},
            ["platform_secret_store.kind", "ClusterSecretStore"],
        ),
        (
            {"secrets": "external", "secret_store": {"name": "v", "provider": {"vault": {}, "aws": {}}}},
            ["platform_secret_store.provider"],
        ),
        (
            {
                "secrets": "external",
                "secret_store": {"name": "v", "kind": "SecretStore", "provider": {"vault": {"server": "x"}}},
            },
            ["made for the whole cluster", "leave kind out"],
        ),
        (
            {"secrets": "external", "secret_store": {"name": "v", "provider": {"vualt": {"server": "x"}}}},
            ["platform_secret_store.provider", "no provider vualt", "did you mean vault?"],
        ),
        (
            {"secrets": "external", "secret_store": {"name": "v", "provider": {"aws": {"region": "x"}}}},
            ["built from packages has fake, kubernetes, vault, webhook, and not aws", "upstream"],
        ),
        (
            {"secrets": "external", "secret_store": {"name": "v", "provider": {"vault": {}}}},
            ["platform_secret_store.provider.vault", "has no settings", "spec.provider.vault"],
        ),
        ({"name": "A_B"}, ["platform_name", "'A_B'"]),
        ({"git": {"url": "http://git.lan/x"}}, ["platform_git.url", "'http://git.lan/x'"]),
        ({"git": {"url": "https://git.lan/x"}}, ["platform_git", "needs token_file"]),
        ({"git": {"url": "ssh://git@git.lan/x", "ssh_key": "/k"}}, ["platform_git", "needs known_hosts"]),
        ({"git": {"token_file": "/t"}}, ["token_file is set, but no url"]),
    ],
)
def test_each_fault_is_named_with_its_place_and_its_cure(variables: dict[str, t.Any], words: list[str]) -> None:
    found = findings(**variables)
    assert len(found) == 1
    for word in words:
        assert word in found[0]


def test_all_faults_are_reported_at_once() -> None:
    found = findings(models=[CHAT, CHAT], tenants=[{"team": "a", "models": ["nope"]}])
    assert len(found) == 2


def test_a_value_that_the_command_line_made_text_has_its_cure() -> None:
    (finding,) = validate.schema_findings({"handover": "True"})
    assert finding.endswith("""write -e '{"platform_handover": true}'.""")
    assert "4001" in validate.schema_findings({"endpoint_port": "4001"})[0].partition("write -e")[2]
    assert "write -e" not in validate.schema_findings({"git": {"branch": 3}})[0]


def test_a_tenant_outside_the_inventory_is_checked_by_the_same_rules() -> None:
    assert validate.tenant_schema_findings({"team": "a", "models": ["chat"], "keys": [{"alias": "one"}]}) == []
    found = validate.tenant_schema_findings({"team": "a", "modls": [], "budget": {"usd": 0}})
    assert "tenant: unknown key modls; did you mean models?" in found
    assert "tenant: 'a' has no models." in found
    assert any(finding.startswith("tenant.budget.usd: ") for finding in found)


def test_models_with_gpus_need_something_that_makes_gpus_usable() -> None:
    model = {**CHAT, "gpus": 2}
    (finding,) = findings(models=[model])
    assert "'chat' asks for GPUs, and platform_gpu_stack is none" in finding
    assert findings(models=[model], gpu_stack="provider") == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"models": [{**CHAT, "gpus": 2}]}, "'chat' asks for GPUs, and machines of platform_substrate local have none"),
        (
            {"models": [CHAT], "kubernetes": "existing"},
            "with platform_kubernetes existing there are none to install it on",
        ),
    ],
)
def test_a_driver_on_hosts_needs_hosts_that_can_have_cards(changed: dict[str, t.Any], words: str) -> None:
    complete = with_defaults({"models": [CHAT], "gpu_stack": "host", **changed})
    (finding,) = validate.meaning_findings(complete)
    assert words in finding


def test_a_driver_on_hosts_is_fine_where_machines_are_rented() -> None:
    rented = {
        "substrate": "vast",
        "vast_max_usd_per_hour": 1,
        "vast_nodes": [{"name": "node-1", "gpu": "RTX 4090", "gpus": 2}],
    }
    assert findings(models=[{**CHAT, "gpus": 2}], gpu_stack="host", **rented) == []
    assert validate.not_yet_findings({"gpu_stack": "host"}) == []
