"""Fewer points with nearly the same distances."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from isogloss.models.errors import OptionError


def farthest_points(
    points: Float[np.ndarray, "n d"], count: int, *, first: int = 0
) -> Int[np.ndarray, " count"]:
    """Choose points one by one, each the farthest from those before (Gonzalez 1985).

    Every point left out lies within r of a chosen one, where r is at most twice the least radius
    that any choice of as many points reaches. So no distance between two points differs by more
    than 2 r from that between the chosen points next to them.

    Args:
        points: Of shape [n, d].
        count: How many to choose.
        first: Row to begin with.

    Returns:
        Rows of the chosen points, in the order of their choice.

    Raises:
        OptionError: ``count`` or ``first`` does not lie within the number of points.

    """
    if not 1 <= count <= len(points):
        raise OptionError(f"count: expected 1 to {len(points)}, found {count}")
    if not 0 <= first < len(points):
        raise OptionError(f"first: expected a row below {len(points)}, found {first}")
    chosen = np.empty(count, np.int64)
    gaps = np.full(len(points), np.inf)
    row = first
    for place in range(count):
        chosen[place] = row
        gaps = np.minimum(gaps, np.square(points - points[row]).sum(axis=1))
        row = int(gaps.argmax())
    return chosen
