# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the inference gateway answers itself, in the error format of the OpenAI API."""

from __future__ import annotations

import json
import typing as t

from . import envoy_filters as filters

Config = dict[str, t.Any]

_TYPES = {
    400: "BadRequestError",
    404: "NotFoundError",
    413: "BadRequestError",
    503: "ServiceUnavailableError",
    504: "TimeoutError",
}


def model_list(models: t.Sequence[str]) -> Config:
    """GET /v1/models has no body that names a model, so no engine could answer for all."""
    listed = {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 0, "owned_by": "inference-gateway"} for name in models],
    }
    return {
        "name": "model-list",
        "match": {"path": "/v1/models", "headers": [{"name": ":method", "string_match": {"exact": "GET"}}]},
        "direct_response": {"status": 200, "body": {"inline_string": json.dumps(listed)}},
        "typed_per_filter_config": {filters.PICKER: filters.pick_nothing()},
        "response_headers_to_add": [
            {
                "header": {"key": "content-type", "value": "application/json"},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        ],
    }


def unreadable_body() -> Config:
    """A body that is no JSON object."""
    match = {"prefix": "/v1/", "dynamic_metadata": [filters.body_is_unreadable()]}
    return _direct("unreadable-body", match, 400, "The body of the request is not a JSON object.")


def unknown_model() -> Config:
    """A body that names no model of this gateway."""
    match = {"prefix": "/v1/", "dynamic_metadata": [filters.body_names_a_model()]}
    return _direct("unknown-model", match, 404, "The model does not exist.")


def unknown_path() -> Config:
    """Everything else."""
    return _direct("unknown-path", {"prefix": "/"}, 404, "There is nothing here.")


def local_replies() -> Config:
    """Envoy's own errors, the endpoint picker's and those above, as JSON.

    An endpoint picker that does not answer is a 500 without a body in Envoy; it is told as what it is: 503, try again.
    """
    picker_lost = {
        **_mapper("EQ", 500, "ServiceUnavailableError"),
        "status_code": 503,
        "body": {"inline_string": "The endpoint picker of this model does not answer."},
    }
    known = [_mapper("EQ", status, kind) for status, kind in _TYPES.items()]
    return {"mappers": [picker_lost, *known, _mapper("GE", 400, "GatewayError")]}


def _direct(name: str, match: Config, status: int, text: str) -> Config:
    return {
        "name": name,
        "match": match,
        "direct_response": {"status": status, "body": {"inline_string": text}},
        "typed_per_filter_config": {filters.PICKER: filters.pick_nothing()},
    }


def _mapper(operator: str, status: int, kind: str) -> Config:
    value = {"default_value": status, "runtime_key": f"gateway.status_{status}"}
    error = {"message": "%LOCAL_REPLY_BODY%", "type": kind, "code": "%RESPONSE_CODE%"}
    return {
        "filter": {"status_code_filter": {"comparison": {"op": operator, "value": value}}},
        "body_format_override": {"json_format": {"error": error}},
    }


__all__ = ("local_replies", "model_list", "unknown_model", "unknown_path", "unreadable_body")
