# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Models to render for, and rendered objects."""

from __future__ import annotations

import typing as t

Object = dict[str, t.Any]


def model(name: str, **changes: t.Any) -> Object:
    """A model of the validated configuration."""
    return {
        "name": name,
        "source": "builtin://tiny-coder",
        "image": "quay.io/inference-platform/tiny-coder:1",
        "path": "/models/tiny-coder",
        "served_for": ["chat"],
        "replicas": {"min": 1, "max": 1},
        "gpus": 0,
        "cpu": True,
        "context": 2048,
        **changes,
    }


MODELS = [
    model("coder-chat", served_for=["chat", "agent", "fim"], replicas={"min": 2, "max": 2}),
    model("coder-embed", served_for=["embeddings"]),
    model("big", source="hf://org/big", image="", path="org/big", gpus=2, cpu=False),
]


class Objects(list[Object]):
    """Rendered objects, found by kind and name."""

    def one(self, kind: str, name: str) -> Object:
        """The object; there must be exactly one."""
        found = [item for item in self if item["kind"] == kind and item["metadata"]["name"] == name]
        assert len(found) == 1, f"{len(found)} objects {kind} {name}"
        return found[0]

    def kind(self, kind: str) -> list[Object]:
        return [item for item in self if item["kind"] == kind]
