# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is written on a node that is accepted or refused, and what is left alone."""

from __future__ import annotations

import typing as t

from ansible_collections.inference.platform.plugins.module_utils.gpu.node import KEY, REASON, marks, wanted_node

OTHERS = [
    {"key": "nvidia.com/gpu", "effect": "NoSchedule"},
    {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
]
TAINT = {"key": KEY, "value": "failed", "effect": "NoSchedule"}


def node(
    *taints: dict[str, str], labels: dict[str, str] | None = None, notes: dict[str, str] | None = None
) -> dict[str, t.Any]:
    """A node of the cluster."""
    metadata = {"name": "node-1", "labels": labels or {}, "annotations": notes or {}}
    return {"metadata": metadata, "spec": {"taints": list(taints)} if taints else {}}


def test_a_refused_node_is_labelled_tainted_and_says_why() -> None:
    wanted = wanted_node(node(*OTHERS, labels={"a": "b"}, notes={"c": "d"}), accepted=False, reason="xid: 79")
    assert wanted["metadata"]["labels"] == {"a": "b", KEY: "failed"}
    assert wanted["metadata"]["annotations"] == {"c": "d", REASON: "xid: 79"}
    assert wanted["spec"]["taints"] == [*OTHERS, TAINT]
    assert marks(wanted) == {"label": "failed", "reason": "xid: 79", "taints": ["NoSchedule"]}


def test_an_accepted_node_loses_the_taint_and_the_reason_and_keeps_those_of_others() -> None:
    refused = node(TAINT, *OTHERS, labels={KEY: "failed"}, notes={REASON: "xid: 79", "c": "d"})
    wanted = wanted_node(refused, accepted=True, reason="")
    assert wanted["metadata"]["labels"] == {KEY: "passed"}
    assert wanted["metadata"]["annotations"] == {"c": "d"}
    assert wanted["spec"]["taints"] == OTHERS
    assert marks(wanted) == {"label": "passed", "reason": "", "taints": []}


def test_nothing_is_different_the_second_time() -> None:
    for accepted, reason in ((True, ""), (False, "xid: 79")):
        once = wanted_node(node(), accepted=accepted, reason=reason)
        assert marks(wanted_node(once, accepted=accepted, reason=reason)) == marks(once)
