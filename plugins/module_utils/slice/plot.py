# Copyright: (c) 2026, inference.platform maintainers
# SPDX-License-Identifier: Apache-2.0
"""A line plot of request times as inline SVG that takes its colours from the page."""

from __future__ import annotations

import html
import math
import typing as t

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 34
_STEPS = (1, 2, 5)


def plot(series: t.Mapping[str, t.Sequence[float]], lines: t.Mapping[str, float]) -> str:
    """Plot series of milliseconds by request number, with named horizontal lines; empty when there is nothing to show.

    Args:
        series: CSS class to one value for each request, in order.
        lines: label to milliseconds, drawn across.

    """
    values = [value for points in series.values() for value in points]
    if not values:
        return ""
    top = ceiling(max([*values, *lines.values()]))
    count = max(len(points) for points in series.values())
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Milliseconds of each request">',
        *_grid(top),
        *[_line(label, value, top) for label, value in lines.items()],
        *[_curve(name, points, count, top) for name, points in series.items()],
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">request 1 to {count}</text>',
        "</svg>",
    ]
    return "\n".join(parts)


def ceiling(value: float) -> float:
    """The next round number (1, 2 or 5 times a power of ten) from ``value`` on."""
    power = 10.0 ** math.floor(math.log10(max(value, 0.001)))
    return next((step * power for step in _STEPS if step * power >= value), 10 * power)


def _grid(top: float) -> list[str]:
    found = []
    for part in range(5):
        value = top * part / 4
        y = _y(value, top)
        found.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        found.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    return [*found, f'<text x="6" y="{TOP - 2}">ms</text>']


def _line(label: str, value: float, top: float) -> str:
    y = _y(value, top)
    return (
        f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="mark" x="{WIDTH - RIGHT}" y="{y - 4:.1f}" text-anchor="end">'
        f"{html.escape(label)} {value:.1f}</text>"
    )


def _curve(name: str, points: t.Sequence[float], count: int, top: float) -> str:
    width = WIDTH - LEFT - RIGHT
    places = [(LEFT + width * (index / max(1, count - 1)), _y(value, top)) for index, value in enumerate(points)]
    css = html.escape(name, quote=True)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(
        f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>request {index + 1}: {value:.1f} ms</title></circle>'
        for index, ((x, y), value) in enumerate(zip(places, points, strict=True))
    )
    return f'<polyline class="{css}" points="{path}"/>{dots}'


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top)


__all__ = ("ceiling", "plot")
