"""The density of a flow against automatic differentiation, and against Sinkhorn's plan."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from isogloss.models.aligners.neural_gw.sampler import StreamSampler
from isogloss.models.aligners.pushforward.cost import squared_euclidean
from isogloss.models.aligners.pushforward.solver import solve_pushforward
from isogloss.models.aligners.recipe import PushforwardRecipe
from research.methods.pushforward_flow import FlowGenerator, VelocityField, entropic_cost


def test_the_divergence_is_the_trace_of_the_jacobian() -> None:
    torch.manual_seed(0)
    field = VelocityField(3, (7, 5))
    z, t = torch.randn(4, 3), torch.tensor(0.3)
    _, divergence = field(t, z)
    for row, found in zip(z, divergence, strict=True):
        jacobian = torch.autograd.functional.jacobian(  # type: ignore[no-untyped-call]
            lambda p: field(t, p[None])[0][0], row
        )
        assert found.item() == pytest.approx(jacobian.trace().item(), abs=1e-5)


def test_the_density_integrates_to_one_and_is_the_same_both_ways() -> None:
    flow = FlowGenerator((1, 1), (16,), steps=8, seed=3)
    z = torch.randn(50, 2)
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.mul_(2)  # so that the flow does something
        (x, y), forwards = flow.with_log_density(z)
        backwards = flow.log_density(torch.cat([x, y], dim=1))
        assert float((torch.cat([x, y], dim=1) - z).norm(dim=1).mean()) > 0.3
        torch.testing.assert_close(forwards, backwards, rtol=0, atol=1e-3)
        axis = torch.linspace(-8, 8, 161)
        grid = torch.cartesian_prod(axis, axis)
        mass = float(flow.log_density(grid).exp().sum()) * 0.1**2
    assert mass == pytest.approx(1, abs=0.01)


def test_the_plan_of_gaussians_is_near_sinkhorns() -> None:
    def gaussian(mean: float, deviation: float, seed: int) -> StreamSampler:
        def draw(count: int, generator: torch.Generator) -> torch.Tensor:
            return mean + deviation * torch.randn(count, 1, generator=generator)

        return StreamSampler(draw, seed=seed)

    recipe = PushforwardRecipe(
        potential_widths=(16,),
        multiplier=10.0,
        steps=120,
        batch=128,
        potential_steps=3,
        learning_rate=1e-2,
        potential_rate=2e-2,
        averaging=0.95,
    )
    plan = solve_pushforward(
        [gaussian(0, 1, 1), gaussian(1, 0.7, 2)],
        squared_euclidean,
        recipe,
        seed=0,
        generator=FlowGenerator((1, 1), (16,), steps=3, seed=0),
        objective=entropic_cost(squared_euclidean, 1.0),
    )
    axis = np.linspace(-4, 5, 60)
    weights = [np.exp(-(((axis - m) / s) ** 2) / 2) for m, s in ((0, 1), (1, 0.7))]
    a, b = (w / w.sum() for w in weights)
    exact = ot.sinkhorn(a, b, (axis[:, None] - axis) ** 2, 1.0)
    with torch.inference_mode():
        points = torch.cartesian_prod(*[torch.from_numpy(axis).float()] * 2)
        density = plan.generator.log_density(points).exp()  # type: ignore[operator]
    found = density.double().numpy().reshape(exact.shape)
    distance = 0.5 * np.abs(found / found.sum() - exact).sum()
    independent = 0.5 * np.abs(np.outer(a, b) - exact).sum()
    assert distance < 0.6 * independent
