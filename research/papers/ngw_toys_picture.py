"""Pictures of maps between mixtures: source, and its image coloured by source component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from torch import Tensor

_SHOWN = 600


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A map to draw.

    Attributes:
        title: Name of the method.
        points: Source points [count, 2 or 3].
        images: T(x) [count, 2].
        components: Source component of each point.

    """

    title: str
    points: Tensor
    images: Tensor
    components: Tensor


def draw_panels(path: Path, panels: Sequence[Panel], *, targets: Tensor) -> None:
    """Draw the source of the first panel, then the image of each; crosses are target centres."""
    figure = Figure(figsize=(2.6 * (len(panels) + 1), 2.8), layout="constrained")
    colours = mpl.colormaps["tab10"]
    first = panels[0]
    solid = first.points.shape[1] == 3
    place: Any = figure.add_subplot(
        1, len(panels) + 1, 1, **({"projection": "3d"} if solid else {})
    )
    shown = first.components[:_SHOWN].numpy()
    place.scatter(*first.points[:_SHOWN].T.numpy(), c=colours(shown % 10), s=4)
    place.set_title("source", fontsize=9)
    for number, panel in enumerate(panels, start=2):
        place = figure.add_subplot(1, len(panels) + 1, number)
        shown = panel.components[:_SHOWN].numpy()
        place.scatter(*panel.images[:_SHOWN].T.numpy(), c=colours(shown % 10), s=4)
        place.scatter(*targets.T.numpy(), marker="+", c="black", s=40)
        place.set_title(panel.title, fontsize=9)
        place.set_aspect("equal")
    for place in figure.axes:
        place.tick_params(labelsize=6)
    figure.savefig(path, dpi=80)
