"""Paths in neighbour graphs against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import NonFiniteInputError, OptionError
from isogloss.models.optimal_transport.joint_embedding import (
    EdgeLength,
    correlation_distances,
    euclidean_distances,
    path_distances,
)


def floyd_warshall(distances: np.ndarray, neighbours: int, edges: EdgeLength) -> np.ndarray:
    n = len(distances)
    paths = np.full((n, n), np.inf)
    np.fill_diagonal(paths, 0)
    for i in range(n):
        others = sorted((j for j in range(n) if j != i), key=lambda j: distances[i, j])
        for j in others[:neighbours]:
            length = 1.0 if edges == "hops" else distances[i, j]
            paths[i, j] = paths[j, i] = length
    for through in range(n):
        for i in range(n):
            for j in range(n):
                paths[i, j] = min(paths[i, j], paths[i, through] + paths[through, j])
    return np.where(np.isfinite(paths), paths, paths[np.isfinite(paths)].max())


@given(
    seed=st.integers(0, 500),
    count=st.integers(2, 14),
    neighbours=st.integers(1, 5),
    edges=st.sampled_from(["distance", "hops"]),
)
def test_they_are_shortest_paths(seed: int, count: int, neighbours: int, edges: EdgeLength) -> None:
    points = np.random.default_rng(seed).standard_normal((count, 3))
    distances = euclidean_distances(points)
    ours = path_distances(distances, neighbours=neighbours, edges=edges)
    np.testing.assert_allclose(ours, floyd_warshall(distances, neighbours, edges), atol=1e-12)
    np.testing.assert_array_equal(ours, ours.T)


def test_a_bent_line_is_measured_along_itself() -> None:
    angle = np.linspace(0, 1.8 * np.pi, 100)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    paths = path_distances(euclidean_distances(points), neighbours=2)
    assert paths[0, -1] == pytest.approx(1.8 * np.pi, rel=1e-3)


def test_points_at_the_same_place_are_neighbours() -> None:
    points = np.array([[0.0], [0.0], [0.0], [1.0], [2.0]])
    paths = path_distances(euclidean_distances(points), neighbours=3)
    assert paths[0, 1] < 1e-300
    assert paths[0, 4] == pytest.approx(2)
    assert np.isfinite(paths).all()


def test_parts_that_nothing_joins_are_as_far_as_the_farthest() -> None:
    points = np.array([[0.0], [1.0], [3.0], [100.0], [101.0], [102.0]])
    paths = path_distances(euclidean_distances(points), neighbours=1)
    assert paths[0, 3] == paths.max() == pytest.approx(3)


def test_the_input_stays_as_it_was() -> None:
    distances = euclidean_distances(np.arange(4.0)[:, None])
    before = distances.copy()
    path_distances(distances, neighbours=2)
    np.testing.assert_array_equal(distances, before)


def test_distances_between_rows() -> None:
    points = np.random.default_rng(0).standard_normal((7, 4)).astype(np.float32)
    points[3] = points[5]
    loops = [[np.linalg.norm(a.astype(float) - b) for b in points] for a in points]
    np.testing.assert_allclose(euclidean_distances(points), loops, atol=1e-6)
    expected = 1 - np.corrcoef(points.astype(float))
    np.testing.assert_allclose(correlation_distances(points), expected, atol=1e-12)
    constant = np.vstack([np.ones(4), np.arange(4.0)])
    assert correlation_distances(constant)[0, 1] == 1


def test_it_rejects_what_makes_no_sense() -> None:
    with pytest.raises(OptionError, match="neighbours"):
        path_distances(np.zeros((3, 3)), neighbours=0)
    with pytest.raises(NonFiniteInputError):
        path_distances(np.full((3, 3), np.nan))
