# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What makes GPUs usable and how a card is shared: what is refused, and what roles read."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.inference.platform.plugins.module_utils.config import gpus, validate
from ansible_collections.inference.platform.plugins.module_utils.config.normalise import with_defaults

CHAT: dict[str, t.Any] = {"name": "chat", "source": "hf://a/b", "served_for": ["chat"], "gpus": 1}
VAST = {"substrate": "vast", "vast_nodes": [{"name": "node-1", "gpu": "H100", "gpus": 1}]}
SLICES = {"strategy": "mig", "profile": "1g.10gb"}


def findings(**variables: t.Any) -> list[str]:
    given = {"models": [CHAT], "gpu_stack": "host", **VAST, **variables}
    return validate.schema_findings(given) or gpus.findings(with_defaults(given))


@pytest.mark.parametrize(
    "sharing",
    [{"strategy": "none"}, {"strategy": "timeslice", "replicas": 4}, {"strategy": "mps", "replicas": 48}, SLICES],
)
def test_what_can_be_shared_is_taken(sharing: dict[str, t.Any]) -> None:
    assert findings(gpu_sharing=sharing) == []
    assert findings(gpu_sharing=sharing, gpu_stack="operator", artifacts="upstream", gpu_metrics=True) == []


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"gpu_sharing": {"strategy": "timeslice"}}, "timeslice needs replicas"),
        ({"gpu_sharing": {"strategy": "timeslice", "replicas": 1}}, "1 is less than the minimum of 2"),
        ({"gpu_sharing": {"strategy": "mps", "replicas": 49}}, "49 is greater than the maximum of 48"),
        ({"gpu_sharing": {"strategy": "slices"}}, "'slices' is not one of none, timeslice, mps, mig"),
        ({"gpu_sharing": {"strategy": "mig"}}, "mig needs profile, the slice, like 1g.10gb"),
        ({"gpu_sharing": {"strategy": "mig", "profile": "10gb"}}, "'10gb' is not a valid value"),
        ({"gpu_sharing": {**SLICES, "replicas": 2}}, "replicas is of no use to mig; it takes mig_strategy, profile"),
        ({"gpu_sharing": {"strategy": "none", "replicas": 2}}, "replicas is of no use to none; it takes nothing"),
        (
            {"gpu_sharing": {"strategy": "mps", "replicas": 2}, "gpu_stack": "provider"},
            "mps with platform_gpu_stack provider; the nodes' own device plugin shares cards",
        ),
        (
            {"gpu_sharing": {"strategy": "timeslice", "replicas": 2}, "models": [{**CHAT, "gpus": 2}]},
            "'chat' asks for 2 GPUs, and platform_gpu_sharing is timeslice",
        ),
        ({"gpu_sharing": SLICES, "models": [{**CHAT, "gpus": 2}]}, "an engine that spans GPUs needs whole cards"),
        (
            {"gpu_sharing": SLICES, "vast_nodes": [{"name": "n", "gpu": ["H100", "RTX 4090"]}]},
            "platform_vast_nodes: 'n': RTX 4090 cannot be divided by MIG",
        ),
        ({"gpu_sharing": SLICES, "gpu": {"name": "NVIDIA L40S"}}, "platform_gpu: NVIDIA L40S cannot be divided"),
        ({"gpu_stack": "operator"}, "images that are in no package registry: set platform_artifacts to upstream"),
        ({"gpu_stack": "operator", "kubernetes": "gke", "artifacts": "upstream"}, "operator on GKE"),
        (
            {"gpu_stack": "operator", "substrate": "local", "artifacts": "upstream"},
            "machines of platform_substrate local have none",
        ),
        ({"gpu_metrics": True}, "DCGM and its exporter are in no package registry"),
        ({"gpu_metrics": True, "gpu_stack": "provider"}, "a second exporter beside a provider's crashes"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cure(variables: dict[str, t.Any], words: str) -> None:
    (finding,) = findings(**variables)
    assert words in finding


def test_cards_of_many_names_can_be_divided() -> None:
    for name in ("A100_SXM4", "NVIDIA H100 80GB HBM3", "A30", "H200 NVL", "RTX PRO 6000 WS", "B200"):
        assert findings(gpu_sharing=SLICES, vast_nodes=[{"name": "n", "gpu": name}]) == []


def test_engines_of_a_shared_card_stay_on_it_together() -> None:
    for replicas in range(2, 49):
        sharing = gpus.normalised({"strategy": "timeslice", "replicas": replicas})
        assert 0 < sharing["memory_share"] * replicas <= gpus.SHARE
        assert gpus.memory_findings(sharing, sharing["memory_share"]) == []
    sharing = gpus.normalised({"strategy": "timeslice", "replicas": 4})
    assert sharing["memory_share"] == 0.22
    (finding,) = gpus.memory_findings(sharing, 0.45)
    assert "4 engines on a card with 0.45 each would take 1.8 of its memory" in finding
    # MPS limits each engine itself, and a whole card is its engine's.
    assert gpus.memory_findings(gpus.normalised({"strategy": "mps", "replicas": 4}), 0.9) == []
    assert gpus.memory_findings(gpus.normalised({}), 0.95) == []


def test_roles_read_what_a_container_asks_for() -> None:
    assert gpus.normalised({}) == {
        "strategy": "none",
        "replicas": 1,
        "mig_strategy": "none",
        "profile": "",
        "resource": "nvidia.com/gpu",
        "memory_share": 0.9,
    }
    assert gpus.normalised({"strategy": "timeslice", "replicas": 2})["resource"] == "nvidia.com/gpu"
    assert gpus.normalised(SLICES)["resource"] == "nvidia.com/gpu"
    mixed = gpus.normalised({**SLICES, "mig_strategy": "mixed"})
    assert (mixed["resource"], mixed["mig_strategy"], mixed["memory_share"]) == ("nvidia.com/mig-1g.10gb", "mixed", 0.9)


def test_a_slice_has_the_memory_of_its_name() -> None:
    assert gpus.slice_gib(gpus.normalised({"strategy": "mig", "profile": "3g.40gb"})) == 40.0
    assert gpus.slice_gib(gpus.normalised({})) == 0.0
