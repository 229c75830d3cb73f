"""The alternation by Sinkhorn against the solver on similarity matrices, which shares no cost."""

from __future__ import annotations

import ot
import pytest
import torch

from isogloss.models.aligners.neural_entropic.cost import Structure
from isogloss.models.aligners.neural_entropic.gaussian import epsilon_of_entropy
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.sinkhorn import sinkhorn_gromov_wasserstein
from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)


def points(count: int, dimension: int, *, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    noise = torch.rand(count, dimension, generator=generator, dtype=torch.float64).square()
    return noise - noise.mean(dim=0)


@pytest.mark.parametrize("structure", ["inner-product", "quadratic"])
def test_agrees_with_the_solver_on_matrices_and_with_pot(structure: Structure) -> None:
    x, y = points(60, 3, seed=1), points(50, 2, seed=2)
    moments = [SideMoments.of(side, torch.zeros_like(side[0])) for side in (x, y)]
    epsilon = epsilon_of_entropy(moments[0].second, moments[1].second, structure, 0.7)
    ours = sinkhorn_gromov_wasserstein(
        x, y, structure, epsilon=epsilon, iterations=400, sweeps=60, tolerance=1e-10
    )
    if structure == "inner-product":
        c, d = x @ x.T, y @ y.T
    else:
        c, d = torch.cdist(x, x).square(), torch.cdist(y, y).square()
    a, b = torch.full_like(x[:, 0], 1 / 60), torch.full_like(y[:, 0], 1 / 50)
    problem = GromovWassersteinProblem(c, d, a, b, epsilon)
    # The same fixed point: the solver stays where the alternation ended.
    other = solve_entropic_gromov_wasserstein(problem, start=ours.plan, tolerance=1e-10)
    torch.testing.assert_close(other.plan, ours.plan, atol=1e-7, rtol=1e-4)
    assert ours.value == pytest.approx(other.cost + epsilon * other.relative_entropy, rel=1e-6)
    theirs = ot.gromov.entropic_gromov_wasserstein(
        c.numpy(),
        d.numpy(),
        a.numpy(),
        b.numpy(),
        "square_loss",
        epsilon=epsilon,
        G0=ours.plan.numpy(),
        max_iter=50,
        tol=1e-12,
    )
    torch.testing.assert_close(torch.from_numpy(theirs), ours.plan, atol=1e-6, rtol=1e-3)


def test_the_entropy_asked_for_is_the_one_between_gaussians() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(3000, 2, generator=generator, dtype=torch.float64)
    x = (x - x.mean(dim=0)) * torch.tensor([1.0, 0.6])
    second = SideMoments.of(x, torch.zeros_like(x[0])).second
    epsilon = epsilon_of_entropy(second, second, "inner-product", 0.5)
    found = sinkhorn_gromov_wasserstein(
        x[:1500], x[1500:], "inner-product", epsilon=epsilon, sweeps=20
    )
    assert found.relative_entropy == pytest.approx(0.5, rel=0.1)
    with pytest.raises(OptionError, match="epsilon"):
        sinkhorn_gromov_wasserstein(x, x, "inner-product", epsilon=-1.0)
