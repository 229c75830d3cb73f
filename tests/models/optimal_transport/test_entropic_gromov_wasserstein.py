"""The solver against POT, and at scales where a naive one overflows."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)
from isogloss.models.optimal_transport.marginals import project_on_marginals


def similarities(points: np.ndarray) -> torch.Tensor:
    matrix = points @ points.T
    return torch.from_numpy(matrix / np.abs(matrix).mean())


def uniform(count: int) -> torch.Tensor:
    return torch.full((count,), 1 / count, dtype=torch.float64)


@pytest.mark.parametrize("epsilon", [0.5, 0.2])
@pytest.mark.parametrize(("n", "m"), [(16, 16), (20, 12)])
def test_agrees_with_pot(n: int, m: int, epsilon: float) -> None:
    rng = np.random.default_rng(n + m)
    c, d = similarities(rng.normal(size=(n, 4))), similarities(rng.normal(size=(m, 3)))
    weights = rng.dirichlet(np.full(n, 5.0))
    problem = GromovWassersteinProblem(c, d, torch.from_numpy(weights), uniform(m), epsilon)

    ours = solve_entropic_gromov_wasserstein(
        problem, outer_iterations=100, inner_iterations=400, tolerance=1e-12
    )

    theirs, log = ot.gromov.entropic_gromov_wasserstein(
        c.numpy(),
        d.numpy(),
        weights,
        np.full(m, 1 / m),
        "square_loss",
        epsilon=epsilon,
        max_iter=100,
        tol=1e-12,
        log=True,
        numItermax=400,
        stopThr=1e-14,
        warn=False,
    )
    np.testing.assert_allclose(ours.plan.numpy(), theirs, atol=1e-6)
    assert ours.cost == pytest.approx(float(log["gw_dist"]), rel=1e-4)
    assert ours.marginal_error < 1e-6


def test_finds_a_hidden_permutation() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 5)) + 0.3
    order = rng.permutation(60)
    problem = GromovWassersteinProblem(
        similarities(points), similarities(points[order]), uniform(60), uniform(60), 0.02
    )
    output = solve_entropic_gromov_wasserstein(problem)
    assert (output.plan.argmax(dim=1).numpy() == np.argsort(order)).all()


@given(scale=st.floats(1e-2, 1e4), seed=st.integers(0, 2**16))
@settings(max_examples=25, deadline=None)
def test_marginals_hold_at_any_scale(scale: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    log_kernel = scale * torch.randn(12, 9, generator=generator, dtype=torch.float64)
    plan, potential = project_on_marginals(
        log_kernel, uniform(12), uniform(9), torch.zeros(9, dtype=torch.float64), sweeps=50
    )
    assert torch.isfinite(plan).all()
    assert torch.isfinite(potential).all()
    torch.testing.assert_close(plan.sum(dim=0), uniform(9))


# At scale 40 sweeps leave the range of the cheap ones and are discarded, which delays but does not
# divert: it is compared once both have converged.
@pytest.mark.parametrize(("scale", "sweeps"), [(1.0, 101), (10.0, 101), (40.0, 5000)])
def test_cheap_sweeps_equal_sweeps_in_the_log_domain(scale: float, sweeps: int) -> None:
    generator = torch.Generator().manual_seed(3)
    log_kernel = scale * torch.randn(20, 30, generator=generator, dtype=torch.float64)
    a, b = uniform(20), uniform(30)
    plan, potential = project_on_marginals(log_kernel, a, b, torch.zeros_like(b), sweeps=sweeps)

    g = torch.zeros_like(b)
    for _ in range(sweeps):
        f = a.log() - torch.logsumexp(log_kernel + g, dim=1)
        g = b.log() - torch.logsumexp(log_kernel + f[:, None], dim=0)
    expected = torch.exp(log_kernel + f[:, None] + g)
    torch.testing.assert_close(plan, expected, rtol=0, atol=1e-9)
    torch.testing.assert_close(potential, g, rtol=0, atol=1e-5)


def test_rejects_what_makes_no_sense() -> None:
    c = torch.eye(3, dtype=torch.float64)
    with pytest.raises(OptionError, match="epsilon"):
        GromovWassersteinProblem(c, c, uniform(3), uniform(3), 0.0)
    with pytest.raises(ShapeError, match=r"expected \[4, 4\], found \[3, 3\]"):
        GromovWassersteinProblem(c, c, uniform(3), uniform(4), 0.1)
