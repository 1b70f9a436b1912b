# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The gateway's configuration, as data; what Envoy makes of it is an integration test."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.filter.envoy_gateway import envoy_gateway

MODELS = [{"name": "coder-chat"}, {"name": "coder-embed"}]
PICKER = "envoy.filters.http.ext_proc"

Config = dict[str, t.Any]


def manager(config: Config) -> Config:
    """The connection manager that takes requests."""
    found: Config = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    return found


def routes(config: Config) -> dict[str, Config]:
    """Routes by name, in the order in which they are tried."""
    return {route["name"]: route for route in manager(config)["route_config"]["virtual_hosts"][0]["routes"]}


def clusters(config: Config) -> dict[str, Config]:
    return {cluster["name"]: cluster for cluster in config["static_resources"]["clusters"]}


def address(cluster: Config) -> str:
    socket = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
    return f"{socket['address']}:{socket['port_value']}"


def test_each_model_has_its_own_engines_and_endpoint_picker() -> None:
    config = envoy_gateway(MODELS)
    for name in ("coder-chat", "coder-embed"):
        route = routes(config)[name]
        service = route["typed_per_filter_config"][PICKER]["overrides"]["grpc_service"]
        picker = clusters(config)[service["envoy_grpc"]["cluster_name"]]
        engines = clusters(config)[route["route"]["cluster"]]
        assert address(picker) == f"epp-{name}.serving.svc.cluster.local:9002"
        assert address(engines) == f"vllm-{name}.serving.svc.cluster.local:8000"


def test_a_route_depends_on_the_body_and_on_no_header() -> None:
    match = routes(envoy_gateway(MODELS))["coder-chat"]["match"]
    assert "headers" not in match
    assert match["dynamic_metadata"][0]["value"] == {"string_match": {"exact": "coder-chat"}}


def test_nothing_outside_v1_reaches_an_engine() -> None:
    for route in routes(envoy_gateway(MODELS)).values():
        assert "route" not in route or route["match"]["prefix"] == "/v1/"


def test_the_endpoint_picker_is_asked_on_every_route_to_an_engine_and_on_no_other() -> None:
    config = envoy_gateway(MODELS)
    picker = next(entry for entry in manager(config)["http_filters"] if entry["name"] == PICKER)
    assert "disabled" not in picker  # it would never come on: filters are chosen before the route is known
    assert "failure_mode_allow" not in picker["typed_config"]
    for route in routes(config).values():
        setting = route["typed_per_filter_config"][PICKER]
        assert ("overrides" in setting) == ("route" in route)
        assert setting.get("disabled", False) == ("direct_response" in route)


def test_steering_headers_are_removed_before_anything_reads_them_in_both_directions() -> None:
    first = manager(envoy_gateway(MODELS))["http_filters"][0]["typed_config"]["mutations"]
    for direction in ("request_mutations", "response_mutations"):
        prefixes = [entry["remove_on_match"]["key_matcher"]["prefix"] for entry in first[direction]]
        assert {"x-gateway-", "x-envoy-"} <= set(prefixes)


def test_only_replicas_that_dns_names_can_be_chosen() -> None:
    engines = clusters(envoy_gateway(MODELS))["engines-coder-chat"]
    policy = engines["load_balancing_policy"]["policies"][0]["typed_extension_config"]
    assert policy["name"] == "envoy.load_balancing_policies.override_host"
    assert policy["typed_config"]["override_host_sources"] == [{"header": "x-gateway-destination-endpoint"}]
    assert "original_dst" not in json.dumps(engines)


def test_only_what_did_not_reach_an_engine_is_tried_again() -> None:
    retry = routes(envoy_gateway(MODELS))["coder-chat"]["route"]["retry_policy"]["retry_on"].split(",")
    assert set(retry) == {"connect-failure", "refused-stream", "reset-before-request"}


def test_the_list_of_models_names_all_of_them_and_no_address() -> None:
    body = routes(envoy_gateway(MODELS))["model-list"]["direct_response"]["body"]["inline_string"]
    assert [entry["id"] for entry in json.loads(body)["data"]] == ["coder-chat", "coder-embed"]


def test_administration_listens_on_loopback_only() -> None:
    assert envoy_gateway(MODELS)["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"


def test_time_outs_and_names_follow_the_options() -> None:
    config = envoy_gateway(MODELS, namespace="ai", domain="k8s.lan", stream_timeout=7, picker_timeout=3)
    assert routes(config)["coder-chat"]["route"]["timeout"] == "7s"
    assert address(clusters(config)["picker-coder-chat"]) == "epp-coder-chat.ai.svc.k8s.lan:9002"
    picker = next(entry for entry in manager(config)["http_filters"] if entry["name"] == PICKER)
    assert picker["typed_config"]["message_timeout"] == "3s"


def test_the_same_models_give_the_same_bytes() -> None:
    assert json.dumps(envoy_gateway(MODELS)) == json.dumps(envoy_gateway(list(MODELS)))


@pytest.mark.parametrize(
    ("models", "message"),
    [([], "at least one model"), ([{"name": "a"}, {"name": "a"}], "two models have one name: a"), ([{}], "no models")],
)
def test_models_that_cannot_be_told_apart_are_refused(models: list[Config], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        envoy_gateway(models)
