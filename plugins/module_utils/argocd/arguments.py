# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argument spec of the action reconcile; its documentation is the module of the same name."""

from __future__ import annotations

from ..kube.arguments import CLUSTER, Spec

_SOURCE: Spec = {
    "url": {"type": "str", "required": True},
    "branch": {"type": "str", "default": "main"},
    "manual": {"type": "list", "elements": "str", "default": []},
}

RECONCILE: Spec = {
    **CLUSTER,
    "tree": {"type": "path", "required": True},
    "source": {"type": "dict", "options": _SOURCE},
    "begin": {"type": "bool", "default": False},
    "force_replace": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 600},
}
