"""Farthest points against every choice of as many points."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.joint_embedding import euclidean_distances
from research.methods.subsampling import farthest_points


@given(seed=st.integers(0, 300), count=st.integers(1, 4))
def test_they_cover_at_most_twice_as_widely_as_the_best_choice(seed: int, count: int) -> None:
    points = np.random.default_rng(seed).standard_normal((9, 2))
    distances = euclidean_distances(points)
    chosen = farthest_points(points, count, first=seed % 9)
    assert len(set(chosen.tolist())) == count
    assert chosen[0] == seed % 9
    radius = distances[:, chosen].min(axis=1).max()
    best = min(
        distances[:, list(rows)].min(axis=1).max()
        for rows in itertools.combinations(range(9), count)
    )
    assert radius <= 2 * best + 1e-12


def test_distances_survive_within_twice_the_radius() -> None:
    points = np.random.default_rng(0).random((300, 3))
    chosen = farthest_points(points, 60)
    distances = euclidean_distances(points)
    nearest = chosen[distances[:, chosen].argmin(axis=1)]
    radius = distances[:, chosen].min(axis=1).max()
    assert radius < 0.25
    assert np.abs(distances - distances[np.ix_(nearest, nearest)]).max() <= 2 * radius + 1e-12


def test_it_rejects_what_makes_no_sense() -> None:
    for count, first, name in ((0, 0, "count"), (4, 0, "count"), (2, 3, "first")):
        with pytest.raises(OptionError, match=name):
            farthest_points(np.zeros((3, 2)), count, first=first)
