"""Lines in a self-contained SVG picture that is legible on light and on dark ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH, HEIGHT, GAP = 380, 250, 60
LEFT, TOP = 60, 80
COLOURS: Final = ("#2563eb", "#dc2626", "#6b7280")
DASHES: Final = ("", "6 4", "2 3")
STYLE: Final = """
text { font: 13px system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; fill: #1f2937 }
.ground { fill: #fff } .axis { stroke: #9ca3af } .target { stroke: #059669; stroke-dasharray: 8 4 }
.title { font-size: 16px; font-weight: 600 } .line { fill: none; stroke-width: 2.5 }
@media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .ground { fill: #111827 } }
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes. `lines` maps what a line shows to its values over `xs`."""

    title: str
    below: str
    xs: Sequence[float]
    lines: Mapping[str, Sequence[float]]
    target: float
    target_name: str
    top: float
    """Values above are cut off."""
    bottom: float = 0.0


def svg(title: str, panels: Sequence[Panel]) -> str:
    width = LEFT + len(panels) * (WIDTH + GAP)
    height = TOP + HEIGHT + 60
    parts = [_text(LEFT, 28, title, "title"), *_legend(list(panels[0].lines))]
    for number, panel in enumerate(panels):
        parts += _panel(panel, LEFT + number * (WIDTH + GAP))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        f'<style>{STYLE}</style><rect class="ground" width="{width}" height="{height}" rx="8"/>{"".join(parts)}</svg>\n'
    )


def _legend(names: Sequence[str]) -> list[str]:
    parts = []
    for number, name in enumerate(names):
        x = LEFT + number * 150
        parts += [_line([(x, 48), (x + 28, 48)], number), _text(x + 34, 52, name)]
    return parts


def _panel(panel: Panel, left: float) -> list[str]:
    low, high = min(panel.xs), max(panel.xs)

    def at(x: float, y: float) -> tuple[float, float]:
        kept = min(max(y, panel.bottom), panel.top)
        across = (x - low) / (high - low) if high > low else 0.5
        return left + WIDTH * across, TOP + HEIGHT * (1 - (kept - panel.bottom) / (panel.top - panel.bottom))

    _x, target = at(low, panel.target)
    parts = [
        _text(left, TOP - 8, panel.title),
        f'<path class="axis" fill="none" d="M{left} {TOP}V{TOP + HEIGHT}H{left + WIDTH}"/>',
        f'<path class="target" d="M{left} {target:.1f}H{left + WIDTH}"/>',
        _text(left + WIDTH, target + 16, panel.target_name, anchor="end"),
        _text(left + WIDTH / 2, TOP + HEIGHT + 44, panel.below, anchor="middle"),
    ]
    for share in (0.0, 0.5, 1.0):
        value = panel.bottom + share * (panel.top - panel.bottom)
        parts.append(_text(left - 6, at(low, value)[1] + 4, f"{value:g}", anchor="end"))
    for x in panel.xs[:: max(1, len(panel.xs) // 6)]:
        parts.append(_text(at(x, panel.bottom)[0], TOP + HEIGHT + 20, f"{x:g}", anchor="middle"))
    for number, values in enumerate(panel.lines.values()):
        parts.append(_line([at(x, y) for x, y in zip(panel.xs, values, strict=True)], number))
    return parts


def _line(points: Sequence[tuple[float, float]], number: int) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = DASHES[number % len(DASHES)]
    return (
        f'<polyline class="line" stroke="{COLOURS[number % len(COLOURS)]}" stroke-dasharray="{dash}" points="{path}"/>'
    )


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'
