# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Envoy's static configuration for the inference gateway (API v3, Envoy 1.40).

A request goes through these filters: headers that steer the gateway are removed; the model's name is read from the body
into metadata; the route of that model asks the model's endpoint picker (Gateway API Inference Extension, ext_proc) for a
replica; the cluster of the model's engines sends the request there, and only to a replica it knows. Nothing that a client
sends but the name of the model has a say in where its request goes.
"""

from __future__ import annotations

import dataclasses
import typing as t

from . import envoy_filters as filters
from . import envoy_replies as replies

Config = dict[str, t.Any]

_API = "type.googleapis.com/envoy."
_CONNECTION_MANAGER = f"{_API}extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_HTTP_OPTIONS = f"{_API}extensions.upstreams.http.v3.HttpProtocolOptions"
# How much the gateway lets through is not its decision: engines have queues, tenants have limits.
_MANY = 10000
_LIMITS = ("max_connections", "max_pending_requests", "max_requests", "max_retries")


@dataclasses.dataclass(frozen=True)
class GatewayOptions:
    """Addresses, ports and limits of a gateway.

    Attributes:
        namespace: namespace of engines and endpoint pickers.
        domain: DNS domain of the cluster.
        port: where requests come in.
        stats_port: readiness (C(/ready)) and metrics (C(/stats/prometheus)).
        admin_port: Envoy's administration, on the loopback interface only.
        stream_timeout: seconds a request may take from the first to the last byte.
        picker_timeout: seconds an endpoint picker may take for one message.
        body_limit: bytes of the largest request.

    """

    namespace: str = "serving"
    domain: str = "cluster.local"
    port: int = 8081
    stats_port: int = 19001
    admin_port: int = 19000
    stream_timeout: int = 1000
    picker_timeout: int = 10
    body_limit: int = 32 * 1024 * 1024

    def host(self, service: str) -> str:
        """DNS name of a Service of the namespace."""
        return f"{service}.{self.namespace}.svc.{self.domain}"


def gateway(models: t.Sequence[str], options: GatewayOptions) -> Config:
    """Envoy's bootstrap configuration for the models of these names.

    Raises:
        ValueError: there is no model, or a name twice.

    """
    if not models:
        raise ValueError("a gateway needs at least one model.")
    if len(set(models)) != len(models):
        raise ValueError(f"two models have one name: {', '.join(sorted(models))}.")
    clusters = [_admin_cluster(options)]
    for model in models:
        clusters += [_engines(model, options), _picker(model, options)]
    return {
        "admin": {"address": _address("127.0.0.1", options.admin_port)},
        "overload_manager": {"resource_monitors": [_connection_limit()]},
        "static_resources": {
            "listeners": [_requests(models, options), _stats(options)],
            "clusters": clusters,
        },
    }


def _requests(models: t.Sequence[str], options: GatewayOptions) -> Config:
    manager: Config = {
        "@type": _CONNECTION_MANAGER,
        "stat_prefix": "gateway",
        "server_name": "inference-gateway",
        "route_config": {
            "name": "models",
            "virtual_hosts": [_virtual_host(models, options)],
            "max_direct_response_body_size_bytes": 1024 * 1024,
        },
        "http_filters": filters.chain(filters.picker_cluster(models[0]), options.picker_timeout),
        "local_reply_config": replies.local_replies(),
        "access_log": [filters.access_log()],
        "stream_idle_timeout": f"{options.stream_timeout}s",
        "request_timeout": "60s",
        "request_headers_timeout": "10s",
        "common_http_protocol_options": {"headers_with_underscores_action": "DROP_HEADER", "idle_timeout": "600s"},
        # Long enough for the client to see the end of its connection before another request is sent on it.
        "drain_timeout": "5s",
        "preserve_external_request_id": True,
        "skip_xff_append": True,
        "use_remote_address": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
    }
    return {
        "name": "requests",
        "address": _address("0.0.0.0", options.port),  # noqa: S104  who reaches the pod is up to the NetworkPolicy
        "per_connection_buffer_limit_bytes": options.body_limit,
        "filter_chains": [{"filters": [_filter("envoy.filters.network.http_connection_manager", manager)]}],
    }


def _virtual_host(models: t.Sequence[str], options: GatewayOptions) -> Config:
    routes: list[Config] = [replies.model_list(models), replies.unreadable_body()]
    routes += [_model_route(model, options) for model in models]
    return {"name": "models", "domains": ["*"], "routes": [*routes, replies.unknown_model(), replies.unknown_path()]}


def _model_route(model: str, options: GatewayOptions) -> Config:
    return {
        "name": model,
        # Engines answer outside /v1/ without a key (metrics, and even inference): nothing else is routed.
        "match": {"prefix": "/v1/", "dynamic_metadata": [filters.model_is(model)]},
        "route": {
            "cluster": f"engines-{model}",
            "timeout": f"{options.stream_timeout}s",
            "idle_timeout": f"{options.stream_timeout}s",
            # Only what certainly did not reach an engine is tried again, at another replica.
            "retry_policy": {
                "retry_on": "connect-failure,refused-stream,reset-before-request",
                "num_retries": 3,
                "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
                "retry_host_predicate": [
                    _filter(
                        "envoy.retry_host_predicates.previous_hosts",
                        {"@type": f"{_API}extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"},
                    )
                ],
                "host_selection_retry_max_attempts": 5,
            },
        },
        "typed_per_filter_config": {filters.PICKER: filters.pick_with(model)},
    }


def _engines(model: str, options: GatewayOptions) -> Config:
    """The replicas of a model, all addresses of its headless Service; the endpoint picker's choice decides between them."""
    override: Config = {
        "@type": f"{_API}extensions.load_balancing_policies.override_host.v3.OverrideHost",
        "override_host_sources": [{"header": filters.DESTINATION}],
        # For a replica that DNS does not name yet, and for a second try.
        "fallback_policy": _policy(
            "round_robin", {"@type": f"{_API}extensions.load_balancing_policies.round_robin.v3.RoundRobin"}
        ),
    }
    return {
        **_by_name(f"engines-{model}", options.host(f"vllm-{model}"), 8000),
        "load_balancing_policy": _policy("override_host", override),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _HTTP_OPTIONS,
                "explicit_http_config": {"http_protocol_options": {}},
                # The engine closes an idle connection after 5 s; a request sent at that moment would be lost.
                "common_http_protocol_options": {"idle_timeout": "3s"},
            }
        },
    }


