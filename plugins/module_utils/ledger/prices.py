# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What each deployment of LiteLLM costs, and what a call of it should have cost."""

from __future__ import annotations

import dataclasses

from ..litellm import listing
from ..litellm.catalogue import EXTERNAL
from ..litellm.client import Client
from .calls import Call
from .money import Money


@dataclasses.dataclass(frozen=True)
class Deployment:
    """A deployment as the proxy runs it now. US dollars per token.

    ``engine`` is what the platform's own engines call the model; empty for a model of an external endpoint.
    """

    model: str
    engine: str
    input_price: Money
    output_price: Money

    @property
    def free(self) -> bool:
        return not self.input_price and not self.output_price

    def cost(self, call: Call) -> Money:
        return call.prompt_tokens * self.input_price + call.completion_tokens * self.output_price


def deployments(client: Client) -> dict[str, Deployment]:
    """By model_id."""
    return {
        found["model_id"]: _deployment(found["model_name"], found["litellm_params"], found["model_info"])
        for found in listing.models(client, model_id=None, model_name=None, stored=None)
    }


def _deployment(name: str, params: dict[str, object], info: dict[str, object]) -> Deployment:
    return Deployment(
        model=name,
        engine="" if info.get(EXTERNAL) else str(params.get("model") or "").partition("/")[2],
        input_price=Money(str(params.get("input_cost_per_token") or 0)),
        output_price=Money(str(params.get("output_cost_per_token") or 0)),
    )
