"""Small drawings for notebooks, as SVG: values with their intervals, and points on a plane."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

_BLUE = "#0a7ea4"
_COLOURS = (
    "#0a7ea4", "#c2410c", "#4d7c0f", "#7e22ce", "#be123c", "#0f766e", "#a16207", "#4338ca", "#9d174d", "#374151",
)  # fmt: skip

Row = tuple[str, "float | None", "float | None", "float | None"]


def _label(text: str, most: int = 28) -> str:
    return html.escape(text if len(text) <= most else text[: most - 1] + "…")


def _round_down(x: float) -> str:
    return f"{x:.3g}"


def intervals(rows: Sequence[Row], title: str, *, percent: bool = False) -> str:
    """One line per row of ``(label, value, lower, upper)``: a dot on its interval. Rows without a value are left out."""
    drawn = [row for row in rows if row[1] is not None and math.isfinite(row[1])]
    if not drawn:
        return ""
    scale = 100.0 if percent else 1.0
    ends = [x * scale for row in drawn for x in row[1:] if x is not None and math.isfinite(x)]
    low, high = min(ends), max(ends)
    if low > 0 and low < 0.5 * high:
        low = 0.0
    span = (high - low) or 1.0
    left, right, line = 190, 620, 20

    def x(value: float) -> float:
        return left + (value * scale - low) / span * (right - left)

    height = line * len(drawn) + 50
    unit = " %" if percent else ""
    parts = [
        f'<svg viewBox="0 0 660 {height}" width="660" height="{height}" role="img" aria-label="{html.escape(title)}" '
        'style="max-width:100%" font-family="system-ui,sans-serif" font-size="12" fill="currentColor">'
        f'<text x="0" y="14" font-weight="600">{html.escape(title)}</text>'
    ]
    for at, (label, value, lower, upper) in enumerate(drawn):
        y = 34 + at * line
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{_label(label)}</text>')
        told = f"{label}: {value * scale:.3g}{unit}"
        if lower is not None and upper is not None and math.isfinite(lower) and math.isfinite(upper):
            parts.append(f'<path d="M{x(lower):.1f} {y}H{x(upper):.1f}" stroke="{_BLUE}" stroke-width="3" opacity=".4"/>')
            told += f" ({lower * scale:.3g} to {upper * scale:.3g})"
        parts.append(f'<circle cx="{x(value):.1f}" cy="{y}" r="4" fill="{_BLUE}"><title>{html.escape(told)}</title></circle>')
    foot = 34 + len(drawn) * line
    parts.append(f'<path d="M{left} {foot - 8}H{right}" stroke="currentColor" opacity=".4"/>')
    for share in (0.0, 0.5, 1.0):
        value = low + share * span
        parts.append(
            f'<text x="{left + share * (right - left):.0f}" y="{foot + 8}" text-anchor="middle" opacity=".7">{_round_down(value)}{unit}</text>'
        )
    parts.append("</svg>")
    return "".join(parts)


def scatter(points: Sequence[tuple[float, float, str]], title: str) -> str:
    """Points ``(x, y, group)``, coloured by their group."""
    kept = [p for p in points if p[0] is not None and p[1] is not None][:4000]
    if not kept:
        return ""
    counts: dict[str, int] = {}
    for point in kept:
        counts[point[2]] = counts.get(point[2], 0) + 1
    groups = sorted(counts, key=lambda g: (-counts[g], g))
    colour = {g: _COLOURS[i] if i < len(_COLOURS) else "#9ca3af" for i, g in enumerate(groups)}
    xs, ys = [p[0] for p in kept], [p[1] for p in kept]
    (x0, x1), (y0, y1) = (min(xs), max(xs)), (min(ys), max(ys))
    dots = "".join(
        f'<circle cx="{10 + 400 * (px - x0) / ((x1 - x0) or 1):.1f}" cy="{30 + 300 * (y1 - py) / ((y1 - y0) or 1):.1f}" '
        f'r="3" fill="{colour[group]}" fill-opacity=".7"><title>{html.escape(group)}</title></circle>'
        for px, py, group in kept
    )
    legend = "".join(
        f'<circle cx="430" cy="{36 + 18 * i}" r="5" fill="{colour[g]}"/><text x="442" y="{40 + 18 * i}">{_label(g)} ({counts[g]})</text>'
        for i, g in enumerate(groups[:16])
    )
    return (
        f'<svg viewBox="0 0 660 345" width="660" height="345" role="img" aria-label="{html.escape(title)}" style="max-width:100%" '
        f'font-family="system-ui,sans-serif" font-size="12" fill="currentColor"><text x="0" y="14" font-weight="600">{html.escape(title)}</text>'
        f"{dots}{legend}</svg>"
    )
