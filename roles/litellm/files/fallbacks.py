# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A callback of LiteLLM's proxy for what it leaves open where other models answer in a model's place.

Drill: for the calls of a key made for it, some models count as down, so that fallbacks can be tried while all runs.
LiteLLM's own switch, mock_testing_fallbacks, is open to every tenant once it is on. Here only who makes keys can ask for
a drill, in the key's metadata.

Access: a call over the limit of its key for one model goes to the model's fallbacks at once, and there LiteLLM does not
ask whether the key may use them, though it does for all other fallbacks.

Price: an external endpoint may say what the call cost (another LiteLLM does, in a header or with a stream's usage), and
LiteLLM would bill that instead of the endpoint's price here.
"""

from litellm.exceptions import ServiceUnavailableError
from litellm.integrations.custom_logger import CustomLogger

DRILL = "fallback_drill"
COST = "llm_provider-x-litellm-response-cost"


class Fallbacks(CustomLogger):
    """Asked before each call and each attempt, after each answer that is not streamed, and before a row is written."""

    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        from litellm.proxy.proxy_server import llm_router  # noqa: PLC0415  it exists only after the start

        model = data.get("model")
        chains = [names for entry in llm_router.fallbacks or () for names in entry.values()] if llm_router else []
        if not any(model in names for names in chains):
            return
        from litellm.proxy.auth.fallback_model_access import is_model_authorized_for_token  # noqa: PLC0415
        from litellm.proxy.common_utils.proxy_rate_limit_error import ProxyRateLimitError  # noqa: PLC0415

        if not await is_model_authorized_for_token(model=model, valid_token=user_api_key_dict, llm_router=llm_router):
            # LiteLLM goes on to the next fallback, and in the end says which limit was reached
            raise ProxyRateLimitError({"error": f"This key may not use {model}."})

    async def async_filter_deployments(
        self, model, healthy_deployments, messages, request_kwargs=None, parent_otel_span=None
    ):
        request = request_kwargs or {}
        for place in ("metadata", "litellm_metadata"):
            key = (request.get(place) or {}).get("user_api_key_metadata") or {}
            if model in (key.get(DRILL) or ()):
                raise ServiceUnavailableError(
                    message=f"{model} counts as down for this key, which is made to try fallbacks.",
                    llm_provider="",
                    model=model,
                )
        return healthy_deployments

    async def async_post_call_success_deployment_hook(self, request_data, response, call_type):
        headers = (getattr(response, "_hidden_params", None) or {}).get("additional_headers")
        if headers:
            headers.pop(COST, None)

    async def async_logging_hook(self, kwargs, result, call_type):
        payload = kwargs.get("standard_logging_object")
        price = external_price(payload["model_id"]) if payload else None
        if price is not None:
            cost = payload["prompt_tokens"] * price[0] + payload["completion_tokens"] * price[1]
            kwargs["response_cost"] = payload["response_cost"] = cost
        return kwargs, result


def external_price(model_id):
    """US dollars per token read and written by a model of an external endpoint; None for every other model."""
    from litellm.proxy.proxy_server import llm_router  # noqa: PLC0415

    deployment = llm_router.get_deployment(model_id) if llm_router and model_id else None
    if deployment is None or not deployment.model_info.model_dump().get("external_endpoint"):
        return None
    params = deployment.litellm_params
    return params.input_cost_per_token or 0.0, params.output_cost_per_token or 0.0


callback = Fallbacks()
