# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes the acceptance of a node where the scheduler and people see it: a label, a reason, and a taint when it is refused."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.inference.platform.plugins.module_utils.kube.client import Client
from ansible_collections.inference.platform.plugins.module_utils.kube.errors import ApiError, KubeError

KEY = "inference.platform/gpu-acceptance"
REASON = "inference.platform/gpu-acceptance-reason"
PASSED, FAILED = "passed", "failed"
_ATTEMPTS = 5

Node = dict[str, t.Any]


def wanted_node(node: Node, *, accepted: bool, reason: str) -> Node:
    """The node with its label, annotation and taint as they should be."""
    wanted = copy.deepcopy(node)
    metadata = wanted["metadata"]
    metadata["labels"] = {**metadata.get("labels", {}), KEY: PASSED if accepted else FAILED}
    annotations = {name: text for name, text in metadata.get("annotations", {}).items() if name != REASON}
    metadata["annotations"] = annotations if accepted else {**annotations, REASON: reason}
    taints = [taint for taint in wanted["spec"].get("taints", []) if taint["key"] != KEY]
    wanted["spec"]["taints"] = taints if accepted else [*taints, {"key": KEY, "value": FAILED, "effect": "NoSchedule"}]
    return wanted


def marks(node: Node) -> Node:
    """What this module writes on a node."""
    metadata = node["metadata"]
    return {
        "label": metadata.get("labels", {}).get(KEY, ""),
        "reason": metadata.get("annotations", {}).get(REASON, ""),
        "taints": [taint["effect"] for taint in node["spec"].get("taints", []) if taint["key"] == KEY],
    }


def write(client: Client, name: str, *, accepted: bool, reason: str, check: bool) -> tuple[Node, Node]:
    """Makes the node say so; returns its marks before and after.

    Raises:
        KubeError: the cluster has no such node, or does not answer.

    """
    path = f"/api/v1/nodes/{name}"
    for attempt in range(_ATTEMPTS):
        node = client.find(path)
        if node is None:
            raise KubeError(f"The cluster has no node {name}.")
        wanted = wanted_node(node, accepted=accepted, reason=reason)
        before, after = marks(node), marks(wanted)
        if before == after or check:
            return before, after
        try:
            client.merge(path, _patch(node, wanted, accepted=accepted))
        except ApiError as error:
            # Somebody else wrote the node in between; its taints are one list.
            if error.status != 409 or attempt == _ATTEMPTS - 1:
                raise
            continue
        return before, after
    raise KubeError(f"Node {name} is written by others all the time.")


def _patch(node: Node, wanted: Node, *, accepted: bool) -> Node:
    reason = None if accepted else wanted["metadata"]["annotations"][REASON]
    return {
        "metadata": {
            "resourceVersion": node["metadata"]["resourceVersion"],
            "labels": {KEY: wanted["metadata"]["labels"][KEY]},
            "annotations": {REASON: reason},
        },
        "spec": {"taints": wanted["spec"]["taints"] or None},
    }


__all__ = ("FAILED", "KEY", "PASSED", "REASON", "marks", "wanted_node", "write")
