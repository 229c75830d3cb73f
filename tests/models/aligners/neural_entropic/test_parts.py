"""Costs, moments, the semi-dual and the Gaussian start, each against its definition."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.models.aligners.neural_entropic.cost import (
    COUPLING,
    AlignmentCost,
    Cost,
    HalfSquaredDistance,
    Structure,
)
from isogloss.models.aligners.neural_entropic.gaussian import gaussian_curvature, gaussian_start
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.semi_dual import batch_plan, semi_dual, soft_transform

STRUCTURES: tuple[Structure, ...] = ("inner-product", "quadratic")


def centred(count: int, dimension: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(count, dimension, generator=generator, dtype=torch.float64).pow(3)
    return points - points.mean(dim=0)


def moments(points: torch.Tensor) -> SideMoments:
    return SideMoments.of(points, torch.zeros_like(points[0]))


def test_moments_are_means_over_all_pairs() -> None:
    x = centred(30, 3, seed=1)
    found = SideMoments.of(x + 5, torch.full((3,), 5.0, dtype=torch.float64))
    assert found.mean_square_product == pytest.approx(float((x @ x.T).square().mean()))
    distances = torch.cdist(x, x).pow(4).mean()
    assert found.mean_fourth_distance == pytest.approx(float(distances))
    assert found.scale == pytest.approx(float(x.square().mean().sqrt()))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_variational_form_is_gromov_wasserstein_at_the_best_matrix(
    structure: Structure,
) -> None:
    """For any plan: constant + E c_A at A = ½ E xyᵀ is the distortion, and other A give more."""
    x, y = centred(9, 3, seed=2), centred(7, 2, seed=3)
    generator = torch.Generator().manual_seed(4)
    plan = torch.rand(9, 7, generator=generator, dtype=torch.float64)
    for _ in range(500):  # uniform marginals
        plan = plan / plan.sum(dim=1, keepdim=True) / 9
        plan = plan / plan.sum(dim=0, keepdim=True) / 7
    if structure == "inner-product":
        c, d = x @ x.T, y @ y.T
    else:
        c, d = torch.cdist(x, x).square(), torch.cdist(y, y).square()
    distortion = sum(
        float(plan[i, j] * plan[k, m] * (c[i, k] - d[j, m]) ** 2)
        for i in range(9)
        for j in range(7)
        for k in range(9)
        for m in range(7)
    )

    def value(matrix: torch.Tensor) -> float:
        cost = AlignmentCost(structure, matrix, moments(x), moments(y))
        assert isinstance(cost, Cost)
        return cost.constant + float((plan * cost(x, y)).sum())

    best = x.T @ plan @ y / 2
    assert value(best) == pytest.approx(distortion, rel=1e-9)
    for step in torch.randn(5, 3, 2, generator=generator, dtype=torch.float64):
        more = COUPLING[structure] * float((step / 10).square().sum())
        assert value(best + step / 10) == pytest.approx(distortion + more, rel=1e-9)


def test_half_squared_distance() -> None:
    x, y = centred(5, 3, seed=5), centred(4, 3, seed=6)
    torch.testing.assert_close(HalfSquaredDistance()(x, y), torch.cdist(x, y).square() / 2)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 1000))
def test_the_semi_dual_is_below_every_plan_and_its_gradient_is_the_marginal_error(
    rows: int, columns: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    f = torch.randn(rows, generator=generator, dtype=torch.float64, requires_grad=True)
    value = semi_dual(f, scores)
    # The product plan costs −mean(scores) and has no relative entropy.
    assert float(value.detach()) <= float(-scores.mean()) + 1e-12
    plan = batch_plan(f.detach(), scores)
    torch.testing.assert_close(plan.sum(dim=0), torch.full_like(plan[0], 1 / columns))
    (gradient,) = torch.autograd.grad(value, f)
    torch.testing.assert_close(gradient, 1 / rows - plan.sum(dim=1))
    g = soft_transform(f.detach(), scores)
    density = (f.detach()[:, None] + g + scores).exp()
    torch.testing.assert_close(density / (rows * columns), plan)


def test_scores_of_any_size_stay_finite() -> None:
    scores = torch.tensor([[1e4, -1e4], [-1e4, 1e4]])
    assert math.isfinite(float(semi_dual(torch.zeros(2), scores)))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_gaussian_start_is_a_fixed_point_between_gaussians(structure: Structure) -> None:
    """A = ½ K where K is the cross-covariance of the plan whose potentials have that curvature."""
    x, y = centred(4000, 3, seed=7).pow(3) / 50, centred(4000, 2, seed=8)
    source, target = moments(x).second, moments(y).second
    top = float(torch.linalg.eigvalsh(source)[-1] * torch.linalg.eigvalsh(target)[-1])
    epsilon = COUPLING[structure] / 2 * top * 0.3
    start = gaussian_start(x, y, structure, epsilon)
    scores = COUPLING[structure] / epsilon * start
    curvature = gaussian_curvature(source, target, scores)
    # p(x | y) ∝ exp(xᵀSy − ½ xᵀ(M + Σ⁻¹)x): its mean is linear in y.
    slope = torch.linalg.inv(curvature + torch.linalg.inv(source)) @ scores
    torch.testing.assert_close(slope @ target / 2, start, rtol=1e-6, atol=1e-9)
    # The variance of x is that of the means and that within, so the marginal is right.
    within = torch.linalg.inv(curvature + torch.linalg.inv(source))
    torch.testing.assert_close(within + slope @ target @ slope.T, source, rtol=1e-6, atol=1e-9)


def test_a_large_epsilon_starts_at_the_product() -> None:
    x, y = centred(100, 3, seed=9), centred(100, 2, seed=10)
    assert float(gaussian_start(x, y, "inner-product", 1e9).abs().max()) == 0.0


def test_the_start_turns_with_the_points() -> None:
    x, y = centred(500, 3, seed=11), centred(500, 2, seed=12)
    turn = torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64))[0]
    plain = gaussian_start(x, y, "inner-product", 0.5)
    turned = gaussian_start(x @ turn, y, "inner-product", 0.5)
    torch.testing.assert_close(turn.T @ plain, turned)
