# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Versions of what runs, as it says itself or as its image is tagged. A version that cannot be read is 'unknown'."""

from __future__ import annotations

import json

from ..kube.errors import KubeError
from .cluster import Pod, engine_pods, pod_text, workloads
from .context import ENGINE_PORT, Context


def versions(context: Context) -> dict[str, str]:
    """Versions by component; never raises for a component that does not answer."""
    found = {"Kubernetes": _kubernetes(context), "LiteLLM": _litellm(context), "vLLM": _vllm(context)}
    return found | _images(context)


def _kubernetes(context: Context) -> str:
    try:
        return str(context.cluster.get("/version").get("gitVersion") or "unknown")
    except KubeError:
        return "unknown"


def _litellm(context: Context) -> str:
    try:
        return context.http.call("GET", "/health/liveliness").headers.get("x-litellm-version") or _readiness(context)
    except OSError:
        return "unknown"


def _readiness(context: Context) -> str:
    body = context.admin("/health/readiness/details").json()
    return str(body.get("litellm_version") or "unknown") if isinstance(body, dict) else "unknown"


def _vllm(context: Context) -> str:
    found = set()
    for model in context.settings.models:
        found |= {_engine(context, pod) for pod in engine_pods_or_none(context, model.name) if pod.ready}
    return ", ".join(sorted(found)) or "unknown"


def engine_pods_or_none(context: Context, model: str) -> list[Pod]:
    """Engine pods; none when the cluster does not answer."""
    try:
        return engine_pods(context.cluster, model)
    except KubeError:
        return []


def _engine(context: Context, pod: Pod) -> str:
    try:
        return str(json.loads(pod_text(context.cluster, pod, ENGINE_PORT, "/version"))["version"])
    except (KubeError, ValueError, KeyError):
        return "unknown"


def _images(context: Context) -> dict[str, str]:
    try:
        found = workloads(context.cluster)
    except KubeError:
        return {}
    return {f"{one.namespace}/{one.name}": ", ".join(one.images) for one in found}


__all__ = ("versions",)
