# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""The proof of the handover as a section of the report: what was compared, what moved, and every Application."""

from __future__ import annotations

import html
import json
import pathlib
import typing as t

Proof = t.Mapping[str, t.Any]

_COUNTS = (
    ("objects", "objects compared"),
    ("pods", "pods compared"),
    ("writes", "write requests by Argo CD"),
    ("moved", "objects that moved"),
    ("restarts", "restarts"),
    ("status_only", "objects with a new status only"),
)


def read(path: str) -> Proof | None:
    """The proof that the handover left; None when there was no handover. Raises OSError and ValueError."""
    file = pathlib.Path(path)
    return t.cast(Proof, json.loads(file.read_text(encoding="utf-8"))) if path and file.exists() else None


def section(proof: Proof | None) -> str:
    """HTML of the section; empty without a proof."""
    if proof is None:
        return ""
    passed = proof["passed"]
    verdict = "nothing moved" if passed else f"{len(proof['problems'])} findings"
    counts = proof["counts"]
    rows = "".join(f"<tr><td>{title}</td><td>{counts[key]}</td></tr>" for key, title in _COUNTS if key in counts)
    problems = "".join(f"<li>{html.escape(str(problem))}</li>" for problem in proof["problems"])
    apps = "".join(
        f"<tr><td>{html.escape(str(app['name']))}</td><td>{html.escape(str(app['sync']))}</td>"
        f"<td>{html.escape(str(app['health']))}</td><td>{html.escape(str(app['revision'])[:10])}</td></tr>"
        for app in proof["applications"]
    )
    return (
        f'<h2>Handover to Argo CD: <span class="{"passed" if passed else "failed"}">{verdict}</span></h2>'
        f'<p class="dim">{html.escape(str(proof["from"]))} to {html.escape(str(proof["until"]))}</p>'
        f"<table>{rows}</table>"
        + (f"<ul>{problems}</ul>" if problems else "")
        + f"<table><tr><th>Application</th><th>sync</th><th>health</th><th>commit</th></tr>{apps}</table>"
    )


__all__ = ("read", "section")
