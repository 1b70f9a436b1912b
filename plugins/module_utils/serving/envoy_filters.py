# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The HTTP filters of the inference gateway, in the order in which a request meets them."""

from __future__ import annotations

import typing as t

Config = dict[str, t.Any]

_API = "type.googleapis.com/envoy."
_PROCESSOR = f"{_API}extensions.filters.http.ext_proc.v3."

PICKER = "envoy.filters.http.ext_proc"
# Where the endpoint picker names the replica, as "address:port" (protocol of the Gateway API Inference Extension).
DESTINATION = "x-gateway-destination-endpoint"
# Metadata of a request: what its body says.
BODY = "inference.platform.body"
# Headers of these prefixes steer the gateway or tell about its inside: none is taken from a client, none reaches one.
_INTERNAL = ("x-gateway-", "x-envoy-", "x-llm-d-", "x-went-into-resp-headers")


def chain(first_picker: str, picker_timeout: int) -> list[Config]:
    """All filters. Routes name the endpoint picker of their model, or that none is asked.

    The picker's filter cannot be off by default: filters are chosen before the body, and so the route, is known.
    """
    return [_no_internal_headers(), _read_body(), _ask_picker(first_picker, picker_timeout), router()]


def picker_cluster(model: str) -> str:
    """Name of the cluster of a model's endpoint picker."""
    return f"picker-{model}"


def pick_with(model: str) -> Config:
    """Per-route configuration: this model's endpoint picker decides."""
    return {"@type": f"{_PROCESSOR}ExtProcPerRoute", "overrides": {"grpc_service": _service(picker_cluster(model))}}


def pick_nothing() -> Config:
    """Per-route configuration: the gateway answers itself."""
    return {"@type": f"{_PROCESSOR}ExtProcPerRoute", "disabled": True}


def model_is(name: str) -> Config:
    """Route condition: the body asks for this model."""
    return {"filter": BODY, "path": [{"key": "model"}], "value": {"string_match": {"exact": name}}}


def body_is_unreadable() -> Config:
    """Route condition: the body is no JSON object."""
    return {"filter": BODY, "path": [{"key": "error"}], "value": {"string_match": {"exact": "yes"}}}


def body_names_a_model() -> Config:
    """Route condition: the body was read, whatever model it names."""
    return {"filter": BODY, "path": [{"key": "model"}], "value": {"present_match": True}}


def _no_internal_headers() -> Config:
    remove = [{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in _INTERNAL]
    return {
        "name": "envoy.filters.http.header_mutation",
        "typed_config": {
            "@type": f"{_API}extensions.filters.http.header_mutation.v3.HeaderMutation",
            "mutations": {"request_mutations": remove, "response_mutations": remove},
        },
    }


def _read_body() -> Config:
    def put(key: str, **value: str) -> Config:
        return {"metadata_namespace": BODY, "key": key, **value}

    rule = {
        "selectors": [{"key": "model"}],
        "on_present": put("model"),
        "on_missing": put("model", value=""),
        "on_error": put("error", value="yes"),
    }
    return {
        "name": "envoy.filters.http.json_to_metadata",
        "typed_config": {
            "@type": f"{_API}extensions.filters.http.json_to_metadata.v3.JsonToMetadata",
            "request_rules": {"rules": [rule], "allow_empty_content_type": True},
        },
    }


# A picker that was restarted is back within moments: requests wait for it, some 4 s, instead of failing.
_PICKER_RETRIES: Config = {
    "retry_on": "connect-failure,refused-stream,reset-before-request,unavailable",
    "num_retries": 10,
    "retry_back_off": {"base_interval": "0.1s", "max_interval": "1s"},
}


def _service(cluster: str) -> Config:
    return {"envoy_grpc": {"cluster_name": cluster}, "retry_policy": _PICKER_RETRIES}


def _ask_picker(cluster: str, timeout: int) -> Config:
    return {
        "name": PICKER,
        "typed_config": {
            "@type": f"{_PROCESSOR}ExternalProcessor",
            "grpc_service": _service(cluster),
            "message_timeout": f"{timeout}s",
            "processing_mode": {
                "request_header_mode": "SEND",
                "request_body_mode": "FULL_DUPLEX_STREAMED",
                "request_trailer_mode": "SEND",
                "response_header_mode": "SEND",
                "response_body_mode": "FULL_DUPLEX_STREAMED",
                "response_trailer_mode": "SEND",
            },
        },
    }


def router() -> Config:
    """The last filter."""
    return {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{_API}extensions.filters.http.router.v3.Router", "suppress_envoy_headers": True},
    }


def ready() -> Config:
    """Answers /ready with 200 until Envoy is told to fail its health checks, which is how it drains."""
    return {
        "name": "envoy.filters.http.health_check",
        "typed_config": {
            "@type": f"{_API}extensions.filters.http.health_check.v3.HealthCheck",
            "pass_through_mode": False,
            "headers": [{"name": ":path", "string_match": {"exact": "/ready"}}],
        },
    }


def access_log() -> Config:
    """One JSON line a request on standard output; no bodies, no authorization."""
    fields = {
        "time": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(:PATH)%",
        "model": f"%DYNAMIC_METADATA({BODY}:model)%",
        "status": "%RESPONSE_CODE%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "flags": "%RESPONSE_FLAGS%",
        "ms": "%DURATION%",
        "received": "%BYTES_RECEIVED%",
        "sent": "%BYTES_SENT%",
        "engine": "%UPSTREAM_HOST%",
        "request_id": "%REQ(X-REQUEST-ID)%",
    }
    return {
        "name": "envoy.access_loggers.stdout",
        "typed_config": {
            "@type": f"{_API}extensions.access_loggers.stream.v3.StdoutAccessLog",
            "log_format": {"json_format": fields},
        },
    }


__all__ = (
    "DESTINATION",
    "PICKER",
    "access_log",
    "body_is_unreadable",
    "body_names_a_model",
    "chain",
    "model_is",
    "pick_nothing",
    "pick_with",
    "picker_cluster",
    "ready",
    "router",
)
