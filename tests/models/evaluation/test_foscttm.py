"""FOSCTTM and the accuracy of transferred labels against loops and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.evaluation import closer_than_the_match, foscttm, transferred_label_accuracy


def by_loops(source: np.ndarray, target: np.ndarray) -> list[float]:
    n = len(source)

    def share(here: np.ndarray, right: np.ndarray, others: list[np.ndarray]) -> float:
        own = np.sum((here - right) ** 2)
        wrong = [np.sum((here - other) ** 2) for other in others]
        return sum(1.0 if d < own else 0.5 if d == own else 0.0 for d in wrong) / (n - 1)

    return [
        (
            share(source[i], target[i], [target[j] for j in range(n) if j != i])
            + share(target[i], source[i], [source[j] for j in range(n) if j != i])
        )
        / 2
        for i in range(n)
    ]


@given(seed=st.integers(0, 500), count=st.integers(2, 12), ties=st.booleans())
def test_it_is_what_the_definition_says(seed: int, count: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    source, target = rng.standard_normal((2, count, 2))
    if ties:
        source, target = np.round(source), np.round(target)
    np.testing.assert_allclose(closer_than_the_match(source, target), by_loops(source, target))


def test_its_known_values() -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((200, 2))
    assert foscttm(points, points) == 0
    assert foscttm(points, points[rng.permutation(200)]) == pytest.approx(0.5, abs=0.05)
    # All in one place: nothing is told, and nothing is won.
    assert foscttm(np.zeros((9, 2)), np.zeros((9, 2))) == 0.5
    far = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert foscttm(far, far[::-1].copy()) == 1


@pytest.mark.parametrize("neighbours", [1, 5])
def test_labels_are_transferred_as_scikit_learn_does(neighbours: int) -> None:
    rng = np.random.default_rng(1)
    source, target = rng.standard_normal((80, 2)), rng.standard_normal((60, 2))
    labels, wanted = rng.integers(3, 6, 80), rng.integers(3, 6, 60)
    reference = KNeighborsClassifier(neighbours).fit(source, labels)
    ours = transferred_label_accuracy(source, labels, target, wanted, neighbours=neighbours)
    assert ours == pytest.approx(reference.score(target, wanted))


def test_it_rejects_what_makes_no_sense() -> None:
    with pytest.raises(ShapeError, match="target places"):
        foscttm(np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(OptionError, match="2 pairs"):
        foscttm(np.zeros((1, 2)), np.zeros((1, 2)))
    with pytest.raises(OptionError, match="neighbours"):
        transferred_label_accuracy(
            np.zeros((3, 2)), np.zeros(3, int), np.zeros((3, 2)), np.zeros(3, int)
        )
