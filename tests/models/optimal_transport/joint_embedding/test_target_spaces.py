"""Distances of the target spaces against their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import ot
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError
from isogloss.models.optimal_transport.joint_embedding import (
    TargetSpace,
    circle,
    finite_space,
    plane_grid,
    sphere,
    torus,
)
from research.methods.gaussian_space import gaussian_distances, gaussian_space

SPACES: dict[str, Callable[[], TargetSpace]] = {
    "plane": lambda: plane_grid(5, side=2.0),
    "sphere": lambda: sphere(40, radius=3.0),
    "torus": lambda: torus(6, circumference=2.0),
    "circle": lambda: circle(12),
    "gaussians": lambda: gaussian_space(3, side=1.0, scales=(0.01, 0.1), angles=(0.0, 0.8)),
}


@pytest.mark.parametrize("name", SPACES)
def test_they_are_metric_spaces(name: str) -> None:
    d = SPACES[name]().distances
    assert torch.equal(d.diagonal(), torch.zeros(len(d), dtype=d.dtype))
    torch.testing.assert_close(d, d.T)
    through = (d[:, :, None] + d[None, :, :]).amin(dim=1)
    assert bool((d <= through + 1e-9).all())
    apart = d + torch.eye(len(d), dtype=d.dtype)
    assert float(apart.min()) > 1e-3


def test_the_grid_is_as_wide_as_asked() -> None:
    space = plane_grid(4, side=3.0)
    assert len(space) == 16
    assert float(space.distances.max()) == pytest.approx(3 * math.sqrt(2))
    assert float(space.distances[0, 1]) == pytest.approx(1)


def test_distances_on_the_sphere_are_arcs() -> None:
    space = sphere(50, radius=2.0)
    p = space.coordinates.numpy()
    np.testing.assert_allclose(np.linalg.norm(p, axis=1), 2)
    expected = 2 * np.arccos(np.clip(p @ p.T / 4, -1, 1))
    np.testing.assert_allclose(space.distances.numpy(), expected, atol=1e-6)
    # Evenly spread: no point is much closer to its neighbours than another.
    nearest = (space.distances + 10 * torch.eye(50)).amin(dim=1)
    assert float(nearest.max() / nearest.min()) < 1.6


def test_distances_on_the_torus_take_the_short_way_round() -> None:
    space = torus(5, circumference=10.0)
    rows = space.coordinates.numpy()
    for i, first in enumerate(rows):
        for j, second in enumerate(rows):
            shifts = [(u, v) for u in (-10, 0, 10) for v in (-10, 0, 10)]
            expected = min(np.linalg.norm(first - second + np.array(s)) for s in shifts)
            assert float(space.distances[i, j]) == pytest.approx(expected)


@given(seed=st.integers(0, 200))
def test_distances_of_gaussians_are_those_of_the_closed_form(seed: int) -> None:
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((4, 2))
    factors = rng.standard_normal((4, 2, 2))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.05 * np.eye(2)
    ours = gaussian_distances(torch.tensor(means), torch.tensor(covariances)).numpy()
    for i in range(4):
        for j in range(4):
            root = np.real(sqrtm(covariances[i]))
            cross = np.real(sqrtm(root @ covariances[j] @ root))
            bures = np.trace(covariances[i] + covariances[j] - 2 * cross)
            squared = np.sum((means[i] - means[j]) ** 2) + bures
            assert ours[i, j] == pytest.approx(np.sqrt(max(squared, 0)), abs=1e-6)
    expected = ot.gaussian.bures_wasserstein_distance(
        means[0], means[1], covariances[0], covariances[1]
    )
    assert ours[0, 1] == pytest.approx(float(expected), abs=1e-6)


def test_the_gaussian_space_holds_every_shape_once() -> None:
    space = gaussian_space(2, side=1.0, scales=(0.1, 0.2), angles=(0.0, 1.0, 2.0))
    # Round ones at two scales, and one long one in three directions.
    assert len(space) == 4 * (2 + 3)
    assert len(torch.unique(space.coordinates, dim=0)) == len(space)


def test_it_rejects_what_is_no_metric_space() -> None:
    good = torch.ones(3, 3) - torch.eye(3)
    with pytest.raises(ShapeError, match="square"):
        finite_space(good[:2])
    with pytest.raises(ShapeError, match="coordinates"):
        finite_space(good, torch.zeros(2, 1))
    with pytest.raises(OptionError, match="below 0"):
        finite_space(-good)
    with pytest.raises(OptionError, match="symmetric"):
        finite_space(good.triu())
    with pytest.raises(NonFiniteInputError):
        finite_space(good / 0 * good)
    with pytest.raises(OptionError, match="at least 2"):
        plane_grid(1)
    with pytest.raises(OptionError, match="positive extent"):
        sphere(10, radius=0.0)
    with pytest.raises(OptionError, match="positive scales"):
        gaussian_space(2, side=1.0, scales=(), angles=(0.0,))
