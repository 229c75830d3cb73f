"""The figures of `python -m research.papers negw`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from research.measurement import spread_of

Rows = Sequence[Mapping[str, Any]]


def draw(rows: Rows, output: Path) -> None:
    """Draw errors over n, and the digits' matrix as a heat map, beside the results."""
    output.parent.mkdir(parents=True, exist_ok=True)
    curves = [part for part in ("uniform", "gaussians") if any(r["part"] == part for r in rows)]
    if curves:
        figure = Figure(figsize=(4.2 * len(curves), 3.2), layout="constrained")
        axes = figure.subplots(1, len(curves), squeeze=False)[0]
        for axis, part in zip(axes, curves, strict=True):
            _errors(axis, [row for row in rows if row["part"] == part], part)
        figure.savefig(output.with_name(f"{output.stem}-errors.png"), dpi=80)
    for row in rows:
        if row["part"] == "digits":
            _heat_map(row["matrix"], output.with_name(f"{output.stem}-digits.png"))


def _errors(axis: Axes, rows: Rows, title: str) -> None:
    counts = sorted({row["points"] for row in rows})
    for d in sorted({row["dimension"] for row in rows}):
        medians = [
            spread_of(
                row["error"] for row in rows if (row["dimension"], row["points"]) == (d, n)
            ).median
            for n in counts
        ]
        axis.loglog(counts, medians, marker="o", label=f"d = {d}")
    largest = max(row["error"] for row in rows)
    axis.loglog(
        counts,
        [largest * (n / counts[0]) ** -0.5 for n in counts],
        linestyle="--",
        color="grey",
        label="slope −½",
    )
    axis.set_title(title)
    axis.set_xlabel("n")
    axis.set_ylabel("relative error")
    axis.legend(fontsize=7)


def _heat_map(matrix: Sequence[Sequence[float]], path: Path) -> None:
    figure = Figure(figsize=(3.6, 3.2), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(matrix, cmap="viridis")
    axis.set_xticks(range(10))
    axis.set_yticks(range(10))
    axis.set_title("entropic IGW between digits, debiased", fontsize=9)
    figure.colorbar(image)
    figure.savefig(path, dpi=80)
