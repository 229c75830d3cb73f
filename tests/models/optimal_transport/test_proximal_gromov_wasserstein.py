"""Proximal Gromov-Wasserstein: sharper than the entropic one, right where the answer is known."""

from __future__ import annotations

import numpy as np
import ot
import torch

from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)
from isogloss.models.optimal_transport.proximal_gromov_wasserstein import (
    solve_proximal_gromov_wasserstein,
)
from tests.models.optimal_transport.test_entropic_gromov_wasserstein import similarities, uniform


def hidden(seed: int = 0) -> tuple[GromovWassersteinProblem, np.ndarray]:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(40, 5)) + 0.3
    order = rng.permutation(40)
    problem = GromovWassersteinProblem(
        similarities(points), similarities(points[order]), uniform(40), uniform(40), 0.3
    )
    return problem, np.argsort(order)


def entropy(plan: torch.Tensor) -> float:
    return float(-(plan * plan.clamp_min(1e-300).log()).sum())


def test_finds_a_hidden_permutation_and_nothing_else() -> None:
    problem, expected = hidden()
    output = solve_proximal_gromov_wasserstein(problem, outer_iterations=300)
    assert (output.plan.argmax(dim=1).numpy() == expected).all()
    assert output.cost < 1e-3
    assert output.marginal_error < 1e-4
    # The entropy of a permutation with uniform weights is log n: no less is possible.
    assert entropy(output.plan) < np.log(40) + 1e-2


def test_is_sharper_than_the_entropic_plan_of_the_same_strength() -> None:
    problem, _ = hidden(1)
    sharp = solve_proximal_gromov_wasserstein(problem, outer_iterations=200)
    blurred = solve_entropic_gromov_wasserstein(problem, outer_iterations=200)
    assert entropy(sharp.plan) < entropy(blurred.plan) - 0.5
    assert sharp.cost < blurred.cost


def test_one_step_solved_to_the_end_is_an_entropic_transport() -> None:
    rng = np.random.default_rng(2)
    c, d = similarities(rng.normal(size=(12, 3))), similarities(rng.normal(size=(9, 4)))
    problem = GromovWassersteinProblem(c, d, uniform(12), uniform(9), 2.0)
    output = solve_proximal_gromov_wasserstein(problem, outer_iterations=1, inner_iterations=3000)
    a, b = problem.source_weights, problem.target_weights
    start = torch.outer(a, b)
    constant = (c.square() @ a)[:, None] + (d.square() @ b)[None, :]
    gradient = 2 * (constant - 2 * c @ start @ d)
    expected = ot.sinkhorn(
        a.numpy(), b.numpy(), gradient.numpy(), 2.0, numItermax=20000, stopThr=1e-14
    )
    np.testing.assert_allclose(output.plan.numpy(), expected, atol=1e-9)
    assert output.iterations == 1
