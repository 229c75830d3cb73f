"""The inner loop of IPOT against plain formulas, on both of its paths."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.transport.scaled_plan import exponentiate
from models.transport.sweep import row_blocks, sweep


@given(
    n=st.integers(1, 40),
    m=st.integers(1, 40),
    seed=st.integers(0, 100),
    with_kernel=st.booleans(),
    batched=st.booleans(),
)
def test_a_sweep_is_two_lines_of_the_algorithm(
    n: int, m: int, seed: int, with_kernel: bool, batched: bool
) -> None:
    rng = np.random.default_rng(seed)
    matrix, kernel = rng.uniform(0.1, 1, (2, n, m))
    a, b, v = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(m)), rng.uniform(0.5, 2, m)
    product = matrix * kernel if with_kernel else matrix
    row_scaling = a / (product @ v)
    column_scaling = b / (product.T @ row_scaling)

    # A batch goes the way of PyTorch, a matrix on the CPU that of NumPy.
    held, by, *sides = (
        torch.from_numpy(part.copy())[None] if batched else torch.from_numpy(part.copy())
        for part in (matrix, kernel, a, b, v)
    )
    found = sweep(held, *sides, by if with_kernel else None)

    for side, expected in zip(found, (row_scaling, column_scaling), strict=True):
        np.testing.assert_allclose(side.numpy().squeeze(0) if batched else side, expected)
    np.testing.assert_allclose(held.numpy().reshape(n, m), product)


@pytest.mark.parametrize("batched", [False, True])
def test_points_that_are_out_get_no_scaling(batched: bool) -> None:
    matrix, a = torch.rand(3, 2, dtype=torch.float64), torch.tensor([0.5, 0.0, 0.5]).double()
    matrix[1] = 0
    b, v = torch.tensor([1.0, 0.0]).double(), torch.ones(2, dtype=torch.float64)
    matrix[:, 1] = 0
    sides = (part[None] for part in (matrix, a, b, v)) if batched else (matrix, a, b, v)
    u, fitted = sweep(*sides, None)
    assert float(u.flatten()[1]) == 0
    assert float(fitted.flatten()[1]) == 0
    assert torch.isfinite(u).all()
    assert torch.isfinite(fitted).all()


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
