"""Ways to keep the adversary from stretching the space (equation 5, and those it is compared with).

The adversary gains by making distances large. The Procrustes penalty measures how far the whole
network is from an orthogonal map; penalties on its layers do not bound what they do together.
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.aligners.orthogonal_map import orthogonal_map

Orthogonality = Literal["procrustes", "layers", "off-diagonal", "initial", "none"]
"""Equation 5; ‖WᵀW − I‖² (Brock et al. 2017); the same without the diagonal (Brock et al. 2019);
orthogonal weights at the start alone (Saxe et al. 2014); nothing."""


def orthogonality_penalty(
    kind: Orthogonality,
    adversary: nn.Module,
    points: Float[Tensor, "n d"],
    features: Float[Tensor, "n s"],
) -> Float[Tensor, ""]:
    """Penalty of an adversary with the given features of the points."""
    if kind == "procrustes":
        return procrustes_penalty(points, features)
    if kind in ("initial", "none"):
        return torch.zeros_like(features[0, 0])
    total = torch.zeros_like(features[0, 0])
    for layer in adversary.modules():
        if isinstance(layer, nn.Linear):
            weight = layer.weight if len(layer.weight) <= layer.weight.shape[1] else layer.weight.T
            gram = weight @ weight.T
            wanted = torch.eye(len(gram)) if kind == "layers" else torch.diag(gram.diag())
            total = total + (gram - wanted).square().sum()
    return total


def procrustes_penalty(
    points: Float[Tensor, "n d"], features: Float[Tensor, "n s"]
) -> Float[Tensor, ""]:
    """Mean ‖f(x) − Px‖² for the (semi-)orthogonal P nearest to f on these points.

    P is the closed form of the Procrustes problem, also where the dimensions differ, and takes no
    gradient: it is an optimum.
    """
    with torch.no_grad():
        nearest = orthogonal_map(points, features)
    return (features - points @ nearest.T).square().sum(dim=1).mean()
