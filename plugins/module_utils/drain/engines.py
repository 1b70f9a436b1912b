# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Engines in and out of rotation, and how many requests one still has (vLLM's /metrics)."""

from __future__ import annotations

import typing as t

from ..kube.client import Client
from ..kube.errors import ApiError, KubeError
from ..slice.context import ENGINE_PORT
from ..slice.metrics import total
from .pods import ROTATION, Pod

REQUESTS = ("vllm:num_requests_running", "vllm:num_requests_waiting")


class Engines:
    """Turns engines and asks them. ``once`` must not retry: who asks for requests, asks again."""

    def __init__(self, client: Client, once: Client) -> None:
        self._client = client
        self._once = once

    def turn(self, pod: Pod, where: str) -> None:
        """Put an engine in or out of rotation (IN, OUT); one that is gone is left alone. Raises KubeError.

        Pools and Services select engines by this label; the ReplicaSet, the budget and the NetworkPolicies do not, so the pod goes
        on working and being counted.
        """
        # With the uid another pod of this name is refused, as a conflict.
        body = {"metadata": {"uid": pod.uid, "labels": {ROTATION: where}}}
        try:
            self._client.merge(pod.path, body)
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    def requests(self, pod: Pod) -> tuple[int | None, str]:
        """Requests that run or wait, or None and why that is not known.

        Through the API server's proxy, so a NetworkPolicy must let the nodes ask.
        """
        try:
            text = self._once.text(f"{pod.path}:{ENGINE_PORT}/proxy/metrics")
        except KubeError as error:
            return None, str(error)
        if REQUESTS[0] not in text:
            return None, f"its /metrics has no {REQUESTS[0]}"
        return sum(int(total(text, name)) for name in REQUESTS), ""


class Asker(t.Protocol):
    """What a drain needs of engines."""

    def turn(self, pod: Pod, where: str) -> None: ...
    def requests(self, pod: Pod) -> tuple[int | None, str]: ...
