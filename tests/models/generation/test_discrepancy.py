"""The discrepancy: value by loops, gradient by finite differences, zero between equal batches."""

from __future__ import annotations

import pytest
import torch

from isogloss.models.generation.discrepancy import (
    CouplingSettings,
    coupling,
    distances,
    distortion,
    normalised_discrepancy,
)

SETTINGS = CouplingSettings(epsilon=0.05, outer_iterations=200, inner_iterations=100)


def points(count: int, dimension: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dimension, generator=generator, dtype=torch.float64)


def test_distortion_is_the_sum_over_all_pairs_of_pairs() -> None:
    c, d = distances(points(4, 2, seed=1)), distances(points(3, 3, seed=2))
    plan = torch.rand(4, 3, dtype=torch.float64)
    plan /= plan.sum()
    expected = sum(
        plan[i, j] * plan[k, m] * (c[i, k] - d[j, m]) ** 2
        for i in range(4)
        for j in range(3)
        for k in range(4)
        for m in range(3)
    )
    torch.testing.assert_close(distortion(c, d, plan), torch.as_tensor(expected))


def test_equal_batches_are_at_zero_and_others_are_not() -> None:
    c = distances(points(20, 2, seed=3))
    order = torch.randperm(20, generator=torch.Generator().manual_seed(0))
    turned = c[order][:, order]
    own = float(distortion(c, c, coupling(c, c, SETTINGS)))
    assert float(normalised_discrepancy(c, turned, SETTINGS)) == pytest.approx(0, abs=own)
    assert float(normalised_discrepancy(c, 2 * c, SETTINGS)) > own


def test_the_gradient_is_that_of_the_distortion_for_the_plan_that_was_found() -> None:
    x, y = points(8, 2, seed=4), points(7, 3, seed=5).requires_grad_()
    c = distances(x)
    plan = coupling(c, distances(y), SETTINGS)
    (gradient,) = torch.autograd.grad(distortion(c, distances(y), plan), y)
    step = 1e-6
    for row, column in ((0, 0), (3, 2), (6, 1)):
        moved = y.detach().clone()
        moved[row, column] += step
        ahead = distortion(c, distances(moved), plan)
        moved[row, column] -= 2 * step
        behind = distortion(c, distances(moved), plan)
        slope = float(ahead - behind) / (2 * step)
        assert float(gradient[row, column]) == pytest.approx(slope, rel=1e-4, abs=1e-7)


def test_points_that_coincide_have_a_gradient() -> None:
    x = torch.zeros(3, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(distances(x).sum(), x)
    assert torch.isfinite(gradient).all()
