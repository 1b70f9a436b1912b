# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The filter token_price."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.inference.platform.plugins.module_utils.config import prices

DOCUMENTATION = r"""
name: token_price
short_description: Price of a token from what its GPUs cost and do
version_added: "0.1.0"
description:
  - US dollars per token such that an hour of the measured work pays for the hour of its GPUs. C(platform_prices) does the same for a model.
  - The cost of an hour (price of a GPU x GPUs x margin) is divided by the input tokens of the hour plus O(output_weight) times its output
    tokens. That is the price of an input token; an output token costs O(output_weight) times as much.
options:
  _input:
    description: US dollars that one GPU costs in an hour.
    type: float
    required: true
  input_tokens_per_hour:
    description: Tokens that the replica read in an hour while it held the latency target.
    type: float
    required: true
  output_tokens_per_hour:
    description: Tokens that it made in the same hour; 0 for embeddings.
    type: float
    default: 0
  gpus:
    description: GPUs of the replica that was measured.
    type: int
    default: 1
  output_weight:
    description: How many input tokens an output token counts for.
    type: float
    default: 3.0
  margin:
    description: V(1) covers the cost of an hour that is fully used; idle hours need more.
    type: float
    default: 1.0
author:
  - inference.platform maintainers
"""

EXAMPLES = r"""
- name: An L4 at 0.71 USD, measured with 90 % input tokens
  ansible.builtin.debug:
    msg: "{{ 0.71 | inference.platform.token_price(input_tokens_per_hour=9000000, output_tokens_per_hour=1000000) }}"
"""

RETURN = r"""
_value:
  description: US dollars per token.
  type: dict
  sample: {input_per_token: 5.91666667e-08, output_per_token: 1.775e-07}
"""


def token_price(gpu_usd_per_hour: float, **measured: t.Any) -> dict[str, t.Any]:
    """The filter. Raises AnsibleFilterError for something that gives no price."""
    try:
        return prices.derived(
            gpu_usd_per_hour=float(gpu_usd_per_hour), **{"gpus": 1, "output_tokens_per_hour": 0, **measured}
        )
    except (TypeError, ValueError, ArithmeticError) as error:
        raise AnsibleFilterError(f"token_price: {error}.") from error


class FilterModule:
    """Registers the filter."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"token_price": token_price}
