"""The figures of `python -m research.papers joint-embedding`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from research.papers.joint_embedding_cells import SolvedCells
from research.papers.joint_embedding_gaussians import SolvedMixtures
from research.papers.joint_embedding_shapes import Solved

_COLOURS = ("#1f5fa8", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#0e7490", "#be185d", "#444444")
_DPI = 70


def draw_cells(solved: Sequence[SolvedCells], path: Path) -> None:
    """Draw both views of the cells at their places, coloured by type (Fig. 14)."""
    figure = _figure(2, len(solved), 4.0)
    for column, item in enumerate(solved):
        kinds = (item.cells.source_types, item.cells.target_types)
        for row, (places, types) in enumerate(zip(item.places, kinds, strict=True)):
            axes = _axes(figure, 2, len(solved), row * len(solved) + column)
            axes.set_title(f"{item.cells.name}, {('source', 'target')[row]}", fontsize=9)
            axes.set_xlim(-0.05, 1.05)
            axes.set_ylim(-0.05, 1.05)
            colours = [_COLOURS[int(kind) % len(_COLOURS)] for kind in types]
            axes.scatter(places[:, 0], places[:, 1], s=6, c=colours, linewidths=0)
    _save(figure, path)


def draw_shapes(solved: Sequence[Solved], path: Path) -> None:
    """Draw each shape as given and as embedded, coloured by a true coordinate (Fig. 3 and 8)."""
    figure = _figure(len(solved), 4, 2.6)
    for row, item in enumerate(solved):
        embedded = (item.embedding.source_places.numpy(), item.embedding.target_places.numpy())
        for side, (shape, places) in enumerate(zip(item.shapes, embedded, strict=True)):
            colours = shape.true[:, 0]
            given = figure.add_subplot(len(solved), 4, 4 * row + 2 * side + 1, projection="3d")
            given.set_axis_off()
            given.scatter(*shape.seen.T, s=5, c=colours, linewidths=0)
            given.set_title(item.name if side == 0 else "", fontsize=8)
            if item.space.geometry == "sphere":
                found = figure.add_subplot(len(solved), 4, 4 * row + 2 * side + 2, projection="3d")
                found.set_axis_off()
                found.set_xlim(-1, 1)
                found.set_ylim(-1, 1)
                found.set_zlim(-1, 1)
            else:
                found = _axes(figure, len(solved), 4, 4 * row + 2 * side + 1)
                extent = float(item.space.coordinates.max())
                found.set_xlim(-0.02 * extent, 1.05 * extent)
                found.set_ylim(-0.02 * extent, 1.05 * extent)
            found.scatter(*places.T, s=5, c=colours, linewidths=0)
    _save(figure, path)


def draw_mixtures(solved: Sequence[SolvedMixtures], path: Path) -> None:
    """Draw the mixtures as fitted, and as placed in the space of Gaussians (Fig. 17)."""
    figure = _figure(len(solved), 3, 3.0)
    for row, item in enumerate(solved):
        # A component of the target has the colour of the source component that it meets.
        met = item.embedding.coupling.numpy().argmax(axis=0)
        colours = (np.arange(len(item.mixtures[0].means_)), met)
        for side, mixture in enumerate(item.mixtures):
            axes = _axes(figure, len(solved), 3, 3 * row + side)
            few = item.points[side][::4]
            axes.scatter(few[:, 0], few[:, 1], s=1, c="#bbbbbb", linewidths=0)
            for colour, mean, covariance in zip(
                colours[side], mixture.means_, mixture.covariances_, strict=True
            ):
                axes.add_patch(_ellipse(mean, covariance, int(colour), dashed=bool(side)))
            axes.set_title(f"{item.name}, {('first', 'second')[side]}", fontsize=9)
        axes = _axes(figure, len(solved), 3, 3 * row + 2)
        axes.set_title("both, embedded", fontsize=9)
        embedded = (item.embedding.source_places, item.embedding.target_places)
        for side, places in enumerate(embedded):
            for colour, place in zip(colours[side], places.numpy(), strict=True):
                xx, xy, yy = place[2:]
                covariance = np.array([[xx, xy], [xy, yy]])
                axes.add_patch(_ellipse(place[:2], covariance, int(colour), dashed=bool(side)))
        axes.autoscale_view()
    _save(figure, path)


def draw_circle(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw EW_λ against the concentration, a line for each λ (Fig. 19)."""
    figure = Figure(figsize=(5, 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    first = [row for row in rows if row["experiment"] == "circle" and row["seed"] == 0]
    for number, penalty in enumerate(sorted({row["penalty"] for row in first})):
        line = [row for row in first if row["penalty"] == penalty]
        axes.plot(
            [row["concentration"] for row in line],
            [row["relaxed"] for row in line],
            "o-",
            ms=4,
            c=_COLOURS[number],
            label=f"EW_λ, λ = {penalty:g}",
        )
    line = [row for row in first if row["penalty"] == first[0]["penalty"]]
    exact = [row["embedded_wasserstein"] for row in line]
    axes.plot([row["concentration"] for row in line], exact, "k--", label="EW")
    axes.set_xscale("log", base=2)
    axes.set_xlabel("von Mises κ")
    axes.legend(fontsize=8)
    _save(figure, path)


def _ellipse(mean: np.ndarray, covariance: np.ndarray, colour: int, *, dashed: bool) -> Ellipse:
    """Two standard deviations of a Gaussian."""
    values, vectors = np.linalg.eigh(covariance)
    width, height = 4 * np.sqrt(np.maximum(values[::-1], 0))
    angle = float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))
    return Ellipse(
        (float(mean[0]), float(mean[1])),
        float(width),
        float(height),
        angle=angle,
        fill=False,
        color=_COLOURS[colour % len(_COLOURS)],
        ls="--" if dashed else "-",
    )


def _figure(rows: int, columns: int, inches: float) -> Figure:
    figure = Figure(figsize=(columns * inches, rows * inches), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _axes(figure: Figure, rows: int, columns: int, index: int) -> Axes:
    axes = figure.add_subplot(rows, columns, index + 1)
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    return axes


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=_DPI)
