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
    multiply = _in_numpy if matrix.ndim == 2 and matrix.device.type == "cpu" else _in_torch
    u, sums = multiply(matrix, a, v, kernel)
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
        return torch.from_numpy(np.dot(matrix.numpy(), vector.numpy()))
    return torch.mv(matrix, vector)


def _in_torch(
    matrix: Float[Tensor, "*batch n m"],
    a: Float[Tensor, "*batch n"],
    v: Float[Tensor, "*batch m"],
    kernel: Float[Tensor, "*batch n m"] | None,
) -> tuple[Float[Tensor, "*batch n"], Float[Tensor, "*batch m"]]:
    u, sums = torch.empty_like(a), torch.zeros_like(v)
    for rows in row_blocks(matrix):
        block = matrix[..., rows, :]
        if kernel is not None:
            block.mul_(kernel[..., rows, :])
        fitted = ratio(a[..., rows], times(block, v))
        u[..., rows] = fitted
        sums += times(block.mT, fitted)
    return u, sums


def _in_numpy(
    matrix: Float[Tensor, "n m"],
    a: Float[Tensor, " n"],
    v: Float[Tensor, " m"],
    kernel: Float[Tensor, "n m"] | None,
) -> tuple[Float[Tensor, " n"], Float[Tensor, " m"]]:
    u, sums = torch.empty_like(a), torch.zeros_like(v)
    plan, row_weights, columns = matrix.numpy(), a.numpy(), v.numpy()
    row_scaling, total, part = u.numpy(), sums.numpy(), np.empty_like(columns)
    inside = row_weights > 0
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # looked for afterwards
        for rows in row_blocks(matrix):
            block, fitted = plan[rows], row_scaling[rows]
            if kernel is not None:
                # PyTorch's, which uses all threads it was given.
                torch.mul(matrix[rows], kernel[rows], out=matrix[rows])
            np.dot(block, columns, out=fitted)
            np.divide(row_weights[rows], fitted, out=fitted, where=inside[rows])
            np.dot(fitted, block, out=part)
            total += part
    return u, sums
