"""Words, their neighbours and surroundings as SVG or PNG."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from isogloss.models.retrieval.neighbourhood import Role
from isogloss.models.retrieval.word_plane import WordPlane
from isogloss.scripts.pictures.joint_map_image import COLOURS

_INCHES = (11.0, 8.0)
_POINTS = 8.0
_LETTER = 0.62
_GAP = 5
_SIZES: dict[Role, float] = {"query": 45, "neighbour": 16, "around": 6}
_STRENGTHS: dict[Role, float] = {"query": 1.0, "neighbour": 1.0, "around": 0.55}


def draw_word_image(plane: WordPlane, languages: tuple[str, str], path: Path) -> None:
    """Draw queries tied to their neighbours, and the words around them; label what fits."""
    places = np.array([[place.x, place.y] for place in plane.places])
    figure = Figure(figsize=_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_aspect("equal", adjustable="datalim")
    for link in plane.links:
        ends = places[[link.query, link.neighbour]]
        axes.plot(ends[:, 0], ends[:, 1], c="#999999", lw=0.6, zorder=0)
    for number, (side, colour) in enumerate(zip(("source", "target"), COLOURS, strict=True)):
        rows = [row for row, place in enumerate(plane.places) if place.side == side]
        axes.scatter(
            places[rows, 0],
            places[rows, 1],
            s=[_SIZES[plane.places[row].role] for row in rows],
            c=[to_rgba(colour, _STRENGTHS[plane.places[row].role]) for row in rows],
            linewidths=0,
            label=languages[number],
        )
    axes.margins(0.12, 0.05)
    _label(axes, figure, plane, places)
    axes.legend(loc="upper left", frameon=False)
    with warnings.catch_warnings():
        # A font without some script's letters draws boxes; the HTML shows them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Without a date and with fixed identifiers the same plane is the same file.
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)


def _label(axes: Axes, figure: Figure, plane: WordPlane, places: np.ndarray) -> None:
    """Name the queries, then their neighbours, then what else there is room for on either side."""
    figure.draw_without_rendering()
    # In points of print, where a letter has a size.
    paper = axes.transData.transform(places) * 72 / figure.dpi
    words = [place.word for place in plane.places]
    target = np.array([place.side == "target" for place in plane.places])
    sizes = np.array([[_LETTER * _POINTS * len(word), 1.2 * _POINTS] for word in words])
    taken: list[np.ndarray] = []
    for row, place in enumerate(plane.places):
        for goes_left, up in _ways(target=bool(target[row])):
            corner = paper[row] + [-sizes[row, 0] - _GAP if goes_left else _GAP, up]
            box = np.array([*corner, *(corner + sizes[row])])
            if not _covers(box, taken):
                taken.append(box)
                # A dollar sign would begin a formula.
                axes.annotate(
                    place.word.replace("$", r"\$"),
                    places[row],
                    xytext=(-_GAP if goes_left else _GAP, up),
                    textcoords="offset points",
                    va="center",
                    ha="right" if goes_left else "left",
                    fontsize=_POINTS,
                    fontweight="bold" if place.role == "query" else "normal",
                    color=COLOURS[int(target[row])],
                    alpha=_STRENGTHS[place.role],
                )
                break


def _ways(*, target: bool) -> list[tuple[bool, float]]:
    """Where a label may stand, the best first: whether it goes to the left, and how far up.

    To the right of a source word, to the left of a target word: where the two meet both show.
    """
    return [
        (left, up) for up in (0, 1.2 * _POINTS, -1.2 * _POINTS) for left in (target, not target)
    ]


def _covers(box: np.ndarray, taken: list[np.ndarray]) -> bool:
    """Whether a label, as left, low, right and high, lies on one that is there."""
    if not taken:
        return False
    others = np.stack(taken)
    return bool(((box[:2] < others[:, 2:]) & (others[:, :2] < box[2:])).all(axis=1).any())
