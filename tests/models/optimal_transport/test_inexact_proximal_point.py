"""IPOT against the linear program, against Sinkhorn, and where nothing must break."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from isogloss.models.errors import InputError, NonFiniteInputError, OptionError, ShapeError
from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportProblem

FAST = ProximalSettings(beta=0.02, first_beta=1.0, iterations=4000, tolerance=1e-5)
STEADY = ProximalSettings(beta=0.3, iterations=4000, tolerance=5e-5)
"""For unequal weights, whose plans hang together in long chains: they take more sweeps."""


def clouds(n: int, m: int, *, seed: int = 0, dimension: int = 16) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(size=(n, dimension)), rng.uniform(size=(m, dimension))
    return np.asarray(ot.dist(x, y))


def random_weights(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(count, 2.0))


def problem_of(
    cost: np.ndarray, a: np.ndarray, b: np.ndarray, allowed: np.ndarray | None = None
) -> TransportProblem:
    mask = None if allowed is None else torch.from_numpy(allowed)
    return TransportProblem(torch.from_numpy(cost), torch.from_numpy(a), torch.from_numpy(b), mask)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("n", "m"), [(80, 80), (60, 100), (100, 35)])
def test_reaches_the_linear_program(n: int, m: int, dtype: torch.dtype) -> None:
    cost, a, b = clouds(n, m), random_weights(n, 1), random_weights(m, 2)
    exact = float(ot.emd2(a, b, cost))
    problem = TransportProblem(*(torch.from_numpy(part).to(dtype) for part in (cost, a, b)))

    output = solve_inexact_proximal_point(problem, STEADY)

    assert output.converged
    assert float(output.cost) == pytest.approx(exact, rel=1e-4)
    assert float(output.lower_bound) <= exact * (1 + 1e-6)
    assert float(output.upper_bound) >= exact * (1 - 1e-6)
    assert float(output.source_marginal_error) < 5e-5
    assert float(output.target_marginal_error) < 5e-6
    assert output.plan.dtype == dtype


@pytest.mark.parametrize("beta", [1.0, 0.1, 1e-2, 1e-3])
def test_any_strength_reaches_it(beta: float) -> None:
    cost = clouds(128, 128)
    exact = float(ot.emd2(np.full(128, 1 / 128), np.full(128, 1 / 128), cost))
    output = solve_inexact_proximal_point(
        TransportProblem.uniform(torch.from_numpy(cost).float()),
        ProximalSettings(beta=beta, first_beta=1.0, iterations=3000, tolerance=5e-5),
    )
    assert output.converged
    assert float(output.cost) == pytest.approx(exact, rel=1e-4)


def test_the_plan_is_as_sparse_as_that_of_the_linear_program() -> None:
    cost = clouds(150, 150)
    weights = np.full(150, 1 / 150)
    linear = (ot.emd(weights, weights, cost) > 1e-8).sum()
    output = solve_inexact_proximal_point(
        problem_of(cost, weights, weights),
        ProximalSettings(beta=0.02, first_beta=1.0, iterations=600, tolerance=0.0),
    )
    assert float((output.plan > 1e-8).sum()) <= 1.2 * linear


@pytest.mark.parametrize("first_beta", [None, 2.0])
@pytest.mark.parametrize("beta", [1e3, 1.0, 1e-2, 1e-5, 1e-12, 1e-40])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_strength_gives_a_number_that_is_none(
    beta: float, first_beta: float | None, dtype: torch.dtype
) -> None:
    output = solve_inexact_proximal_point(
        TransportProblem.uniform(torch.from_numpy(clouds(40, 30)).to(dtype)),
        ProximalSettings(beta=beta, first_beta=first_beta, iterations=60, tolerance=0.0),
    )
    for tensor in (
        output.plan,
        output.cost,
        output.lower_bound,
        output.upper_bound,
        output.source_potential,
        output.target_potential,
    ):
        assert torch.isfinite(tensor).all()
    assert float(output.plan.sum()) == pytest.approx(1, rel=1e-3)


# Steps that are solved to the end give Sinkhorn's plan at ε = β / t: the mathematics of early
# stopping, with POT as an independent answer.
@pytest.mark.parametrize("steps", [1, 2, 5, 12])
def test_few_steps_are_an_entropic_regularisation(steps: int) -> None:
    cost, a, b = clouds(30, 20, dimension=3), random_weights(30, 3), random_weights(20, 4)
    output = solve_inexact_proximal_point(
        problem_of(cost, a, b),
        ProximalSettings(beta=0.6, inner_iterations=400, iterations=steps, tolerance=0.0),
    )
    expected = ot.sinkhorn(a, b, cost, 0.6 / steps, numItermax=20000, stopThr=1e-14)
    np.testing.assert_allclose(output.plan.numpy(), expected, atol=1e-9)


def plain_algorithm_1(
    cost: np.ndarray, a: np.ndarray, b: np.ndarray, *, beta: float, sweeps: int, steps: int
) -> np.ndarray:
    """Algorithm 1 as the paper prints it."""
    scaling, kernel, plan = np.full(len(b), 1 / len(b)), np.exp(-cost / beta), np.ones_like(cost)
    for _ in range(steps):
        product = kernel * plan
        for _ in range(sweeps):
            left = a / (product @ scaling)
            scaling = b / (product.T @ left)
        plan = left[:, None] * product * scaling
    return np.asarray(plan)


# The runs grow as 2, 4, 8, … steps: 200 steps see exact ones and cheap ones, and both seams.
@pytest.mark.parametrize("sweeps", [1, 3])
@pytest.mark.parametrize("steps", [1, 2, 3, 17, 200])
def test_is_algorithm_1_step_by_step(sweeps: int, steps: int) -> None:
    cost, a, b = clouds(25, 35, dimension=3), random_weights(25, 5), random_weights(35, 6)
    output = solve_inexact_proximal_point(
        problem_of(cost, a, b),
        ProximalSettings(beta=0.3, inner_iterations=sweeps, iterations=steps, tolerance=0.0),
    )
    np.testing.assert_allclose(
        output.plan.numpy(),
        plain_algorithm_1(cost, a, b, beta=0.3, sweeps=sweeps, steps=steps),
        atol=1e-10,
    )
    assert output.iterations == steps
    assert not output.converged or steps > 100


def test_a_batch_is_its_problems_one_by_one() -> None:
    cost = np.stack([clouds(20, 15, seed=seed) for seed in range(6)]).reshape(2, 3, 20, 15)
    a = np.stack([random_weights(20, seed) for seed in range(6)]).reshape(2, 3, 20)
    b = np.stack([random_weights(15, 10 + seed) for seed in range(6)]).reshape(2, 3, 15)
    options = ProximalSettings(beta=0.1, iterations=300, tolerance=0.0)
    together = solve_inexact_proximal_point(problem_of(cost, a, b), options)
    assert together.cost.shape == (2, 3)
    for place in np.ndindex(2, 3):
        alone = solve_inexact_proximal_point(problem_of(cost[place], a[place], b[place]), options)
        torch.testing.assert_close(together.plan[place], alone.plan, rtol=1e-6, atol=1e-9)
        torch.testing.assert_close(together.cost[place], alone.cost)


def test_points_without_weight_are_padding() -> None:
    cost, a, b = clouds(20, 15), random_weights(20, 1), random_weights(15, 2)
    padded = np.pad(cost, ((2, 3), (1, 4)), constant_values=0.0)
    alone = solve_inexact_proximal_point(problem_of(cost, a, b), STEADY)
    output = solve_inexact_proximal_point(
        problem_of(padded, np.pad(a, (2, 3)), np.pad(b, (1, 4))), STEADY
    )
    torch.testing.assert_close(output.plan[2:-3, 1:-4], alone.plan, rtol=1e-6, atol=1e-9)
    assert float(output.plan.sum()) == pytest.approx(1)
    difference = padded - output.source_potential.numpy()[:, None] - output.target_potential.numpy()
    assert difference.min() > -1e-9


def test_forbidden_pairs_stay_empty() -> None:
    cost, weights = clouds(30, 30), np.full(30, 1 / 30)
    allowed = np.random.default_rng(0).random((30, 30)) < 0.4
    allowed |= np.eye(30, dtype=bool)
    output = solve_inexact_proximal_point(problem_of(cost, weights, weights, allowed), FAST)
    assert output.converged
    assert (output.plan.numpy()[~allowed] == 0).all()
    expected = ot.emd2(weights, weights, np.where(allowed, cost, 1e4))
    assert float(output.cost) == pytest.approx(float(expected), rel=1e-4)


@given(
    cost=arrays(
        np.float64, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.floats(0, 9)
    ),
    beta=st.floats(1e-3, 10),
)
@settings(max_examples=30)
def test_the_bounds_hold_the_optimum(cost: np.ndarray, beta: float) -> None:
    n, m = cost.shape
    a, b = np.full(n, 1 / n), np.full(m, 1 / m)
    exact = float(ot.emd2(a, b, cost))
    output = solve_inexact_proximal_point(
        problem_of(cost, a, b), ProximalSettings(beta=beta, iterations=50, tolerance=0.0)
    )
    assert float(output.lower_bound) <= exact + 1e-9
    assert float(output.upper_bound) >= exact - 1e-9
    difference = cost - output.source_potential.numpy()[:, None] - output.target_potential.numpy()
    assert difference.min() > -1e-9


def test_finds_a_hidden_permutation() -> None:
    rng = np.random.default_rng(0)
    points, order = rng.normal(size=(200, 5)), rng.permutation(200)
    moved = points[order] + 1e-3 * rng.normal(size=(200, 5))
    output = solve_inexact_proximal_point(
        TransportProblem.uniform(torch.from_numpy(ot.dist(points, moved))), FAST
    )
    assert (output.plan.argmax(dim=1).numpy() == np.argsort(order)).all()


def test_rejects_what_makes_no_sense() -> None:
    cost, half = torch.rand(2, 2, dtype=torch.float64), torch.full((2,), 0.5, dtype=torch.float64)
    with pytest.raises(ShapeError, match=r"source weights: expected \[2\], found \[3\]"):
        TransportProblem(cost, torch.full((3,), 1 / 3, dtype=torch.float64), half)
    with pytest.raises(OptionError, match="sum of 1"):
        TransportProblem(cost, half, half / 2)
    with pytest.raises(OptionError, match="none below 0"):
        TransportProblem(cost, torch.tensor([1.5, -0.5], dtype=torch.float64), half)
    with pytest.raises(NonFiniteInputError, match="cost"):
        TransportProblem(cost / 0, half, half)
    with pytest.raises(InputError, match="source point at \\[1\\] has weight but no partner"):
        TransportProblem(cost, half, half, torch.tensor([[True, True], [False, False]]))
    with pytest.raises(OptionError, match="beta"):
        ProximalSettings(beta=0.0)
    with pytest.raises(OptionError, match="inner_iterations"):
        ProximalSettings(beta=0.1, inner_iterations=0)
