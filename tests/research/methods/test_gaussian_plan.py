"""The plan between Gaussians, and marginals at held-out points, against what is known of them."""

from __future__ import annotations

import math

import pytest
import torch

from isogloss.models.aligners.neural_entropic.gaussian import epsilon_of_entropy
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_entropic.sinkhorn import sinkhorn_gromov_wasserstein
from research.methods.gaussian_gromov_wasserstein import gaussian_entropic_inner_gromov_wasserstein
from research.methods.gaussian_plan import gaussian_plan

SOURCE = torch.diag(torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64))
TARGET = torch.tensor([[1.5, 0.4], [0.4, 1.0]], dtype=torch.float64)
NATS = 1.0


def normal(covariance: torch.Tensor, count: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    factor = torch.linalg.cholesky(covariance)
    noise = torch.randn(count, len(factor), generator=generator, dtype=torch.float64)
    points: torch.Tensor = noise @ factor.T
    return points


def exact_plan(anchors: int) -> tuple[NeuralPlan, float]:
    epsilon = epsilon_of_entropy(SOURCE, TARGET, "inner-product", NATS)
    points = normal(SOURCE, anchors, seed=1)
    return gaussian_plan(SOURCE, TARGET, epsilon=epsilon, anchors=points), epsilon


def test_the_moments_are_those_of_its_points() -> None:
    known = SideMoments.of_gaussian(SOURCE)
    points = normal(SOURCE, 200_000, seed=13)
    found = SideMoments.of(points, torch.zeros(3, dtype=torch.float64))
    assert known.square_length == pytest.approx(found.square_length, rel=0.01)
    assert known.fourth_length == pytest.approx(found.fourth_length, rel=0.04)


def test_its_value_and_its_nats_are_those_of_the_closed_form() -> None:
    plan, epsilon = exact_plan(10_000)
    x, y = normal(SOURCE, 10_000, seed=2), normal(TARGET, 2000, seed=3)
    assert plan.relative_entropy(x[:2000], y) == pytest.approx(NATS, abs=0.06)
    expected = gaussian_entropic_inner_gromov_wasserstein(SOURCE, TARGET, epsilon)
    value = plan.cost.constant + plan.dual_value(x, y)  # type: ignore[attr-defined]
    assert value == pytest.approx(expected, rel=0.04)


def test_its_marginals_are_off_by_what_the_points_make() -> None:
    """The mean of a density of variance χ² over n points is off by √(2/π) χ / √n on average.

    Between Gaussians with one nat in pairs of coordinates E χ² = Π 1 / (1 − ρᵢ²) − 1 = e² − 1, and
    the mean of χ over the points is smaller.
    """
    plan, _ = exact_plan(4000)
    off = [
        plan.marginal_errors(normal(SOURCE, n, seed=4), normal(TARGET, n, seed=5))[0]
        for n in (250, 4000)
    ]
    bound = 0.5 * math.sqrt(2 / math.pi) * math.sqrt(math.exp(2 * NATS) - 1)
    assert 0.3 * bound / math.sqrt(4000) < off[1] < 1.1 * bound / math.sqrt(4000)
    assert off[0] / off[1] == pytest.approx(4, rel=0.35)


def test_more_points_continue_the_plan_of_sinkhorn_better() -> None:
    epsilon = epsilon_of_entropy(SOURCE, TARGET, "inner-product", NATS)
    held_out = normal(SOURCE, 2000, seed=9), normal(TARGET, 2000, seed=10)
    worst = []
    for count in (100, 1600):
        x, y = normal(SOURCE, count, seed=11), normal(TARGET, count, seed=12)
        x, y = x - x.mean(dim=0), y - y.mean(dim=0)
        found = sinkhorn_gromov_wasserstein(x, y, "inner-product", epsilon=epsilon)
        # At its own points the plan has the right marginals.
        assert max(found.marginal_errors(x, y, (x, y), epsilon=epsilon)) < 1e-4
        worst.append(max(found.marginal_errors(x, y, held_out, epsilon=epsilon)))
    assert worst[1] < 0.5 * worst[0]
    assert worst[1] < 0.06
