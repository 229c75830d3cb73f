"""Which labels fit on a map without covering each other."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float


def labels_that_fit(
    places: Float[np.ndarray, "n 2"], sizes: Float[np.ndarray, "n 2"]
) -> Bool[np.ndarray, " n"]:
    """Choose labels greedily, the first ones first.

    Args:
        places: Left ends of the labels' middle lines, in the units of ``sizes``.
        sizes: Width and height of each label.

    """
    shown = np.zeros(len(places), bool)
    left, right = places[:, 0], places[:, 0] + sizes[:, 0]
    low, high = places[:, 1] - sizes[:, 1] / 2, places[:, 1] + sizes[:, 1] / 2
    for row in range(len(places)):
        covered = (
            shown
            & (left < right[row])
            & (right > left[row])
            & (low < high[row])
            & (high > low[row])
        )
        shown[row] = not covered.any()
    return shown
