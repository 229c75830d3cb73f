"""The barycenter of point clouds against POT and where the answer is known."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from isogloss.models.errors import InputError, OptionError, ShapeError
from isogloss.models.transport.free_support_barycenter import solve_free_support_barycenter
from isogloss.models.transport.inexact_proximal_point import ProximalSettings

SETTINGS = ProximalSettings(beta=0.05, first_beta=1.0, iterations=600, tolerance=1e-5)


def cloud(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 3))


def test_the_barycenter_of_moved_copies_is_the_cloud_between() -> None:
    points = cloud(30, 0)
    shift = np.array([4.0, 0.0, -2.0])
    orders = [np.random.default_rng(seed).permutation(30) for seed in (1, 2)]
    clouds = [points[orders[0]], (points + shift)[orders[1]]]
    output = solve_free_support_barycenter(
        [torch.from_numpy(each) for each in clouds],
        torch.from_numpy(points + 0.5 * shift),
        SETTINGS,
    )
    assert output.converged
    np.testing.assert_allclose(output.points.numpy(), points + 0.5 * shift, atol=1e-3)
    assert output.cost == pytest.approx(float((shift**2).sum()) / 4, rel=1e-3)


@pytest.mark.parametrize("shares", [None, (0.7, 0.1, 0.2)])
def test_agrees_with_pot(shares: tuple[float, ...] | None) -> None:
    clouds, start = [cloud(20, seed) for seed in (3, 4, 5)], cloud(20, 6)
    output = solve_free_support_barycenter(
        [torch.from_numpy(each) for each in clouds],
        torch.from_numpy(start),
        SETTINGS,
        weights=shares,
        iterations=30,
        tolerance=0.0,
    )
    even = [np.full(20, 1 / 20)] * 3
    weights = None if shares is None else np.array(shares)
    theirs = ot.lp.free_support_barycenter(clouds, even, start, weights=weights, numItermax=30)

    def objective(points: np.ndarray) -> float:
        costs = [ot.emd2(even[0], even[0], ot.dist(points, each)) for each in clouds]
        return float(np.average(costs, weights=weights))

    assert objective(output.points.numpy()) == pytest.approx(objective(theirs), rel=0.02)
    assert output.cost == pytest.approx(objective(output.points.numpy()), rel=1e-3)
    assert max(output.source_marginal_errors) < 1e-3


def test_clouds_may_differ_in_size() -> None:
    clouds = [torch.from_numpy(cloud(count, count)) for count in (10, 17)]
    output = solve_free_support_barycenter(clouds, clouds[0], SETTINGS, iterations=3)
    assert output.points.shape == (10, 3)
    assert [plan.shape for plan in output.plans] == [(10, 10), (10, 17)]


def test_rejects_what_makes_no_sense() -> None:
    points = torch.from_numpy(cloud(5, 0))
    with pytest.raises(InputError, match="at least one cloud"):
        solve_free_support_barycenter([], points, SETTINGS)
    with pytest.raises(ShapeError, match=r"expected \[m, 3\]"):
        solve_free_support_barycenter([points[:, :2]], points, SETTINGS)
    with pytest.raises(ShapeError, match=r"weights: expected \[1\], found \[2\]"):
        solve_free_support_barycenter([points], points, SETTINGS, weights=[0.5, 0.5])
    with pytest.raises(OptionError, match="sum 1"):
        solve_free_support_barycenter([points], points, SETTINGS, weights=[0.5])
    with pytest.raises(OptionError, match="iterations"):
        solve_free_support_barycenter([points], points, SETTINGS, iterations=0)
