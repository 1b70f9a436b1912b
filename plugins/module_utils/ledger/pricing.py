# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What was charged against tokens times price, model by model."""

from __future__ import annotations

import typing as t

from . import money
from .calls import Call
from .differences import USD, Difference, worth_saying
from .money import Money
from .prices import Deployment

_PLAYBOOK = "Set its price in platform_models and run the playbook platform.yml."


def compare(calls: t.Iterable[Call], deployments: t.Mapping[str, Deployment], tolerance: Money) -> list[Difference]:
    """One difference for each model of which calls were charged nothing, or another price than today's.

    Calls of a deployment that is gone have no price to compare with; calls that failed or used no token are not billed.
    """
    groups: dict[tuple[str, bool], list[Call]] = {}
    for call in calls:
        deployment = deployments.get(call.deployment or "")
        if deployment is None or call.failed or not call.tokens:
            continue
        due = deployment.cost(call)
        if not call.spend and deployment.free:
            groups.setdefault((deployment.model, True), []).append(call)
        elif worth_saying(due, call.spend, tolerance=min(tolerance, money.ROUNDING)):
            groups.setdefault((deployment.model, False), []).append(call)
    return [_difference(model, free, part, deployments) for (model, free), part in sorted(groups.items())]


def _difference(model: str, free: bool, part: list[Call], deployments: t.Mapping[str, Deployment]) -> Difference:
    due = money.total(deployments[call.deployment or ""].cost(call) for call in part)
    charged = money.total(call.spend for call in part)
    calls = (
        f"{len(part)} {'call' if len(part) == 1 else 'calls'} with {sum(call.tokens for call in part)} tokens in all"
    )
    if free:
        why = f"{calls} cost nothing: the model has no price, so no budget ends."
        return Difference("model", model, model, USD, due, charged, why, _PLAYBOOK)
    if not charged:
        why = f"{calls} cost nothing, though the model has a price now: it had none then, or LiteLLM saw no usage."
        return Difference("model", model, model, USD, due, charged, why)
    why = f"{calls} cost another price than today's: it was changed since."
    return Difference("model", model, model, USD, due, charged, why, open=False)