def _picker(model: str, options: GatewayOptions) -> Config:
    return {
        **_by_name(filters.picker_cluster(model), options.host(f"epp-{model}"), 9002),
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": _HTTP_OPTIONS,
                "explicit_http_config": {
                    # A picker that hangs is noticed without a request: its connection ends, and requests fail at once.
                    "http2_protocol_options": {"connection_keepalive": {"interval": "5s", "timeout": "2s"}}
                },
            }
        },
    }


def _by_name(name: str, host: str, port: int) -> Config:
    resolution = {
        "@type": f"{_API}extensions.clusters.dns.v3.DnsCluster",
        "dns_lookup_family": "V4_PREFERRED",
        "dns_refresh_rate": "2s",
        "dns_failure_refresh_rate": {"base_interval": "1s", "max_interval": "2s"},
    }
    endpoint = {"endpoint": {"address": _address(host, port)}}
    return {
        "name": name,
        "cluster_type": _filter("envoy.clusters.dns", resolution),
        "connect_timeout": "1s",
        "circuit_breakers": {"thresholds": [dict.fromkeys(_LIMITS, _MANY)]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _stats(options: GatewayOptions) -> Config:
    manager: Config = {
        "@type": _CONNECTION_MANAGER,
        "stat_prefix": "stats",
        "route_config": {
            "name": "stats",
            "virtual_hosts": [
                {
                    "name": "stats",
                    "domains": ["*"],
                    "routes": [{"match": {"path": "/stats/prometheus"}, "route": {"cluster": "admin"}}],
                }
            ],
        },
        "http_filters": [filters.ready(), filters.router()],
    }
    return {
        "name": "stats",
        "address": _address("0.0.0.0", options.stats_port),  # noqa: S104  as above
        "filter_chains": [{"filters": [_filter("envoy.filters.network.http_connection_manager", manager)]}],
    }


def _admin_cluster(options: GatewayOptions) -> Config:
    endpoint = {"endpoint": {"address": _address("127.0.0.1", options.admin_port)}}
    return {
        "name": "admin",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": "admin", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _connection_limit() -> Config:
    kind = "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    return _filter(
        "envoy.resource_monitors.global_downstream_max_connections",
        {"@type": f"{_API}{kind}", "max_active_downstream_connections": _MANY},
    )


def _policy(name: str, config: Config) -> Config:
    return {"policies": [{"typed_extension_config": _filter(f"envoy.load_balancing_policies.{name}", config)}]}


def _filter(name: str, config: Config) -> Config:
    return {"name": name, "typed_config": config}


def _address(host: str, port: int) -> Config:
    return {"socket_address": {"address": host, "port_value": port}}


__all__ = ("GatewayOptions", "gateway")
