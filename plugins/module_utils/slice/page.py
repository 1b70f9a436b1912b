# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One self-contained HTML page: verdict, latency, every check with what was sent and what came back, versions."""

from __future__ import annotations

import html
import typing as t

from .handover import section
from .plot import plot
from .style import STYLE


def page(run: t.Mapping[str, t.Any]) -> str:
    """The page for the plain form of a run (see Run.as_dict). Every value is escaped; nothing is loaded from elsewhere."""
    results = run["results"]
    failed = run["failed"]
    verdict = f"{failed} of {len(results)} checks failed" if failed else f"all {len(results)} checks passed"
    # Failed checks come first: they are what a person opens the page for.
    ordered = sorted(results, key=lambda result: result["status"] != "failed")
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{_text(run['platform'])}: {verdict}</title><style>{STYLE}</style></head><body>",
            f'<h1>{_text(run["platform"])}: <span class="{"failed" if failed else "passed"}">{verdict}</span></h1>',
            f'<p class="dim">{_text(run["endpoint"])} · {_text(run["started"])} · {run["seconds"]:.1f} s</p>',
            _latency(results),
            "<h2>Checks</h2>",
            *[_check(result) for result in ordered],
            section(run.get("handover")),
            _versions(run["versions"]),
            "</body></html>\n",
        ]
    )


def _check(result: t.Mapping[str, t.Any]) -> str:
    failed = result["status"] == "failed"
    parts = [("Expected", result["expected"])]
    if failed:
        parts = [("Why", result["why"]), ("Cure", result["cure"]), *parts]
    parts += [("Sent", result["request"]), ("Came back", result["response"])]
    body = "".join(f'<p class="dim">{title}</p><pre>{_text(value)}</pre>' for title, value in parts if value)
    return (
        f"<details{' open' if failed else ''}><summary>"
        f'<span class="{"failed" if failed else "passed"}" aria-label="{_text(result["status"])}">{"✗" if failed else "✓"}</span>'
        f'<span class="name">{_text(result["name"])}</span><span class="dim">{result["seconds"]:.2f} s</span>'
        f'</summary><div class="body">{body}</div></details>'
    )


def _latency(results: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    data = next((result["data"] for result in results if "first_token_ms" in result["data"]), None)
    if data is None:
        return ""
    first, total = data["first_token"], data["total"]
    marks = {"first token p95": first["p95"], "whole answer p95": total["p95"]}
    rows = "".join(
        f'<tr><th class="key {css}">{title}</th>' + "".join(f"<td>{each[part]:.1f}</td>" for part in _PARTS) + "</tr>"
        for css, title, each in (("first", "first token", first), ("total", "whole answer", total))
    )
    heads = "".join(f"<th>{part}</th>" for part in _PARTS)
    return (
        "<h2>Latency of streamed chats, milliseconds</h2>"
        + plot({"first": data["first_token_ms"], "total": data["total_ms"]}, marks)
        + f"<table><tr><th></th>{heads}</tr>{rows}</table>"
    )


_PARTS = ("min", "p50", "p95", "max")


def _versions(versions: t.Mapping[str, str]) -> str:
    rows = "".join(f"<tr><td>{_text(name)}</td><td>{_text(value)}</td></tr>" for name, value in versions.items())
    return f"<h2>Versions</h2><table>{rows}</table>" if rows else ""


def _text(value: t.Any) -> str:
    return html.escape(str(value))


__all__ = ("page",)
