"""Pictures of generated points: a panel for each case, images as images."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

_IMAGE = 64


def draw_panels(path: Path, points: Mapping[str, Tensor]) -> None:
    """Draw the points of each case side by side."""
    figure = Figure(figsize=(2.1 * len(points), 2.3), layout="constrained")
    for number, (case, own) in enumerate(points.items(), start=1):
        solid = own.shape[1] == 3
        place: Any = figure.add_subplot(
            1, len(points), number, **({"projection": "3d"} if solid else {})
        )
        if own.shape[1] == _IMAGE:
            rows = [own[first : first + 4].reshape(4, 8, 8) for first in range(0, 16, 4)]
            image = [[pixel for each in row for pixel in each[i]] for row in rows for i in range(8)]
            place.imshow([[float(pixel) for pixel in line] for line in image], cmap="gray_r")
            place.set_xticks([])
            place.set_yticks([])
        else:
            place.scatter(*own[:500].T.numpy(), s=2)
            place.set_aspect("equal")
        place.set_title(case, fontsize=6)
        place.tick_params(labelsize=5)
    figure.savefig(path, dpi=80)
