# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One self-contained HTML page: verdict, latency, every check with what was sent and what came back, versions."""

from __future__ import annotations

import html
import typing as t

from .handover import section
from .plot import plot

_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5b6470;--line:#d8dee4;--card:#f6f8fa;--good:#1a7f37;--bad:#cf222e;
--first:#0969da;--total:#8250df}
@media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#30363d;--card:#161b22;--good:#3fb950;
--bad:#ff7b72;--first:#58a6ff;--total:#bc8cff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:60rem;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p{margin:.3rem 0}.dim{color:var(--dim)}.passed{color:var(--good)}.failed{color:var(--bad)}
details,.row{border-bottom:1px solid var(--line)}
summary,.row{display:grid;grid-template-columns:1.5rem 1fr auto;gap:.5rem;padding:.45rem 0}
summary{cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}
summary:hover,summary:focus-visible{background:var(--card)}
.name,td{overflow-wrap:anywhere}.body{padding:0 0 1rem 2rem}
pre{margin:.2rem 0 .8rem;padding:.6rem;background:var(--card);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere;
font:13px/1.4 ui-monospace,monospace;max-height:20rem;overflow:auto}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);
vertical-align:top}
svg{width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--dim)}
polyline{fill:none;stroke-width:1.5}polyline.first{stroke:var(--first)}polyline.total{stroke:var(--total)}
circle.first{fill:var(--first)}circle.total{fill:var(--total)}.grid{stroke:var(--line)}
line.mark{stroke:var(--dim);stroke-dasharray:4 4}.key.first{color:var(--first)}.key.total{color:var(--total)}
@media(max-width:30rem){.body{padding-left:0}}
"""


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
            f"<title>{_text(run['platform'])}: {verdict}</title><style>{_STYLE}</style></head><body>",
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
