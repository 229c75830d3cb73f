"""Small charts as SVG, coloured by the page's style sheet, each with its content as text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from markupsafe import Markup

from isogloss.models.retrieval.training_history import Curve
from isogloss.scripts.report.text import figure, short

_WIDTH = 360
_LINE_HEIGHT = 130
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 18
_BAR = 30


def line_chart(name: str, curve: Curve, *, bound: float | None = None) -> Markup:
    """Draw a figure over the steps, with the bound that it is held to, where there is one."""
    values = [*curve.values, *([] if bound is None else [bound])]
    low, high = min(values), max(values)
    spread = (high - low) or abs(high) or 1.0
    low, high = low - 0.05 * spread, high + 0.05 * spread
    first, last = curve.steps[0], max(curve.steps[-1], curve.steps[0] + 1)
    right, bottom = _WIDTH - _RIGHT, _LINE_HEIGHT - _BOTTOM

    def x(step: float) -> float:
        return _LEFT + (right - _LEFT) * (step - first) / (last - first)

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * (value - low) / (high - low)

    points = " ".join(
        f"{x(step):.1f},{y(value):.1f}"
        for step, value in zip(curve.steps, curve.values, strict=True)
    )
    named = [curve.values[-1], min(curve.values), max(curve.values)]
    parts = [_axes(bottom, right)]
    parts += _side_labels([(y(value), short(value)) for value in named])
    parts.append(_text(_LEFT, bottom + 12, str(curve.steps[0]), "start"))
    parts.append(_text(right, bottom + 12, f"step {curve.steps[-1]}", "end"))
    if bound is not None:
        parts.append(_bound_line(_LEFT, y(bound), right, y(bound)))
        parts.append(_text(right, y(bound) + (12 if y(bound) < 20 else -4), "bound", "end"))
    parts.append(Markup('<polyline class="line" points="{}"/>').format(points))
    description = (
        f"{name} from step {curve.steps[0]} to {curve.steps[-1]}: first {short(curve.values[0])}, "
        f"last {short(curve.values[-1])}, smallest {short(min(curve.values))}, "
        f"largest {short(max(curve.values))}"
        + ("" if bound is None else f"; the bound is {short(bound)}")
    )
    return _svg(_WIDTH, _LINE_HEIGHT, name, description, parts)


def bar_chart(name: str, bars: Sequence[tuple[str, float]], *, bound: float | None) -> Markup:
    """Draw one bar from 0 to 1 for each label, and the bound across all of them."""
    height = _BAR * len(bars) + 16
    right = _WIDTH - 44

    def x(value: float) -> float:
        return right * min(max(value, 0.0), 1.0)

    parts = []
    for row, (label, value) in enumerate(bars):
        top = _BAR * row + 14
        kind = "bar" if bound is None or value >= bound else "bar lost"
        parts.append(_text(0, top - 5, label, "start"))
        rectangle = '<rect class="{}" x="0" y="{}" width="{:.1f}" height="8" rx="1"/>'
        parts.append(Markup(rectangle).format(kind, top, x(value)))
        parts.append(_text(x(value) + 5, top + 8, figure(value), "start"))
        if bound is not None:
            parts.append(_bound_line(x(bound), top - 3, x(bound), top + 11))
    if bound is not None:
        parts.append(_text(x(bound), height - 4, f"bound {short(bound)}", "middle"))
    description = "; ".join(f"{label}: {figure(value)}" for label, value in bars)
    if bound is not None:
        description += f"; the bound is {short(bound)}"
    return _svg(_WIDTH, height, name, description, parts)


def histogram(name: str, values: Sequence[float], *, bins: int = 30) -> Markup:
    """Draw how often values lie where, from 0 to the largest; none is below 0, one is above."""
    counts, edges = np.histogram(np.asarray(values), bins=bins, range=(0, max(values)))
    right, bottom = _WIDTH - _RIGHT, _LINE_HEIGHT - _BOTTOM
    high = float(edges[-1])

    def x(value: float) -> float:
        return _LEFT + (right - _LEFT) * value / high

    parts = [_axes(bottom, right)]
    largest = int(counts.max())
    for count, (left, end) in zip(counts.tolist(), pairwise(edges.tolist()), strict=True):
        height = (bottom - _TOP) * count / largest
        rectangle = '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
        parts.append(
            Markup(rectangle).format(x(left), bottom - height, x(end) - x(left) - 0.6, height)
        )
    parts.append(_text(_LEFT - 5, _TOP + 4, str(largest), "end"))
    parts.append(_text(_LEFT, bottom + 12, "0", "start"))
    parts.append(_text(right, bottom + 12, short(high), "end"))
    quarters = np.quantile(np.asarray(values), [0.25, 0.5, 0.75]).tolist()
    description = (
        f"{len(values)} words; a quarter lies below {short(quarters[0])}, half below "
        f"{short(quarters[1])}, three quarters below {short(quarters[2])}"
    )
    return _svg(_WIDTH, _LINE_HEIGHT, name, description, parts)


def _svg(
    width: float, height: float, name: str, description: str, parts: Sequence[Markup]
) -> Markup:
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title><desc>{}</desc>{}'
        "</svg>"
    ).format(width, height, f"{name}. {description}", name, description, Markup("").join(parts))


def _side_labels(labels: Sequence[tuple[float, str]]) -> list[Markup]:
    """Write figures beside the axis, each only if it covers none before it."""
    taken: list[float] = []
    parts = []
    for y, text in labels:
        if all(abs(y - other) >= 11 for other in taken):
            taken.append(y)
            parts.append(_text(_LEFT - 5, y + 4, text, "end"))
    return parts


def _axes(bottom: float, right: float) -> Markup:
    return Markup('<path class="axis" d="M{} {}V{}H{}"/>').format(_LEFT, _TOP, bottom, right)


def _bound_line(left: float, top: float, right: float, bottom: float) -> Markup:
    return Markup('<path class="bound" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(
        left, top, right, bottom
    )


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )
