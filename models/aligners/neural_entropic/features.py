"""What the potential sees of a point: coordinates of about 1, and for distances its length too.

The cost of the variational form for distances, −32 xᵀAy − 4 (‖x‖² − E‖x‖²)(‖y‖² − E‖y‖²), is
bilinear in the coordinates and the squared length together. Given both, a quadratic potential can
answer it, and the start by Gaussians holds for it as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from isogloss.models.aligners.neural_entropic.cost import COUPLING, AlignmentCost, Structure
from isogloss.models.aligners.neural_entropic.gaussian import gaussian_curvature
from isogloss.models.aligners.neural_entropic.moments import SideMoments


@final
@dataclass(frozen=True, slots=True)
class Features:
    """Features of one side's points.

    Attributes:
        scale: Root mean square of a coordinate.
        mean_length: E ‖x‖²; None where the length is no feature.
        length_scale: Standard deviation of ‖x‖².

    """

    scale: float
    mean_length: float | None = None
    length_scale: float = 1.0

    @classmethod
    def of(cls, moments: SideMoments, structure: Structure) -> Features:
        """Choose the features that the cost of a structure calls for."""
        if structure == "inner-product":
            return cls(moments.scale)
        variance = moments.fourth_length - moments.square_length**2
        spread = max(variance, 1e-12 * moments.fourth_length) ** 0.5
        return cls(moments.scale, moments.square_length, spread)

    def __call__(self, x: Float[Tensor, "a m"]) -> Float[Tensor, "a features"]:
        """Features of points."""
        scaled = x / self.scale
        if self.mean_length is None:
            return scaled
        length = (x.square().sum(dim=1, keepdim=True) - self.mean_length) / self.length_scale
        return torch.cat([scaled, length], dim=1)


def starting_curvature(
    x: Float[Tensor, "a m"],
    y: Float[Tensor, "b n"],
    cost: AlignmentCost,
    epsilon: float,
) -> Float64[Tensor, "features features"]:
    """Matrix M of φ/ε = −½ uᵀMu in the features u of x, best if both sides' were Gaussian."""
    source, target = (
        Features.of(moments, cost.structure) for moments in (cost.source, cost.target)
    )
    u, v = source(x).double(), target(y).double()
    scores = cost.matrix.double() * (COUPLING[cost.structure] * source.scale * target.scale)
    if cost.structure == "quadratic":
        scores = nn.functional.pad(scores, (0, 1, 0, 1))
        scores[-1, -1] = 4 * source.length_scale * target.length_scale
    return gaussian_curvature(u.T @ u / len(u), v.T @ v / len(v), scores / epsilon)
