"""A part of G that starts at a given linear map."""

from __future__ import annotations

from typing import final

from jaxtyping import Float
from torch import Tensor, nn

from isogloss.models.maps.networks import perceptron


@final
class LinearWithResidual(nn.Module):
    """z → Az + g(z), where g is a perceptron whose last layer starts at zero."""

    def __init__(self, weight: Float[Tensor, "d latent"], widths: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().clone())
        self.residual = perceptron(weight.shape[1], widths, weight.shape[0])

    def forward(self, z: Float[Tensor, "batch latent"]) -> Float[Tensor, "batch d"]:
        """Push latent points forward."""
        point: Tensor = z @ self.weight.T + self.residual(z)
        return point
