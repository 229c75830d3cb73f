"""The inner loop of IPOT against plain formulas, on both of its paths."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.optimal_transport.scaled_plan import exponentiate
from isogloss.models.optimal_transport.sweep import row_blocks, sweep, take_steps, times


@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    seed=st.integers(0, 100),
    inner=st.integers(1, 3),
    count=st.integers(1, 4),
    batched=st.booleans(),
)
def test_steps_are_those_of_the_algorithm(
    shape: tuple[int, int], seed: int, inner: int, count: int, batched: bool
) -> None:
    n, m = shape
    rng = np.random.default_rng(seed)
    matrix, kernel = rng.uniform(0.1, 1, (2, n, m))
    a, b = rng.dirichlet(np.full(n, 5.0)), rng.dirichlet(np.full(m, 5.0))
    v, growth = rng.uniform(0.5, 2, (2, m))
    # A batch goes the way of PyTorch, a matrix on the CPU that of NumPy.
    held, by, *sides = (
        torch.from_numpy(part.copy())[None] if batched else torch.from_numpy(part.copy())
        for part in (matrix, kernel, a, b, v, growth)
    )
    found = take_steps(
        held, by, (sides[0], sides[1]), (sides[2], sides[3]), inner_iterations=inner, count=count
    )

    for _ in range(count):
        before, scaling = v, v * growth
        matrix = matrix * kernel
        for _ in range(inner):
            u = a / (matrix @ scaling)
            scaling = b / (matrix.T @ u)
        v, growth = scaling, scaling / before
    for side, expected in zip(found, (u, v, growth), strict=True):
        np.testing.assert_allclose(side.numpy().squeeze(0) if batched else side, expected)
    np.testing.assert_allclose(held.numpy().reshape(n, m), matrix)


def test_products_of_infinities_are_numbers_that_are_looked_for_and_no_warnings() -> None:
    matrix = torch.full((40, 30), torch.inf)
    matrix[::2] = -torch.inf
    matrix[:, ::3] = 0.0
    assert not torch.isfinite(times(matrix.T, torch.ones(40))).all()
    assert not torch.isfinite(times(matrix, torch.zeros(30))).any()


@pytest.mark.parametrize("batched", [False, True])
def test_points_that_are_out_get_no_scaling(batched: bool) -> None:
    matrix, a = torch.rand(3, 2, dtype=torch.float64), torch.tensor([0.5, 0.0, 0.5]).double()
    matrix[1] = 0
    b, v = torch.tensor([1.0, 0.0]).double(), torch.ones(2, dtype=torch.float64)
    matrix[:, 1] = 0
    sides = (part[None] for part in (matrix, a, b, v)) if batched else (matrix, a, b, v)
    held, a, b, v = sides
    stepped = take_steps(held, torch.ones_like(held), (a, b), (v, v), inner_iterations=2, count=2)
    for u, fitted in (sweep(held, a, b, v, None), stepped[:2]):
        assert float(u.flatten()[1]) == 0
        assert float(fitted.flatten()[1]) == 0
        assert torch.isfinite(u).all()
        assert torch.isfinite(fitted).all()
    assert torch.isfinite(stepped[2]).all()


@pytest.mark.parametrize("shape", [(1000, 300), (7, 2), (3, 200, 700), (0, 5)])
def test_blocks_cover_every_row_once(shape: tuple[int, ...]) -> None:
    matrix = torch.empty(shape)
    rows = [row for rows in row_blocks(matrix) for row in range(shape[-2])[rows]]
    assert rows == list(range(shape[-2]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_exponentials_are_exact_or_zero(dtype: torch.dtype) -> None:
    log_tiny = np.log(torch.finfo(dtype).tiny)
    exponents = torch.linspace(float(1.5 * log_tiny), 5, 4000, dtype=dtype)
    exponents[:2] = -torch.inf
    found = exponents.clone()
    exponentiate(found)
    normal = exponents > log_tiny + 8
    torch.testing.assert_close(found[normal], exponents[normal].double().exp().to(dtype))
    assert (found[exponents < log_tiny] == 0).all()
    assert torch.isnan(_exponential(float("nan"), dtype)).all()
    assert torch.isinf(_exponential(float("inf"), dtype)).all()


def _exponential(exponent: float, dtype: torch.dtype) -> torch.Tensor:
    block = torch.full((3,), exponent, dtype=dtype)
    exponentiate(block)
    return block
