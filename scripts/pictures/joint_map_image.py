"""A joint map as SVG or PNG."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from isogloss.scripts.joint_map import JointMap
from isogloss.scripts.pictures.labels import labels_that_fit

COLOURS = ("#1f5fa8", "#c2410c")
"""Of source and target; told apart by people who see no red or no green."""

_INCHES = 14.0
_POINTS = 6.5
_MARGIN = 0.03


def draw_image(joint: JointMap, path: Path) -> None:
    """Draw the plane as it is, the sphere as two discs of equal area; label what fits."""
    places, disc = flattened(joint)
    width = _INCHES * (2 if joint.result.space.geometry == "sphere" else 1)
    figure = Figure(figsize=(width, _INCHES), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_aspect("equal")
    count = len(joint.source.words)
    for side, colour, vocabulary in zip(
        (slice(0, count), slice(count, None)), COLOURS, (joint.source, joint.target), strict=True
    ):
        axes.scatter(
            places[side, 0], places[side, 1], s=5, c=colour, linewidths=0, label=vocabulary.language
        )
    if disc:
        for centre in (-disc, disc):
            angle = np.linspace(0, 2 * np.pi, 200)
            axes.plot(centre + disc * np.cos(angle), disc * np.sin(angle), c="#999", lw=0.5)
    # Rows of both languages in turn by frequency: neither takes all the room.
    order = np.argsort(np.concatenate([np.arange(count), np.arange(len(joint.target.words)) + 0.5]))
    words = (*joint.source.words, *joint.target.words)
    height = 1.25 * _POINTS / 72 / _INCHES * np.ptp(places[:, 1])
    sizes = np.stack([[0.55 * len(word) * height, height] for word in words])
    # To the right of a source word, to the left of a target word: where the two coincide both show.
    onset = places - sizes * np.stack(
        [np.arange(len(words)) >= count, np.zeros(len(words))], axis=1
    )
    fits = labels_that_fit(onset[order], sizes[order])
    for row in order[fits]:
        # A dollar sign would begin a formula.
        axes.annotate(
            words[row].replace("$", r"\$"),
            places[row],
            xytext=(2 if row < count else -2, 0),
            textcoords="offset points",
            va="center",
            ha="left" if row < count else "right",
            fontsize=_POINTS,
            color=COLOURS[int(row >= count)],
        )
    axes.legend(loc="upper left", frameon=False, markerscale=3)
    axes.margins(_MARGIN)
    with warnings.catch_warnings():
        # A font without some script's letters draws boxes; the HTML shows them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Without a date and with fixed identifiers the same map is the same file.
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
        figure.savefig(path, dpi=150, metadata=metadata)


def flattened(joint: JointMap) -> tuple[np.ndarray, float]:
    """Bring both vocabularies, source first, into the plane.

    Returns:
        Places of shape [n + m, 2], and the radius of the two discs of a sphere, else 0.

    """
    places = np.concatenate(joint.places)
    if joint.result.space.geometry != "sphere":
        return places, 0.0
    unit = places / np.linalg.norm(places, axis=1, keepdims=True)
    # Lambert's azimuthal projection of each half, seen from outside.
    north = unit[:, 2] >= 0
    scale = np.sqrt(2 / (1 + np.abs(unit[:, 2])))
    flat = unit[:, :2] * scale[:, None]
    disc = float(np.sqrt(2))
    flat[~north, 0] *= -1
    flat[:, 0] += np.where(north, -disc, disc)
    return flat, disc
