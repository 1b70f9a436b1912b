# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the tenants' layer applies to a cluster, by tier."""

from __future__ import annotations

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
