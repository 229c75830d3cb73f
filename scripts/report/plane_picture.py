"""Both spaces on one plane, before and after the map, as two SVG panels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup

from isogloss.models.retrieval.joint_plane import JointPlane
from isogloss.scripts.report.text import shown

_SIZE = 400
_MARGIN = 14
_LETTER, _LINE = 6.2, 12.0
_MOST_LABELS = 12
_LONGEST_LABEL = 14

Label = tuple[int, str, int, str]
"""Row and word of the source, row and word of the target."""


def draw_plane(plane: JointPlane, pairs: Sequence[Label]) -> tuple[Markup, Markup]:
    """Draw the spaces before and after the map, with the same pairs of words named in both.

    Args:
        plane: The places.
        pairs: Words with their translations; the first ones whose labels fit are named.

    """
    places = np.concatenate([plane.before, plane.after, plane.target])
    # A few words far out would press all others into the middle.
    low, high = np.quantile(places, [0.002, 0.998], axis=0)
    scale = (_SIZE - 2 * _MARGIN) / max(float((high - low).max()), 1e-9)
    middle = (low + high) / 2

    def on_paper(points: np.ndarray) -> np.ndarray:
        moved = (points - middle) * [scale, -scale] + _SIZE / 2
        return np.asarray(np.clip(moved, 2, _SIZE - 2))

    before, after, target = (on_paper(each) for each in (plane.before, plane.after, plane.target))
    named = list(_that_fit(pairs, (before, after), target))
    return (
        _panel("before the map", before, target, named),
        _panel("after the map", after, target, named),
    )


def _panel(name: str, source: np.ndarray, target: np.ndarray, named: Sequence[Label]) -> Markup:
    parts = [_dots("target", target), _dots("source", source)]
    for row, _, answer, _ in named:
        (x, y), (u, v) = source[row], target[answer]
        line = '<path class="link" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>'
        parts.append(Markup(line).format(x, y, u, v))
    for row, word, answer, translation in named:
        parts.append(_label("source", source[row], word, to_the_right=True))
        parts.append(_label("target", target[answer], translation, to_the_right=False))
    description = (
        f"{len(source)} source and {len(target)} target words on one plane, {name}; named: "
        + ", ".join(f"{shown(word)} and {shown(other)}" for _, word, _, other in named)
    )
    return Markup(
        '<svg viewBox="0 0 {0} {0}" role="img" aria-label="{1}"><title>{2}</title>{3}</svg>'
    ).format(_SIZE, description, f"Both spaces {name}", Markup("").join(parts))


def _dots(side: str, places: np.ndarray) -> Markup:
    # Lines of no length with round ends: a dot in eleven characters.
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in places.tolist())
    return Markup('<path class="dots {}" d="{}"/>').format(side, path)


def _label(side: str, place: np.ndarray, word: str, *, to_the_right: bool) -> Markup:
    text = '<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>'
    dot = '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="2.5"/>'
    gap, anchor = (4, "start") if to_the_right else (-4, "end")
    x, y = place.tolist()
    return Markup(dot).format(side, x, y) + Markup(text).format(
        side, x + gap, y + 3.5, anchor, shown(word)
    )


def _that_fit(
    pairs: Sequence[Label], panels: Sequence[np.ndarray], target: np.ndarray
) -> Iterator[Label]:
    """Choose pairs whose labels cover no other label in any panel, the first ones first."""
    taken: list[list[np.ndarray]] = [[] for _ in panels]
    count = 0
    for pair in pairs:
        row, word, answer, translation = pair
        if max(len(shown(word)), len(shown(translation))) > _LONGEST_LABEL:
            continue
        right = _box(target[answer], translation, to_the_right=False)
        boxes = [(_box(panel[row], word, to_the_right=True), right) for panel in panels]
        if all(_free(both, others) for both, others in zip(boxes, taken, strict=True)):
            for both, others in zip(boxes, taken, strict=True):
                others.extend(both)
            count += 1
            yield pair
        if count == _MOST_LABELS:
            return


def _box(place: np.ndarray, word: str, *, to_the_right: bool) -> np.ndarray:
    """Left, top, right and bottom of a label."""
    width = 10 + _LETTER * len(shown(word))
    x, y = place.tolist()
    left = x if to_the_right else x - width
    return np.array([left, y - _LINE / 2, left + width, y + _LINE / 2])


def _free(both: tuple[np.ndarray, np.ndarray], others: Sequence[np.ndarray]) -> bool:
    inside = all(box.min() >= 0 and box.max() <= _SIZE for box in both)
    covers = _cover(*both) or any(_cover(box, other) for box in both for other in others)
    return inside and not covers


def _cover(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one[:2] < other[2:]).all() and (other[:2] < one[2:]).all())
