# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Judges what makes GPUs usable (C(platform_gpu_stack)) and how a card is shared (C(platform_gpu_sharing)).

Facts: NVIDIA's device plugin v0.19 (C(api/config/v1), C(cmd/mps-control-daemon/mps)) and its MIG user guide.
"""

from __future__ import annotations

import re
import typing as t

RESOURCE = "nvidia.com/gpu"
# Of a card, what all engines on it may take together; the rest is for the driver and for CUDA's contexts.
SHARE = 0.9
# Stacks whose device plugin is the platform's own to configure.
OURS = ("host", "operator")
# How names of cards begin that can be divided by MIG, without spaces, dashes and the maker's name.
_DIVISIBLE = ("a30", "a100", "h20", "h100", "h200", "h800", "gh200", "b200", "b300", "gb200", "gb300", "rtxpro6000")
# Keys of platform_gpu_sharing by strategy.
_KEYS = {"none": (), "timeslice": ("replicas",), "mps": ("replicas",), "mig": ("mig_strategy", "profile")}


def normalised(sharing: dict[str, t.Any]) -> dict[str, t.Any]:
    """How roles read it.

    Returns:
        C(strategy), C(replicas) of a card, C(mig_strategy) and C(profile) as the device plugin takes them, C(resource) that a container
        asks for, C(memory_share) of what it is given that an engine may take (0 to 1).

    """
    strategy = sharing.get("strategy", "none")
    replicas = sharing.get("replicas", 1)
    mig = sharing.get("mig_strategy", "single") if strategy == "mig" else "none"
    profile = sharing.get("profile", "")
    return {
        "strategy": strategy,
        "replicas": replicas,
        "mig_strategy": mig,
        "profile": profile,
        "resource": f"nvidia.com/mig-{profile}" if mig == "mixed" else RESOURCE,
        # Rounded down: the sum must stay below.
        "memory_share": int(SHARE * 100 / replicas) / 100,
    }


def findings(variables: dict[str, t.Any]) -> list[str]:
    """One sentence for each thing that cannot be: stack, sharing and metrics against each other and against the models."""
    return _stack_findings(variables) + _sharing_findings(variables) + _metrics_findings(variables)


def memory_findings(sharing: dict[str, t.Any], utilisation: float) -> list[str]:
    """At most one sentence: engines that take turns on a card hold their memory all the time, so together they must fit on it.

    Args:
        sharing: as normalised.
        utilisation: share of the card's memory that each engine takes (--gpu-memory-utilization).

    """
    together = utilisation * sharing["replicas"]
    if sharing["strategy"] != "timeslice" or together <= SHARE + 1e-9:
        return []
    return [
        f"vllm_gpu_memory_utilization: {sharing['replicas']} engines on a card with {utilisation:g} each would take {together:g} of its memory, "
        f"and time slices do not divide memory; leave it out, or set at most {sharing['memory_share']:g}."
    ]


def slice_gib(sharing: dict[str, t.Any]) -> float:
    """Memory of a MIG slice in GiB by its name, 1g.10gb; 0 without MIG. The slice itself has a little less."""
    found = re.search(r"\.([0-9]+)gb$", sharing["profile"])
    return float(found[1]) if found and sharing["strategy"] == "mig" else 0.0


def _stack_findings(variables: dict[str, t.Any]) -> list[str]:
    if variables["gpu_stack"] != "operator":
        return []
    if "gke" in (variables["substrate"], variables["kubernetes"]):
        return [
            "platform_gpu_stack: operator on GKE, whose nodes come with driver and device plugin, and whose containerd does not read what "
            "the operator writes; set provider."
        ]
    if variables["substrate"] == "local" and any(model.get("gpus", 0) for model in variables["models"]):
        return [
            "platform_gpu_stack: operator, and models ask for GPUs; machines of platform_substrate local have none: rent machines with "
            "GPUs (vast), or set gpus to 0."
        ]
    if variables["artifacts"] == "packages":
        return [
            "platform_gpu_stack: operator with platform_artifacts packages; the operator, its driver and its other containers are images "
            "that are in no package registry: set platform_artifacts to upstream, or to mirror with a registry that has them (nvcr.io and "
            "registry.k8s.io), or set platform_gpu_stack to host or provider."
        ]
    return []


def _sharing_findings(variables: dict[str, t.Any]) -> list[str]:
    sharing, where = variables["gpu_sharing"], "platform_gpu_sharing"
    if not sharing:
        return []
    strategy = sharing["strategy"]
    found = [
        f"{where}: {key} is of no use to {strategy}; it takes {', '.join(_KEYS[strategy]) or 'nothing'}."
        for key in sharing
        if key not in ("strategy", *_KEYS[strategy])
    ]
    found += [
        f"{where}: {strategy} needs {key}, {text}."
        for key, text in (("replicas", "into how many parts a card is shared"), ("profile", "the slice, like 1g.10gb"))
        if key in _KEYS[strategy] and key not in sharing
    ]
    if strategy == "none":
        return found
    stack = variables["gpu_stack"]
    if stack not in OURS:
        cure = "the nodes' own device plugin shares cards" if stack == "provider" else "there are no GPUs"
        found.append(
            f"{where}: {strategy} with platform_gpu_stack {stack}; {cure}. Leave it out, or set host or operator."
        )
    return found + _whole_cards(variables["models"], strategy) + _indivisible(variables, strategy)


def _whole_cards(models: list[dict[str, t.Any]], strategy: str) -> list[str]:
    """A part is no card: two parts may be of the same one, and engines cannot be spread over MIG slices (no peer access)."""
    return [
        f"platform_models: {model['name']!r} asks for {model['gpus']} GPUs, and platform_gpu_sharing is {strategy}; an engine that "
        "spans GPUs needs whole cards: set gpus to 1, or share none."
        for model in models
        if model.get("gpus", 0) > 1
    ]


def _indivisible(variables: dict[str, t.Any], strategy: str) -> list[str]:
    if strategy != "mig":
        return []
    named = [("platform_gpu", variables["gpu"].get("name", ""))]
    for node in variables["vast_nodes"] if variables["substrate"] == "vast" else []:
        names = [node["gpu"]] if isinstance(node.get("gpu"), str) else node.get("gpu", [])
        named += [(f"platform_vast_nodes: {node['name']!r}", name) for name in names]
    return [
        f"{where}: {name} cannot be divided by MIG (A30, A100, H100, H200, B200 and RTX PRO 6000 can); use timeslice or mps in "
        "platform_gpu_sharing."
        for where, name in named
        if name and not re.sub(r"nvidia|tesla|[^a-z0-9]", "", name.lower()).startswith(_DIVISIBLE)
    ]


def _metrics_findings(variables: dict[str, t.Any]) -> list[str]:
    if not variables["gpu_metrics"]:
        return []
    if variables["gpu_stack"] not in OURS:
        return [
            f"platform_gpu_metrics: true with platform_gpu_stack {variables['gpu_stack']}; a second exporter beside a provider's crashes, "
            "and without GPUs there is nothing to measure. Leave it out."
        ]
    if variables["artifacts"] == "packages":
        return [
            "platform_gpu_metrics: true with platform_artifacts packages; NVIDIA's DCGM and its exporter are in no package registry: set "
            "platform_artifacts to upstream, or to mirror with a registry that has nvcr.io/nvidia/k8s/dcgm-exporter, or leave it out."
        ]
    return []


__all__ = ("OURS", "RESOURCE", "SHARE", "findings", "memory_findings", "normalised", "slice_gib")
