"""The marginals of a plan that is given by its potentials, at any points."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

ROWS_AT_ONCE = 2048


def marginal_errors(
    f: Float[Tensor, " a"],
    g: Float[Tensor, " b"],
    x: Float[Tensor, "a m"],
    y: Float[Tensor, "b n"],
    scores: Callable[[Tensor, Tensor], Tensor],
) -> tuple[float, float]:
    """Total variation between a plan's marginals and equal weights.

    Of the best plan there is no more to be seen than the points allow: the mean of the density
    over b points has a deviation of χ / √b, where χ² is the variance of the density.

    Args:
        f: φ / ε at the source points.
        g: ψ / ε at the target points.
        x: Source points.
        y: Target points.
        scores: −c / ε of every pair of some points.

    Returns:
        Of the source side and of the target side.

    """
    columns = torch.zeros(len(y), dtype=torch.float64, device=y.device)
    rows = []
    for part, of_part in zip(
        torch.split(x, ROWS_AT_ONCE), torch.split(f, ROWS_AT_ONCE), strict=True
    ):
        density = (of_part[:, None] + g[None, :] + scores(part, y)).exp()
        rows.append(density.double().mean(dim=1))
        columns += density.double().sum(dim=0) / len(x)
    of_rows = torch.cat(rows)
    return float((of_rows - 1).abs().mean() / 2), float((columns - 1).abs().mean() / 2)
