"""The gradients of the transport cost against finite differences and the linear program's dual."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from isogloss.models.optimal_transport.inexact_proximal_point import ProximalSettings
from isogloss.models.optimal_transport.problem import TransportProblem
from research.methods.transport_cost import transport_cost

SETTINGS = ProximalSettings(beta=1.0, inner_iterations=5, iterations=600, tolerance=1e-8)


def sides(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(9, 3)), rng.normal(size=(7, 3))
    return (
        torch.from_numpy(x).requires_grad_(),
        torch.from_numpy(y),
        rng.dirichlet(np.full(9, 3.0)),
        rng.dirichlet(np.full(7, 3.0)),
    )


def test_the_gradient_by_the_points_is_that_of_finite_differences() -> None:
    x, y, a, b = sides()
    weights = torch.from_numpy(a), torch.from_numpy(b)
    problem = TransportProblem(torch.cdist(x, y).square(), *weights)
    (gradient,) = torch.autograd.grad(transport_cost(problem, SETTINGS), x)
    points, step = x.detach().numpy(), 1e-5
    for place in np.ndindex(*points.shape):
        moved = [points.copy(), points.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        plus, minus = (ot.emd2(a, b, ot.dist(side, y.numpy())) for side in moved)
        assert float(gradient[place]) == pytest.approx((plus - minus) / (2 * step), abs=2e-4)


def test_the_gradient_by_the_weights_is_the_dual_of_the_linear_program() -> None:
    x, y, a, b = sides(1)
    source, target = (torch.from_numpy(side).requires_grad_() for side in (a, b))
    cost = torch.cdist(x.detach(), y).square()
    problem = TransportProblem(cost, source, target)
    gradients = torch.autograd.grad(transport_cost(problem, SETTINGS), (source, target))
    # The dual vertex is unique here: the plan of general weights has n + m − 1 entries.
    plan, log = ot.emd(a, b, cost.numpy(), log=True)
    assert (plan > 0).sum() == len(a) + len(b) - 1
    for found, expected in zip(gradients, (log["u"], log["v"]), strict=True):
        np.testing.assert_allclose(found.numpy(), expected - expected.mean(), atol=1e-6)


def test_a_batch_has_the_gradients_of_its_problems() -> None:
    cost = torch.rand(3, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    cost.requires_grad_()
    value = transport_cost(TransportProblem.uniform(cost), SETTINGS)
    (gradient,) = torch.autograd.grad(value, cost, torch.tensor([1.0, 2.0, 0.0]).double())
    np.testing.assert_allclose(gradient.sum(dim=(1, 2)).numpy(), [1, 2, 0], atol=1e-6)
    exact = [ot.emd2(np.full(5, 0.2), np.full(4, 0.25), each) for each in cost.detach().numpy()]
    np.testing.assert_allclose(value.detach().numpy(), exact, rtol=1e-6)
