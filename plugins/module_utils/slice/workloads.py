# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everything that should run does: engines, endpoint pickers, and every other workload of the platform."""

from __future__ import annotations

import functools
import typing as t

from ..kube.errors import ApiError
from .cluster import SERVING, Pod, Workload, engine_pods, workload, workloads
from .context import Context, Settings
from .offers import Model
from .results import Check, CheckError, Notes


def checks(settings: Settings) -> list[Check]:
    """Engines and pickers of each model, and one check for all workloads."""
    per_model = [
        check
        for model in settings.models
        for check in (
            Check(
                f"engines.{model.name}",
                f"at least {model.minimum} replicas wanted, all of them ready",
                functools.partial(_engines, model=model),
            ),
            Check(
                f"endpoint_picker.{model.name}",
                "at least one replica wanted, all of them ready, and a ready endpoint behind its Service",
                functools.partial(_picker, model=model),
            ),
        )
    ]
    return [
        *per_model,
        Check(
            "workloads",
            "every workload of the platform wants a replica, but for daemons without a node, and has all it wants",
            _workloads,
        ),
    ]


def _engines(context: Context, notes: Notes, *, model: Model) -> None:
    found = _deployment(context, notes, f"vllm-{model.name}")
    pods = engine_pods(context.cluster, model.name)
    judge(found, model.minimum, pods)


def _picker(context: Context, notes: Notes, *, model: Model) -> None:
    name = f"epp-{model.name}"
    judge(_deployment(context, notes, name), 1, ())
    path = f"/apis/discovery.k8s.io/v1/namespaces/{SERVING}/endpointslices"
    notes.sent(f"GET {path}")
    slices, _version = context.cluster.list(path, {"labelSelector": f"kubernetes.io/service-name={name}"})
    addresses = ready_addresses(slices)
    notes.got(addresses)
    if not addresses:
        raise CheckError(
            f"Service {SERVING}/{name} has no ready endpoint: its selector matches no ready pod.",
            "Compare the selector of the Service with the labels of the pods.",
        )


def _deployment(context: Context, notes: Notes, name: str) -> Workload:
    path = f"/apis/apps/v1/namespaces/{SERVING}/deployments/{name}"
    notes.sent(f"GET {path}")
    try:
        found = workload(context.cluster.get(path), "Deployment")
    except ApiError as error:
        if error.status != 404:
            raise
        raise CheckError(f"Deployment {SERVING}/{name} does not exist.", "Run the playbook platform.yml.") from error
    notes.got(f"{found.ready} of {found.wanted} ready")
    return found


def _workloads(context: Context, notes: Notes) -> None:
    found = workloads(context.cluster)
    notes.sent("GET /apis/apps/v1/deployments, statefulsets, daemonsets of the platform")
    notes.got("\n".join(f"{one.title}: {one.ready} of {one.wanted} ready" for one in found))
    judge_all(found)


def judge(found: Workload, minimum: int, pods: t.Sequence[Pod]) -> None:
    """Raises CheckError unless at least ``minimum`` replicas are wanted and all are ready."""
    if found.wanted < minimum:
        raise CheckError(
            f"{found.title} wants {found.wanted} replicas instead of at least {minimum}.",
            "Somebody scaled it down: run the playbook platform.yml.",
        )
    if found.ready < found.wanted:
        troubles = "; ".join(f"pod {pod.name}: {pod.trouble}" for pod in pods if pod.trouble)
        raise CheckError(
            f"{found.title} has {found.ready} of {found.wanted} replicas ready"
            + (f" ({troubles})." if troubles else "."),
            f"Look at it with kubectl -n {found.namespace} describe pods.",
        )


def judge_all(found: t.Sequence[Workload]) -> None:
    """Raises CheckError naming every workload that is scaled to nothing or not ready."""
    if not found:
        raise CheckError("no workload of the platform exists in the cluster.", "Run the playbook platform.yml.")
    # A DaemonSet wants as many as there are nodes for it; what offers GPUs runs nowhere before a node was accepted.
    bad = [one for one in found if one.ready < one.wanted or (one.wanted < 1 and one.kind != "DaemonSet")]
    if bad:
        named = "; ".join(f"{one.title} has {one.ready} of {one.wanted} replicas ready" for one in bad)
        raise CheckError(
            f"{named}.",
            "Look at the pods with kubectl describe; the playbook platform.yml restores what was scaled to 0.",
        )


def ready_addresses(slices: t.Sequence[dict[str, t.Any]]) -> list[str]:
    """Addresses of ready endpoints in EndpointSlices (discovery.k8s.io/v1; an absent condition counts as ready)."""
    endpoints = [endpoint for one in slices for endpoint in one.get("endpoints") or ()]
    ready = [one for one in endpoints if (one.get("conditions") or {}).get("ready", True)]
    return [address for one in ready for address in one.get("addresses") or ()]


__all__ = ("checks", "judge", "judge_all", "ready_addresses")
