# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the pages that people open look: one style for all of them, light and dark, with nothing loaded from elsewhere."""

from __future__ import annotations

STYLE = """
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

__all__ = ("STYLE",)
