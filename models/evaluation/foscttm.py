"""How well two sets of points that belong together pair by pair lie on each other."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from isogloss.models.errors import OptionError, ShapeError


def closer_than_the_match(
    source: Float[np.ndarray, "n c"], target: Float[np.ndarray, "m c"]
) -> Float[np.ndarray, " n"]:
    """Share of wrong partners that lie closer than the right one, for each pair.

    The mean over both directions of FOSCTTM (Liu et al. 2019; Beier et al. 2025, eq. 38): from 0,
    where every point lies closest to its own partner, to 1; 0.5 by chance. A wrong partner at the
    same distance counts half: places that coincide tell nothing, and without this a map that puts
    all points in one place would be perfect.

    Args:
        source: Places of the source points, of shape [n, c].
        target: Places of the target points; row i belongs to row i of ``source``.

    Raises:
        ShapeError: The two differ in shape.
        OptionError: There are fewer than 2 pairs.

    """
    if source.shape != target.shape or source.ndim != 2:
        raise ShapeError("target places", expected=str(source.shape), found=str(target.shape))
    if len(source) < 2:
        raise OptionError(f"FOSCTTM: expected at least 2 pairs, found {len(source)}")
    distances = _distances(source, target)
    right = np.diagonal(distances)
    # The right partner itself stands at its own distance and is taken out again: hence the 0.5.
    ties = 0.5 * (distances == right[:, None]).sum(axis=1) - 0.5
    from_source = (distances < right[:, None]).sum(axis=1) + ties
    ties = 0.5 * (distances == right).sum(axis=0) - 0.5
    from_target = (distances < right).sum(axis=0) + ties
    return np.asarray((from_source + from_target) / (2 * (len(source) - 1)))


def foscttm(source: Float[np.ndarray, "n c"], target: Float[np.ndarray, "m c"]) -> float:
    """Mean of ``closer_than_the_match`` over all pairs."""
    return float(closer_than_the_match(source, target).mean())


def transferred_label_accuracy(
    source: Float[np.ndarray, "n c"],
    source_labels: Int[np.ndarray, " n"],
    target: Float[np.ndarray, "m c"],
    target_labels: Int[np.ndarray, " m"],
    *,
    neighbours: int = 5,
) -> float:
    """Accuracy of naming each target point by vote of the nearest source points (KNN-Acc).

    The majority of the labels decides; of labels with equal votes the smallest.

    Args:
        source: Places of the source points, of shape [n, c].
        source_labels: Their classes.
        target: Places of the target points, of shape [m, c].
        target_labels: Their classes, with which the vote is compared.
        neighbours: How many source points vote.

    Raises:
        OptionError: There are fewer source points than ``neighbours``, or this is less than 1.

    """
    if not 1 <= neighbours <= len(source):
        raise OptionError(f"neighbours: expected 1 to {len(source)}, found {neighbours}")
    distances = _distances(target, source)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :neighbours]
    classes, votes = np.unique(source_labels, return_inverse=True)
    counts = np.zeros((len(target), len(classes)), np.int64)
    np.add.at(counts, (np.arange(len(target))[:, None], votes[nearest]), 1)
    return float(np.mean(classes[counts.argmax(axis=1)] == target_labels))


def _distances(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Squared distances by differences: equal places have distance 0 and ties are exact."""
    squared = np.zeros((len(rows), len(columns)))
    for axis in range(rows.shape[1]):
        squared += np.square(rows[:, axis, None].astype(np.float64) - columns[:, axis])
    return squared
