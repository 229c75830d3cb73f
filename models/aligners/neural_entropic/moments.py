"""Moments of one side, in one pass over blocks of rows: all that the constants of EGW need."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

_ROWS_AT_ONCE = 16384


@dataclass(frozen=True, slots=True, eq=False)
class SideMoments:
    """Moments of a side's points x.

    Attributes:
        second: E xxᵀ, of shape [d, d].
        square_length: E ‖x‖².
        fourth_length: E ‖x‖⁴.

    """

    second: Float64[Tensor, "d d"]
    square_length: float
    fourth_length: float

    @classmethod
    def of(cls, points: Float[Tensor, "count d"], mean: Float[Tensor, " d"]) -> SideMoments:
        """Measure points less their mean, in float64, in memory that does not grow with them."""
        count, dimension = points.shape
        second = torch.zeros(dimension, dimension, dtype=torch.float64, device=points.device)
        fourth = torch.zeros((), dtype=torch.float64, device=points.device)
        for rows in torch.split(points, _ROWS_AT_ONCE):
            block = rows.double() - mean
            second += block.T @ block
            fourth += block.square().sum(dim=1).square().sum()
        second /= count
        return cls(second, float(second.trace()), float(fourth) / count)

    @classmethod
    def of_gaussian(cls, covariance: Float64[Tensor, "d d"]) -> SideMoments:
        """Give the moments of N(0, Σ): E ‖x‖⁴ = (tr Σ)² + 2 ‖Σ‖² (Isserlis)."""
        trace = float(covariance.trace())
        return cls(covariance, trace, trace**2 + 2 * float(covariance.square().sum()))

    @property
    def scale(self) -> float:
        """Root mean square of a coordinate."""
        return float((self.square_length / len(self.second)) ** 0.5)

    @property
    def mean_square_product(self) -> float:
        """E ⟨x, x'⟩² over independent x and x', which is ‖E xxᵀ‖²."""
        return float(self.second.square().sum())

    @property
    def mean_fourth_distance(self) -> float:
        """E ‖x − x'‖⁴ over independent x and x' of mean zero."""
        return 2 * self.fourth_length + 2 * self.square_length**2 + 4 * self.mean_square_product
