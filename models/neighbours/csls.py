"""Nearest neighbours between unit vectors, and CSLS: the geometry that aligners stand on.

All functions take unit rows, so that an inner product is a cosine.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

HUBS = 10
"""Neighbours that enter the hubness term of CSLS (Conneau et al. 2018, section 2.3)."""

_ROWS_AT_ONCE = 4096


def unit(x: Float[Tensor, "... d"]) -> Float[Tensor, "... d"]:
    """Divide each vector by its Euclidean norm."""
    directions: Tensor = x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    return directions


def hubness(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], count: int = HUBS
) -> Float[Tensor, " n"]:
    """Mean cosine r(x) of each row of ``x`` to its ``count`` nearest rows of ``y``."""
    count = min(count, len(y))
    blocks = torch.split(x, _ROWS_AT_ONCE)
    return torch.cat([(block @ y.T).topk(count, dim=1).values.mean(dim=1) for block in blocks])


def nearest_by_csls(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], hubness_of_y: Float[Tensor, " m"]
) -> Int64[Tensor, " n"]:
    """Row of ``y`` with the largest CSLS for each row of ``x``."""
    blocks = torch.split(x, _ROWS_AT_ONCE)
    return torch.cat([(2 * block @ y.T - hubness_of_y).argmax(dim=1) for block in blocks])


def csls(similarities: Float[Tensor, "... n m"], count: int = HUBS) -> Float[Tensor, "... n m"]:
    """Turn cosines into CSLS(x, y) = 2 cos(x, y) − r(x) − r(y) (Conneau et al. 2018, eq. 4).

    Both hubness terms are taken within the matrix.
    """
    *_, n, m = similarities.shape
    of_rows = similarities.topk(min(count, m), dim=-1).values.mean(dim=-1, keepdim=True)
    of_columns = similarities.topk(min(count, n), dim=-2).values.mean(dim=-2, keepdim=True)
    return 2 * similarities - of_rows - of_columns
