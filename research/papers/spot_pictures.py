"""Pictures of `python -m research.papers spot`: Fig. 3.6 and 3.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure


def draw_pairs(
    cases: Mapping[str, tuple[Sequence[np.ndarray], Sequence[np.ndarray]]], path: Path
) -> None:
    """Draw samples on the left, generated points and their pairing on the right."""
    figure = Figure(figsize=(8, 3.2 * len(cases)))
    axes = figure.subplots(len(cases), 2, squeeze=False)
    for line, (name, (given, made)) in zip(axes, cases.items(), strict=True):
        for axis, (x, y), title in zip(line, (given, made), ("given", "generated"), strict=True):
            axis.scatter(*x.T, s=3, color="tab:blue")
            axis.scatter(*y.T, s=3, color="tab:orange")
            axis.set_title(f"{name}, {title}", fontsize=8)
        for start, end in zip(*(points[:60] for points in made), strict=True):
            line[1].plot(*np.stack([start, end]).T, color="black", linewidth=0.3)
    _save(figure, path)


def draw_densities(cases: Mapping[str, tuple[np.ndarray, np.ndarray]], path: Path) -> None:
    """Draw our density above Sinkhorn's, in the same colours."""
    figure = Figure(figsize=(2.4 * len(cases), 4.8))
    axes = figure.subplots(2, len(cases), squeeze=False)
    for column, (name, (found, exact)) in enumerate(cases.items()):
        for axis, density, title in zip(
            axes[:, column], (found, exact), ("flow", "Sinkhorn"), strict=True
        ):
            axis.imshow(density.T, origin="lower", extent=(-5, 5, -5, 5), vmax=exact.max())
            axis.set_title(f"{title}: {name}", fontsize=7)
            axis.set_xticks([])
            axis.set_yticks([])
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=75)
