"""The orthogonal map that fits given pairs best, in closed form."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def orthogonal_map(
    x: Float[Tensor, "pairs m"], y: Float[Tensor, "pairs n"]
) -> Float[Tensor, "n m"]:
    """Matrix W with orthonormal rows (or columns, where n > m) that maximises Σ ⟨Wxᵢ, yᵢ⟩.

    The orthogonal Procrustes problem (Schönemann 1966): with YᵀX = USVᵀ, W = UVᵀ. Where the
    dimensions differ W is semi-orthogonal: it keeps the min(m, n) directions that the pairs share.
    """
    left, _, right = torch.linalg.svd(y.T @ x, full_matrices=False)
    weight: Tensor = left @ right
    return weight
