# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argument spec of the action node_drain."""

from __future__ import annotations

from ..kube.arguments import CLUSTER, Spec

NODE_DRAIN: Spec = {
    **CLUSTER,
    "node": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["drained", "schedulable", "absent"], "default": "drained"},
    "immovable": {"type": "str", "choices": ["refuse", "stay", "evict"], "default": "refuse"},
    "request_timeout": {"type": "int", "default": 300},
    "timeout": {"type": "int", "default": 900},
}
