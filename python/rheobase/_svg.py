"""Line plots as self-contained SVG files, without any package."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Mapping, Optional, Sequence

COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e5ea2", "#b8860b", "#555555")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 340, 64, 16, 34, 66


@dataclass(frozen=True)
class Panel:
    """Lines over one x axis.

    Attributes:
        title: above it; `x_label` stands below.
        lines: points by name; those whose y is no number are left out.
        level: a dashed line at this y, named `level_name`.
    """

    title: str
    x_label: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    logarithmic: bool = False
    level: Optional[float] = None
    level_name: str = ""


def document(panels: Sequence[Panel]) -> str:
    """The panels side by side."""
    width = WIDTH * len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{HEIGHT}" fill="white"/>',
    ]
    for index, panel in enumerate(panels):
        parts += [f'<g transform="translate({index * WIDTH} 0)">', *_Drawing(panel).parts(), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


class _Drawing:
    def __init__(self, panel: Panel):
        self._panel = panel
        self._lines = {name: [p for p in points if self._shows(p[1])] for name, points in panel.lines.items()}
        points = [p for line in self._lines.values() for p in line]
        ys = [y for _, y in points] + ([panel.level] if panel.level is not None and self._shows(panel.level) else [])
        self._xs = sorted({x for x, _ in points}) or [0.0]
        self._low, self._high = self._ends([self._scaled(y) for y in ys] or [0.0])

    def _shows(self, y: float) -> bool:
        return math.isfinite(y) and (y > 0 or not self._panel.logarithmic)

    def _scaled(self, y: float) -> float:
        return math.log10(y) if self._panel.logarithmic else y

    @staticmethod
    def _ends(values: Sequence[float]) -> tuple[float, float]:
        low, high = min(values), max(values)
        room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.05
        return low - room, high + room

    def _x(self, x: float) -> float:
        span = self._xs[-1] - self._xs[0] or 1.0
        return LEFT + 12 + (x - self._xs[0]) / span * (WIDTH - LEFT - RIGHT - 24)

    def _y(self, y: float) -> float:
        return HEIGHT - BOTTOM - (self._scaled(y) - self._low) / (self._high - self._low) * (HEIGHT - TOP - BOTTOM)

    def _ticks(self) -> list[float]:
        if self._panel.logarithmic:
            marks = [10.0**e * m for e in range(math.floor(self._low), math.ceil(self._high) + 1) for m in (1, 2, 5)]
            found = [y for y in marks if self._low <= math.log10(y) <= self._high]
            tens = [y for y in found if f"{y:e}"[0] == "1"]
            return tens if len(tens) > 2 else found
        span = self._high - self._low
        step = 10.0 ** math.floor(math.log10(span))
        step *= next(m for m in (0.2, 0.25, 0.5, 1, 2, 5) if span / (step * m) <= 7)
        first = math.ceil(self._low / step)
        return [step * (first + i) for i in range(math.floor(self._high / step) - first + 1)]

    def parts(self) -> list[str]:
        panel, bottom, right = self._panel, HEIGHT - BOTTOM, WIDTH - RIGHT
        made = [f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold">{escape(panel.title)}</text>']
        for y in self._ticks():
            at = self._y(y)
            made.append(f'<path d="M{LEFT} {at:.1f}H{right}" stroke="#dddddd"/>')
            made.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{y:.6g}</text>')
        for x in self._xs:
            made.append(f'<text x="{self._x(x):.1f}" y="{bottom + 16}" text-anchor="middle">{x:g}</text>')
        made.append(f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#333333"/>')
        made.append(f'<text x="{(LEFT + right) / 2}" y="{bottom + 32}" text-anchor="middle">{escape(panel.x_label)}</text>')
        if panel.level is not None and self._shows(panel.level):
            at = self._y(panel.level)
            made.append(f'<path d="M{LEFT} {at:.1f}H{right}" stroke="#333333" stroke-dasharray="5 4"/>')
            made.append(f'<text x="{right - 4}" y="{at - 4:.1f}" text-anchor="end">{escape(panel.level_name)}</text>')
        for number, (name, points) in enumerate(self._lines.items()):
            made += self._line(name, points, number)
        return made

    def _line(self, name: str, points: Sequence[tuple[float, float]], number: int) -> list[str]:
        colour, left = COLOURS[number % len(COLOURS)], LEFT + 120 * number
        places = [(self._x(x), self._y(y)) for x, y in points]
        made = [f'<path d="M{left} {HEIGHT - 14}h18" stroke="{colour}" stroke-width="2"/>']
        made.append(f'<text x="{left + 23}" y="{HEIGHT - 10}" fill="{colour}">{escape(name)}</text>')
        if places:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            made.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        return made + [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
