# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""One self-contained HTML page: the total, spending by day and team, and a table of teams and models."""

from __future__ import annotations

import datetime
import html
import typing as t

from ..slice.style import STYLE
from . import money
from .costs import Costs
from .costs_plot import series, stacks
from .money import Money
from .sums import Sum

_COLOURS = """
:root{--s0:#0969da;--s1:#8250df;--s2:#1a7f37;--s3:#bf8700;--s4:#cf222e;--s5:#6e7781}
@media(prefers-color-scheme:dark){:root{--s0:#58a6ff;--s1:#bc8cff;--s2:#3fb950;--s3:#d29922;--s4:#ff7b72;--s5:#9198a1}}
rect.s0,.bar.s0{fill:var(--s0);background:var(--s0)}rect.s1,.bar.s1{fill:var(--s1);background:var(--s1)}
rect.s2,.bar.s2{fill:var(--s2);background:var(--s2)}rect.s3,.bar.s3{fill:var(--s3);background:var(--s3)}
rect.s4,.bar.s4{fill:var(--s4);background:var(--s4)}rect.s5,.bar.s5{fill:var(--s5);background:var(--s5)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;padding:0;list-style:none}.legend .bar{display:inline-block;width:.8rem;height:.8rem;
margin-right:.4rem;border-radius:2px}.share{height:.5rem;min-width:1px;border-radius:2px}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}.sum td{font-weight:600}
"""
_NUMBERS = ("calls", "failed", "broken off", "fallbacks", "prompt tokens", "completion tokens", "USD")


def page(costs: Costs, title: str) -> str:
    """The page. Every value is escaped; nothing is loaded from elsewhere."""
    period = _period(costs)
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            f"<title>{_text(title)}: costs {period}</title><style>{STYLE}{_COLOURS}</style></head><body>",
            f"<h1>{_text(title)}: {_text(money.shown(costs.total.spend))}</h1>",
            f'<p class="dim">{period}, UTC · {costs.total.calls:,} calls · '
            f"{costs.total.prompt_tokens + costs.total.completion_tokens:,} tokens billed</p>",
            _by_day(costs),
            _shares("Teams", costs.teams, costs.total.spend),
            _shares("Models", costs.models, costs.total.spend),
            _lines(costs),
            "</body></html>\n",
        ]
    )


def _period(costs: Costs) -> str:
    last = costs.period.end - datetime.timedelta(seconds=1)
    return f"{costs.period.start:%Y-%m-%d} to {last:%Y-%m-%d}"


def _by_day(costs: Costs) -> str:
    picture = stacks(costs.days)
    if not picture:
        return "<p>Nothing was spent.</p>"
    legend = "".join(
        f'<li><span class="bar s{number}"></span>{_text(name)}</li>' for number, name in enumerate(series(costs.days))
    )
    return f'<h2>By day and team</h2>{picture}<ul class="legend">{legend}</ul>'


def _shares(title: str, parts: t.Mapping[str, Sum], whole: Money) -> str:
    rows = "".join(
        f'<tr><td>{_text(name)}</td><td class="number">{_usd(part.spend)}</td><td class="number">{_share(part, whole):.1f} %</td>'
        f'<td style="width:40%"><div class="share bar s0" style="width:{_share(part, whole):.2f}%"></div></td></tr>'
        for name, part in parts.items()
    )
    heads = '<th></th><th class="number">USD</th><th class="number">share</th><th></th>'
    return f'<h2>{title}</h2><div class="wide"><table><tr>{heads}</tr>{rows}</table></div>'


def _share(part: Sum, whole: Money) -> float:
    return float(100 * part.spend / whole) if whole else 0.0


def _lines(costs: Costs) -> str:
    heads = "<th>team</th><th>model</th>" + "".join(f'<th class="number">{name}</th>' for name in _NUMBERS)
    rows = "".join(
        f"<tr><td>{_text(team)}</td><td>{_text(model)}</td>{_numbers(part)}</tr>"
        for (team, model), part in costs.lines.items()
    )
    whole = f'<tr class="sum"><td>total</td><td></td>{_numbers(costs.total)}</tr>'
    note = (
        "Tokens are those that were billed. A call that its caller broke off is billed by LiteLLM's estimate of its tokens. "
        "Fallbacks are calls that this model answered in another one's place."
    )
    return f'<h2>Teams and models</h2><div class="wide"><table><tr>{heads}</tr>{rows}{whole}</table></div><p class="dim">{note}</p>'


def _numbers(part: Sum) -> str:
    counts = (part.calls, part.failed, part.broken_off, part.fallbacks, part.prompt_tokens, part.completion_tokens)
    cells = "".join(f'<td class="number">{count:,}</td>' for count in counts)
    return f'{cells}<td class="number">{_usd(part.spend)}</td>'


def _usd(amount: Money) -> str:
    return money.shown(amount).removesuffix(" USD")


def _text(value: t.Any) -> str:
    return html.escape(str(value))
