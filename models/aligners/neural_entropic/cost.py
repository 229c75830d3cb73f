"""Costs c(x, y): squared distance, and those of the variational form of Gromov-Wasserstein.

EGW is an infimum over matrices A of entropic transport problems (lemma 1 and remark 1):

    inner products   E ⟨x, x'⟩² + E ⟨y, y'⟩²  +  inf_A  8 ‖A‖² + OT_ε(c_A),  c_A = −8 xᵀAy
    distances        E ‖x − x'‖⁴ + E ‖y − y'‖⁴ − 4 E‖x‖² E‖y‖²  +  inf_A  32 ‖A‖² + OT_ε(c_A),
                     c_A = −4 ‖x‖² ‖y‖² − 32 xᵀAy

For a plan π the best A is ½ E_π xyᵀ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, final, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.moments import SideMoments

Structure = Literal["inner-product", "quadratic"]
"""What is compared within each side: inner products, or squared distances."""

COUPLING: dict[Structure, float] = {"inner-product": 8.0, "quadratic": 32.0}
"""Factor of ‖A‖² and of xᵀAy."""


@runtime_checkable
class Cost(Protocol):
    """A cost between the points of two sides."""

    def __call__(self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]) -> Float[Tensor, "a b"]:
        """Cost of every pair."""


@final
@dataclass(frozen=True, slots=True)
class HalfSquaredDistance:
    """c(x, y) = ½ ‖x − y‖²."""

    def __call__(self, x: Float[Tensor, "a d"], y: Float[Tensor, "b d"]) -> Float[Tensor, "a b"]:
        """Cost of every pair."""
        lengths = x.square().sum(dim=1)[:, None] + y.square().sum(dim=1)[None, :]
        return lengths / 2 - x @ y.T


@final
@dataclass(frozen=True, slots=True, eq=False)
class AlignmentCost:
    """c_A of the variational form, less what depends on x or on y alone.

    For distances, −4 ‖x‖² ‖y‖² is written with both lengths centred: the terms that this leaves out
    change the potentials and not the plan, and :attr:`constant` makes up for their mean.

    Attributes:
        structure: What is compared.
        matrix: A, of shape [m, n].
        source: Moments of the source side.
        target: Moments of the target side.

    """

    structure: Structure
    matrix: Float[Tensor, "m n"]
    source: SideMoments
    target: SideMoments

    def __call__(self, x: Float[Tensor, "a m"], y: Float[Tensor, "b n"]) -> Float[Tensor, "a b"]:
        """Cost of every pair."""
        cost = -COUPLING[self.structure] * (x @ self.matrix) @ y.T
        if self.structure == "inner-product":
            return cost
        of_x = x.square().sum(dim=1) - self.source.square_length
        of_y = y.square().sum(dim=1) - self.target.square_length
        return cost - 4 * of_x[:, None] * of_y[None, :]

    @property
    def constant(self) -> float:
        """All of EGW but the transport problem: the terms of the marginals, and that of ‖A‖²."""
        penalty = COUPLING[self.structure] * float(self.matrix.double().square().sum())
        if self.structure == "inner-product":
            return self.source.mean_square_product + self.target.mean_square_product + penalty
        lengths = self.source.square_length * self.target.square_length
        distances = self.source.mean_fourth_distance + self.target.mean_fourth_distance
        return distances - 8 * lengths + penalty
