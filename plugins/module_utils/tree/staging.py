# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""After the handover: a component's files are written for one commit of the whole run, and nothing is applied."""

from __future__ import annotations

import typing as t

from ..kube.objects import Object
from . import checks, writer


def stage(folder: str, items: list[Object], *, check: bool, diff: bool) -> tuple[dict[str, t.Any], writer.Written]:
    """Make ``folder`` hold the items; the result of a module, and what was written. Raises KubeError."""
    checks.refuse(items)
    plan = writer.write(folder, items, check=True)
    entries = [{"file": name, "action": "written"} for name in plan.written]
    entries += [{"file": name, "action": "removed"} for name in plan.removed]
    result = {
        "changed": plan.changed,
        "objects": [],
        "staged": entries,
        "requests": {},
        "seconds": 0.0,
        "warnings": [],
        "diff": writer.diffs(folder, items, plan) if diff else [],
    }
    if not check:
        writer.write(folder, items, check=False)
    return result, plan
