"""The barycenter on a grid against a plain Algorithm 2, closed forms and POT."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError
from research.methods.grid_barycenter import GridBarycenterProblem, solve_grid_barycenter


def blobs(count: int, size: int, seed: int = 0) -> torch.Tensor:
    rng = np.random.default_rng(seed)
    places = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1)
    centres = rng.uniform(0.25 * size, 0.75 * size, (count, 1, 1, 2))
    density = np.exp(-((places - centres) ** 2).sum(axis=-1) / (2 * (0.08 * size) ** 2))
    return torch.from_numpy(density / density.sum(axis=(1, 2), keepdims=True))


def grid_costs(size: int, spacing: float = 1.0) -> np.ndarray:
    places = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1)
    flat = spacing * places.reshape(-1, 2).astype(float)
    return np.asarray(ot.dist(flat, flat))


def plain_algorithm_2(
    p: np.ndarray, cost: np.ndarray, *, beta: float, sweeps: int, steps: int
) -> np.ndarray:
    """Algorithm 2 as the thesis prints it, with equal weights and a uniform first q."""
    k, n = p.shape
    kernel, plans = np.exp(-cost / beta), np.ones((k, n, n))
    scaling, q = np.full((k, n), 1 / n), np.full(n, 1 / n)
    for _ in range(steps):
        products = kernel * plans
        for _ in range(sweeps):
            left = [q / (products[j] @ scaling[j]) for j in range(k)]
            scaling = np.stack([p[j] / (products[j].T @ left[j]) for j in range(k)])
            rows = [left[j] * (products[j] @ scaling[j]) for j in range(k)]
            q = np.prod(rows, axis=0) ** (1 / k) if k == 1 else np.exp(np.mean(np.log(rows), 0))
        plans = np.stack([left[j][:, None] * products[j] * scaling[j] for j in range(k)])
    return np.asarray(q)


@pytest.mark.parametrize("sweeps", [1, 3])
@pytest.mark.parametrize("steps", [1, 2, 25])
def test_in_the_printed_order_it_is_algorithm_2_step_by_step(sweeps: int, steps: int) -> None:
    p = blobs(3, 8)
    found = solve_grid_barycenter(
        GridBarycenterProblem(p, spacing=0.25),
        beta=0.5,
        inner_iterations=sweeps,
        iterations=steps,
        printed_order=True,
    )
    expected = plain_algorithm_2(
        p.reshape(3, -1).numpy(), grid_costs(8, 0.25), beta=0.5, sweeps=sweeps, steps=steps
    )
    np.testing.assert_allclose(found.barycenter.flatten().numpy(), expected, atol=1e-10)


def test_the_barycenter_of_copies_is_the_copy() -> None:
    p = blobs(1, 8)
    found = solve_grid_barycenter(
        GridBarycenterProblem(p.expand(2, -1, -1)), beta=2.0, iterations=300
    )
    np.testing.assert_allclose(found.barycenter.numpy(), p[0].numpy(), atol=2e-3)


def test_the_barycenter_of_moved_copies_lies_between_them() -> None:
    p = torch.zeros(2, 9, 9, dtype=torch.float64)
    p[0, 1:3, 2:4], p[1, 5:7, 6:8] = 0.25, 0.25
    weights = torch.tensor([0.5, 0.5], dtype=torch.float64)
    found = solve_grid_barycenter(GridBarycenterProblem(p, weights), beta=2.0, iterations=400)
    expected = torch.zeros(9, 9, dtype=torch.float64)
    expected[3:5, 4:6] = 0.25
    np.testing.assert_allclose(found.barycenter.numpy(), expected.numpy(), atol=0.02)
    assert float(found.marginal_errors.max()) < 0.02


def test_is_sharper_than_sinkhorns_and_nearer_to_the_optimum() -> None:
    p, cost = blobs(3, 10), grid_costs(10, 0.1)
    epsilon = 0.01
    ours = (
        solve_grid_barycenter(GridBarycenterProblem(p, spacing=0.1), beta=0.1, iterations=150)
        .barycenter.flatten()
        .numpy()
    )
    ours = ours / ours.sum()
    columns = p.reshape(3, -1).T.numpy()
    theirs = ot.bregman.barycenter(columns, cost, epsilon, numItermax=5000, warn=False)

    def objective(q: np.ndarray) -> float:
        return float(np.mean([ot.emd2(q, each / each.sum(), cost) for each in columns.T]))

    def entropy(q: np.ndarray) -> float:
        return float(-(q[q > 0] * np.log(q[q > 0])).sum())

    assert entropy(ours) < entropy(theirs) - 0.1
    assert objective(ours) < objective(theirs / theirs.sum())


@pytest.mark.parametrize("beta", [1e3, 1.0, 1e-3, 1e-6])
def test_no_strength_gives_a_number_that_is_none(beta: float) -> None:
    p = blobs(2, 8)
    p[0, :4] = 0
    p = p / p.sum(dim=(1, 2), keepdim=True)
    found = solve_grid_barycenter(GridBarycenterProblem(p), beta=beta, iterations=30)
    assert torch.isfinite(found.barycenter).all()
    assert torch.isfinite(found.marginals).all()


def test_rejects_what_makes_no_sense() -> None:
    p = blobs(2, 5)
    with pytest.raises(ShapeError, match=r"weights: expected \[2\], found \[3\]"):
        GridBarycenterProblem(p, torch.full((3,), 1 / 3, dtype=torch.float64))
    with pytest.raises(OptionError, match="sum of 1"):
        GridBarycenterProblem(2 * p)
    with pytest.raises(OptionError, match="none below 0"):
        GridBarycenterProblem(p, torch.tensor([2.0, -1.0], dtype=torch.float64))
    with pytest.raises(NonFiniteInputError):
        GridBarycenterProblem(p / 0)
    with pytest.raises(OptionError, match="spacing"):
        GridBarycenterProblem(p, spacing=0.0)
    with pytest.raises(OptionError, match="beta"):
        solve_grid_barycenter(GridBarycenterProblem(p), beta=0.0)


def test_the_printed_order_stays_blurred_and_the_other_does_not() -> None:
    problem = GridBarycenterProblem(blobs(3, 8), spacing=0.1)
    printed, ours = (
        solve_grid_barycenter(problem, beta=0.1, iterations=150, printed_order=order).barycenter
        for order in (True, False)
    )
    assert float(printed.max()) < float(ours.max()) / 2


def test_it_stops_when_nothing_moves() -> None:
    found = solve_grid_barycenter(
        GridBarycenterProblem(blobs(2, 6)), beta=1.0, iterations=2000, tolerance=1e-5
    )
    assert found.converged
    assert found.iterations < 2000
