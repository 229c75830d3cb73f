"""NGW between Gaussians, whose answer is known in closed form."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from isogloss.models.aligners.neural_gw.sampler import StreamSampler, gaussian
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.errors import DivergenceError
from isogloss.models.progress.observation import Progress
from research.methods.gaussian_gromov_wasserstein import (
    bures_wasserstein_uvp,
    gaussian_inner_gromov_wasserstein,
    inner_gromov_wasserstein,
)
from research.methods.neural_gw_solver import solve_inner_gromov_wasserstein

RECIPE = NeuralGromovWassersteinRecipe(
    start="random",
    coordinates="whitened",
    whitening_points=4096,
    curvature="matrix",
    transport_widths=(16,),
    potential_widths=(16,),
    steps=120,
    batch=512,
    transport_batch=128,
    transport_steps=3,
    learning_rate=1e-3,
    linear_rate=0.5,
    cost_rate=0.2,
    averaging=0.9,
    assess_every=50,
    patience=10,
)


def covariance(dimension: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator))[0]
    turned: torch.Tensor = rotation * torch.linspace(0.5, 2, dimension) @ rotation.T
    return turned


def samplers(m: int, n: int) -> tuple[StreamSampler, StreamSampler]:
    return (
        StreamSampler(gaussian(covariance(m, seed=1)), seed=11),
        StreamSampler(gaussian(covariance(n, seed=2)), seed=12),
    )


@pytest.mark.parametrize(("m", "n"), [(5, 5), (8, 3)])
def test_goes_from_a_random_map_to_the_best_one(m: int, n: int) -> None:
    mu, nu = covariance(m, seed=1), covariance(n, seed=2)
    output = solve_inner_gromov_wasserstein(*samplers(m, n), RECIPE, seed=1)
    points = StreamSampler(gaussian(mu), seed=13).draw(4096)
    closed = gaussian_inner_gromov_wasserstein(mu, nu)
    scale = float(mu.square().sum() + nu.square().sum())
    before, after = (
        (inner_gromov_wasserstein(points, each(points)) - closed) / scale
        for each in (output.start, output.solution)
    )
    assert before > 0.05
    assert after < before / 3
    assert bures_wasserstein_uvp(output.solution(points), nu) < 2


def test_the_seed_decides() -> None:
    recipe = replace(RECIPE, steps=4)
    weights = [
        solve_inner_gromov_wasserstein(
            *samplers(5, 4), recipe, seed=seed
        ).solution.transport.linear_part
        for seed in (0, 0, 1)
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_tells_of_every_step_and_names_divergence() -> None:
    seen: list[Progress] = []
    solve_inner_gromov_wasserstein(
        *samplers(4, 4), replace(RECIPE, steps=3), seed=0, observe=seen.append
    )
    assert [progress.step for progress in seen] == [1, 2, 3]
    with pytest.raises(DivergenceError):
        solve_inner_gromov_wasserstein(*samplers(4, 4), replace(RECIPE, linear_rate=50.0), seed=0)
