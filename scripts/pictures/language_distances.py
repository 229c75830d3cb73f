"""Distances between languages: a matrix beside the tree of which are nearest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import dendrogram, linkage
from scipy.spatial.distance import squareform

_SHOWN_NUMBERS = 12


def draw_distances(distances: np.ndarray, names: Sequence[str], path: Path) -> None:
    """Draw the dendrogram (average linkage) and the matrix in the order of its leaves.

    Args:
        distances: Symmetric matrix [k, k] with zeros on the diagonal.
        names: Names of the rows.
        path: File to write, .png or .svg.

    """
    count = len(names)
    height = max(2.6, 0.34 * count + 1.2)
    figure = Figure(figsize=(3.2 + height, height), layout="constrained")
    FigureCanvasAgg(figure)
    tree_axis, matrix_axis = figure.subplots(1, 2, width_ratios=(1, 1.5))
    joined = linkage(squareform(distances, checks=False), method="average")
    shown = [name.replace("$", r"\$") for name in names]  # a dollar sign would begin a formula
    tree = dendrogram(joined, labels=shown, orientation="left", ax=tree_axis, color_threshold=0)
    tree_axis.set_xlabel("distance")
    for side in ("top", "right", "left"):
        tree_axis.spines[side].set_visible(False)
    order = tree["leaves"][::-1]
    image = matrix_axis.imshow(distances[np.ix_(order, order)], cmap="viridis_r", vmin=0)
    labels = [shown[row] for row in order]
    matrix_axis.set_xticks(range(count), labels, rotation=45, ha="right")
    matrix_axis.set_yticks(range(count), labels)
    if count <= _SHOWN_NUMBERS:
        middle = float(distances.max()) / 2
        for row, i in enumerate(order):
            for column, j in enumerate(order):
                value = distances[i, j]
                colour = "white" if value > middle else "black"
                matrix_axis.text(
                    column, row, f"{value:.2f}", ha="center", va="center", color=colour, fontsize=7
                )
    figure.colorbar(image, shrink=0.8)
    figure.savefig(path, dpi=90)
