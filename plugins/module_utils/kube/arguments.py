# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argument specs shared by modules and actions that talk to the cluster."""

from __future__ import annotations

import os
import typing as t

Spec = dict[str, dict[str, t.Any]]

CLUSTER: Spec = {
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}

WAIT: dict[str, t.Any] = {
    "type": "dict",
    "options": {
        "timeout": {"type": "int", "default": 300},
        "endpoints": {"type": "bool", "default": False},
    },
}

REMOVAL: Spec = {
    "prune_also": {
        "type": "list",
        "elements": "str",
        "choices": ["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"],
        "default": [],
    },
    "inventory_namespace": {"type": "str", "default": "default"},
    "force_replace": {"type": "bool", "default": False},
    "wait": WAIT,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def kubeconfig_path(given: str | None) -> str:
    """The path given, else the first of KUBECONFIG, else kubectl's default."""
    if given:
        return os.path.expanduser(given)
    listed = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    return os.path.expanduser(listed or "~/.kube/config")
