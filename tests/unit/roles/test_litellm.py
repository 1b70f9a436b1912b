# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the tenants' layer applies to a cluster, by tier."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml

from .conftest import CONFIGURATION, Render
from .objects import Objects


@pytest.fixture
def tier(render: Render) -> t.Callable[[str], Objects]:
    """Renders proxy and counters for a tier."""

    def ask(name: str) -> Objects:
        platform = {**CONFIGURATION["platform"], "tier": name}
        secret = {"values": {"LITELLM_MASTER_KEY": f"sk-{name}"}}
        return render("litellm", ("templates/proxy", "templates/redis"), platform=platform, __litellm_secret=secret)

    return ask


def settings(objects: Objects) -> dict[str, t.Any]:
    found: dict[str, t.Any] = yaml.safe_load(objects.one("ConfigMap", "litellm")["data"]["config.yaml"])
    return found


def test_tier_prod_has_two_proxies_that_count_together(tier: t.Callable[[str], Objects]) -> None:
    cost, prod = tier("cost"), tier("prod")
    assert cost.one("Deployment", "litellm")["spec"]["replicas"] == 1
    assert prod.one("Deployment", "litellm")["spec"]["replicas"] == 2
    assert "coordination_redis" not in settings(cost)["general_settings"]
    assert settings(prod)["general_settings"]["coordination_redis"] == {
        "host": "litellm-redis.llm-gateway.svc.cluster.local",
        "port": 6379,
        "password": "os.environ/LITELLM_REDIS_PASSWORD",
    }
    container = prod.one("Deployment", "litellm")["spec"]["template"]["spec"]["containers"][0]
    [password] = [entry for entry in container["env"] if entry["name"] == "LITELLM_REDIS_PASSWORD"]
    assert password["valueFrom"]["secretKeyRef"] == {"name": "litellm-redis", "key": "password"}


def test_only_the_proxy_reaches_the_counters(tier: t.Callable[[str], Objects]) -> None:
    policy = tier("prod").one("NetworkPolicy", "litellm-redis")["spec"]
    [rule] = policy["ingress"]
    [source] = rule["from"]
    assert source["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "litellm"
    assert rule["ports"] == [{"protocol": "TCP", "port": 6379}]
    assert "egress" not in policy
    assert policy["policyTypes"] == ["Ingress", "Egress"]


def test_the_isolation_probe_knocks_at_the_counters_where_there_are_some(render: Render) -> None:
    def targets(tier: str) -> str:
        platform = {**CONFIGURATION["platform"], "tier": tier}
        found: str = render("isolation_probe", platform=platform).one("ConfigMap", "isolation-probe")["data"]["targets"]
        return found

    assert "blocked litellm-redis.llm-gateway.svc.cluster.local:6379" in targets("prod").splitlines()
    assert "litellm-redis" not in targets("cost")


@pytest.mark.parametrize("name", ["cost", "prod"])
def test_every_tier_refuses_what_was_revoked(tier: t.Callable[[str], Objects], name: str) -> None:
    objects = tier(name)
    assert "revocations.callback" in settings(objects)["litellm_settings"]["callbacks"]
    assert "class Revocations" in objects.one("ConfigMap", "litellm")["data"]["revocations.py"]


def test_another_master_key_is_another_pod_and_is_in_no_object(tier: t.Callable[[str], Objects]) -> None:
    one, other = tier("cost"), tier("prod")
    mark = "inference.platform/master-key"

    def annotations(objects: Objects) -> dict[str, str]:
        found: dict[str, str] = objects.one("Deployment", "litellm")["spec"]["template"]["metadata"]["annotations"]
        return found

    assert annotations(one)[mark] != annotations(other)[mark]
    assert "sk-prod" not in str(list(other))


@pytest.fixture
def external(render: Render, tmp_path: pathlib.Path) -> t.Callable[[str], Objects]:
    """Renders the proxy with an external endpoint whose key file has this text."""
    path = tmp_path / "key"
    price = {"input_per_token": 0.1, "output_per_token": 0.2}
    model = {"name": "far", "model": "org/Far", "served_for": ["chat"], "context": None, "price": price}
    endpoint = {"name": "my-lan", "base_url": "http://lan/v1", "api_key_file": str(path), "timeout": None, "retries": 0}
    first, *others = CONFIGURATION["platform"]["models"]
    platform = {
        **CONFIGURATION["platform"],
        "models": [{**first, "fallbacks": ["far"]}, *others],
        "external_endpoints": [{**endpoint, "models": [model]}],
    }

    def ask(text: str) -> Objects:
        path.write_text(text, encoding="utf-8")
        return render("litellm", ("templates/proxy",), platform=platform)

    return ask


def test_an_external_endpoint_has_its_key_from_a_secret_and_nowhere_else(external: t.Callable[[str], Objects]) -> None:
    objects = external("sk-far-away\n")
    container = objects.one("Deployment", "litellm")["spec"]["template"]["spec"]["containers"][0]
    [key] = [entry for entry in container["env"] if entry["name"] == "EXTERNAL_API_KEY_MY_LAN"]
    assert key["valueFrom"]["secretKeyRef"] == {"name": "litellm-external", "key": "my-lan"}
    [far] = [entry for entry in settings(objects)["model_list"] if entry["model_name"] == "far"]
    assert far["litellm_params"]["api_key"] == "os.environ/EXTERNAL_API_KEY_MY_LAN"
    assert settings(objects)["router_settings"]["fallbacks"] == [{"coder-chat": ["far"]}]
    assert "sk-far-away" not in str(list(objects))


def test_another_key_of_an_endpoint_is_another_pod(external: t.Callable[[str], Objects]) -> None:
    marks = [
        external(text).one("Deployment", "litellm")["spec"]["template"]["metadata"]["annotations"]
        for text in ("sk-1", "sk-2", "sk-2\n")
    ]
    [one, other, same] = [mark["inference.platform/external-keys"] for mark in marks]
    assert one != other == same


@pytest.mark.parametrize("name", ["cost", "prod"])
def test_nobody_falls_back_to_a_model_that_his_key_may_not_use(tier: t.Callable[[str], Objects], name: str) -> None:
    found = settings(tier(name))
    assert found["general_settings"]["enforce_fallback_model_access"] is True
    assert "dangerously_allow_mock_testing_request_params" not in found["general_settings"]
    assert found["router_settings"]["disable_cooldowns"] is True
