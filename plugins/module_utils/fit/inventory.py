# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The declared models against the declared GPUs: what preflight asks before anything is rented or changed."""

from __future__ import annotations

import os
import pathlib
import typing as t

from ..config import gpus
from .declared import Cards, Findings, Places, check, machines
from .gpus import gpu_of
from .verdict import Serving


def fit_findings(variables: dict[str, t.Any], configuration: dict[str, t.Any], engines: Serving) -> Findings:
    """What does not fit.

    Args:
        variables: all variables with defaults, checked. GPUs are those of C(vast_nodes), when the substrate is C(vast), and of C(gpu).
        configuration: the same, normalised.
        engines: how all engines are started.

    """
    nodes = variables.get("vast_nodes", []) if variables["substrate"] == "vast" else []
    cards, findings = machines(nodes, variables["gpu"], "platform_vast_nodes:")
    size = gpus.slice_gib(configuration["gpu_sharing"])
    if size:
        cards = [Cards(gpu_of(configuration["gpu_sharing"]["profile"], size), one.count, one.where) for one in cards]
    home = os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface")
    places = Places(pathlib.Path(configuration["cache_dir"]) / "oci", home)
    given = {model["name"]: model for model in variables["models"]}
    models = [{**model, **_hints(given[model["name"]])} for model in configuration["models"]]
    return findings + check(models, cards, places, engines)


def _hints(model: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: model[key] for key in ("config", "weights_gib") if key in model}


__all__ = ("fit_findings",)
