# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Argument specs of the actions component and tree_ready; their documentation is the modules of the same name."""

from __future__ import annotations

from ..kube.arguments import CLUSTER, REMOVAL, Spec

_CHART: Spec = {
    "path": {"type": "path", "required": True},
    "checksum": {"type": "str"},
    "release": {"type": "str"},
    "values": {"type": "dict", "default": {}},
    "helm": {"type": "path", "default": "helm"},
    "crds": {"type": "bool", "default": True},
}

_MANIFEST: Spec = {
    "path": {"type": "path", "required": True},
    "checksum": {"type": "str", "required": True},
}

TREE_READY: Spec = {
    **CLUSTER,
    "tree": {"type": "path", "required": True},
    "timeout": {"type": "int", "default": 900},
}

COMPONENT: Spec = {
    **CLUSTER,
    **REMOVAL,
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "wave": {"type": "int", "required": True},
    "tree": {"type": "path", "required": True},
    "render_to": {"type": "path"},
    "templates": {"type": "list", "elements": "path", "default": []},
    "variables": {"type": "dict", "default": {}},
    "manifest": {"type": "list", "elements": "dict", "options": _MANIFEST, "default": []},
    "chart": {"type": "list", "elements": "dict", "options": _CHART, "default": []},
    "prune": {"type": "bool", "default": True},
}
