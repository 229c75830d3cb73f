"""One sweep over a plan that is kept as a matrix: the inner loop of IPOT.

What it costs is memory traffic. Sinkhorn reads its kernel twice; a sweep reads the matrix and the
kernel and writes the matrix. So everything is done to a block of rows while it is in the cache, and
on a CPU the products are NumPy's: on vectors its OpenBLAS takes about half the time of PyTorch's
MKL on processors that are not Intel's.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

_BYTES_AT_ONCE = 2**20
"""A block of rows, to which its part of the kernel comes once more; the best of 2¹⁸ to 2²⁰."""


def row_blocks(matrix: Float[Tensor, "*batch n m"]) -> Iterator[slice]:
    """Blocks of rows, small enough for the cache."""
    n = matrix.shape[-2]
    size = matrix.numel() * matrix.element_size()
    height = max(1, _BYTES_AT_ONCE * n // max(1, size))
    return (slice(begin, begin + height) for begin in range(0, n, height))


def take_steps(
    matrix: Float[Tensor, "*batch n m"],
    kernel: Float[Tensor, "*batch n m"],
    weights: tuple[Float[Tensor, "*batch n"], Float[Tensor, "*batch m"]],
    scalings: tuple[Float[Tensor, "*batch m"], Float[Tensor, "*batch m"]],
    *,
    inner_iterations: int,
    count: int,
) -> tuple[Float[Tensor, "*batch n"], Float[Tensor, "*batch m"], Float[Tensor, "*batch m"]]:
    """Do proximal steps by products alone (Algorithm 1, lines 5 to 9).

    Args:
        matrix: Is multiplied by the kernel in place, once for each step.
        kernel: What to multiply by.
        weights: Row sums a and column sums b to reach.
        scalings: Column scaling v, and what it grew by in the step before.
        inner_iterations: Sweeps of a step, L of Algorithm 1.
        count: Steps.

    Returns:
        The scalings u and v, and what v grew by in the last step.

    """
    if matrix.ndim == 2 and matrix.device.type == "cpu":
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # looked for later
            return _take_steps_in_numpy(
                (matrix, kernel), weights, scalings, inner_iterations=inner_iterations, count=count
            )
    (a, b), (v, growth) = weights, scalings
    u = torch.ones_like(a)
    for _ in range(count):
        u, grown = sweep(matrix, a, b, v * growth, kernel)
        for _ in range(inner_iterations - 1):
            u, grown = sweep(matrix, a, b, grown, None)
        v, growth = grown, torch.where(b > 0, grown / v, 1)
    return u, v, growth


def sweep(
    matrix: Float[Tensor, "*batch n m"],
    a: Float[Tensor, "*batch n"],
    b: Float[Tensor, "*batch m"],
    v: Float[Tensor, "*batch m"],
    kernel: Float[Tensor, "*batch n m"] | None,
) -> tuple[Float[Tensor, "*batch n"], Float[Tensor, "*batch m"]]:
    """Multiply by the kernel, fit the rows, then the columns.

    Args:
        matrix: Is multiplied in place.
        a: Row sums to reach.
        b: Column sums to reach.
        v: Column scaling to start from.
        kernel: What to multiply by; None leaves the matrix as it is.

    Returns:
        The scalings u and v that make the row sums of diag(u) M diag(v₀) those of a, and then the
        column sums of diag(u) M diag(v) those of b; 0 for a point that is out.

    """
    u, sums = torch.empty_like(a), torch.zeros_like(v)
    for rows in row_blocks(matrix):
        block = matrix[..., rows, :]
        if kernel is not None:
            block.mul_(kernel[..., rows, :])
        fitted = ratio(a[..., rows], times(block, v))
        u[..., rows] = fitted
        sums += times(block.mT, fitted)
    return u, ratio(b, sums)


def ratio(
    weights: Float[Tensor, "*batch k"], sums: Float[Tensor, "*batch k"]
) -> Float[Tensor, "*batch k"]:
    """Weights over sums; 0 for a point that is out, whatever its sum."""
    return torch.where(weights > 0, weights / sums, 0)


def times(
    matrix: Float[Tensor, "*batch k l"], vector: Float[Tensor, "*batch l"]
) -> Float[Tensor, "*batch k"]:
    """Multiply each matrix of a batch with its vector."""
    if vector.ndim > 1:
        return torch.matmul(matrix, vector[..., None]).squeeze(-1)
    if matrix.device.type == "cpu":
        with np.errstate(over="ignore", invalid="ignore"):  # as PyTorch does
            return torch.from_numpy(np.dot(matrix.numpy(), vector.numpy()))
    return torch.mv(matrix, vector)


def _take_steps_in_numpy(
    factors: tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]],
    weights: tuple[Float[Tensor, " n"], Float[Tensor, " m"]],
    scalings: tuple[Float[Tensor, " m"], Float[Tensor, " m"]],
    *,
    inner_iterations: int,
    count: int,
) -> tuple[Float[Tensor, " n"], Float[Tensor, " m"], Float[Tensor, " m"]]:
    """Do the same on one matrix; what all steps have in common is made before the first."""
    matrix, kernel = factors
    a, b = (side.numpy() for side in weights)
    v, growth = (side.numpy() for side in scalings)
    u, sums, part = np.empty_like(a), np.empty_like(b), np.empty_like(b)
    plan, row_is_in, column_is_in = matrix.numpy(), a > 0, b > 0
    blocks = [
        (matrix[rows], kernel[rows], plan[rows], a[rows], u[rows], row_is_in[rows])
        for rows in row_blocks(matrix)
    ]
    for _ in range(count):
        grown = v * growth
        for number in range(inner_iterations):
            sums.fill(0)
            for tensor, factor, block, row_weights, fitted, is_in in blocks:
                if number == 0:
                    torch.mul(tensor, factor, out=tensor)  # on all threads it was given
                np.dot(block, grown, out=fitted)
                np.divide(row_weights, fitted, out=fitted, where=is_in)
                np.dot(fitted, block, out=part)
                np.add(sums, part, out=sums)
            grown = np.divide(b, sums, out=np.zeros_like(b), where=column_is_in)
        growth = np.divide(grown, v, out=np.ones_like(b), where=column_is_in)
        v = grown
    return torch.from_numpy(u), torch.from_numpy(v), torch.from_numpy(growth)
