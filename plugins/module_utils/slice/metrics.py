# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""Counters in the Prometheus text exposition format 0.0.4, as far as the checks need them."""

from __future__ import annotations

import re

_SAMPLE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def total(text: str, name: str, **labels: str) -> float:
    """Sum of all samples of ``name`` whose labels have the given values; 0 when there is none."""
    found = 0.0
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match is None or match["name"] != name:
            continue
        have = dict(_LABEL.findall(match["labels"] or ""))
        if all(have.get(label) == value for label, value in labels.items()):
            found += float(match["value"])
    return found


__all__ = ("total",)
