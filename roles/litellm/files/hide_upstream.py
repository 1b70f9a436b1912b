# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A callback of LiteLLM's proxy: empties the response headers that tell tenants internal addresses, or of our accounts elsewhere."""

from litellm.integrations.custom_logger import CustomLogger

ALWAYS = ("x-litellm-model-api-base",)
# What the gateway says about the engine that it picked, as LiteLLM passes it on.
ENDINGS = ("-destination-endpoint", "-destination-endpoint-served")
# What an external endpoint says about the account with which it is called: who owns it, what it spent, what is left.
BEGINNINGS = ("llm_provider-x-litellm-", "llm_provider-openai-", "llm_provider-x-ratelimit-", "llm_provider-set-cookie")


class HideUpstream(CustomLogger):
    """Headers can be replaced here, not removed."""

    async def async_post_call_response_headers_hook(
        self, data, user_api_key_dict, response, request_headers=None, litellm_call_info=None
    ):
        hidden = getattr(response, "_hidden_params", None) or {}
        passed_on = hidden.get("additional_headers") or {}
        inner = [name for name in passed_on if name.endswith(ENDINGS) or name.startswith(BEGINNINGS)]
        return dict.fromkeys([*ALWAYS, *inner], "")


callback = HideUpstream()
