"""Discrete optimal transport: the problem and what every solver of it returns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from isogloss.models.errors import InputError, NonFiniteInputError, OptionError, ShapeError

_WEIGHT_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class TransportProblem:
    """Move one weighted point set onto another at the least cost.

    minimise over π ≥ 0   Σ Cᵢⱼ πᵢⱼ   with row sums a and column sums b

    Leading axes of the cost are a batch. A weight of zero takes its point out, so that problems of
    unequal sizes can be padded into one batch.

    Attributes:
        cost: Matrix C of shape [*batch, n, m], finite. Its type is that of the whole computation.
        source_weights: Weights a of shape [*batch, n], of sum 1.
        target_weights: Weights b of shape [*batch, m], of sum 1.
        allowed: Pairs that may be joined, of shape [*batch, n, m]; None allows all.

    Raises:
        ShapeError: The weights do not fit the cost.
        NonFiniteInputError: The cost or a weight is NaN or infinite.
        OptionError: A weight is negative, or the weights of a side do not sum to 1.
        InputError: A point with weight has no allowed partner with weight.

    """

    # Axis names of their own, so that a mismatch meets the errors below and not the annotation.
    cost: Float[Tensor, "*batch rows columns"]
    source_weights: Float[Tensor, "*source_batch source_points"]
    target_weights: Float[Tensor, "*target_batch target_points"]
    allowed: Bool[Tensor, "*mask_batch mask_rows mask_columns"] | None = None

    def __post_init__(self) -> None:
        *batch, n, m = self.cost.shape
        for name, tensor, shape in (
            ("source weights", self.source_weights, [*batch, n]),
            ("target weights", self.target_weights, [*batch, m]),
            ("allowed", self.allowed, [*batch, n, m]),
        ):
            if tensor is not None and list(tensor.shape) != shape:
                raise ShapeError(name, expected=str(shape), found=str(list(tensor.shape)))
        if not torch.isfinite(self.cost).all():
            raise NonFiniteInputError("the cost holds NaN or infinity; forbid pairs by `allowed`")
        for name, weights in (("source", self.source_weights), ("target", self.target_weights)):
            _check_weights(name, weights)
        if self.allowed is not None:
            _check_allowed(self.allowed, self.source_weights, self.target_weights)

    @classmethod
    def uniform(cls, cost: Float[Tensor, "*batch n m"]) -> TransportProblem:
        """Give every point of a side the same weight."""
        return cls(cost, uniform_weights(cost, -2), uniform_weights(cost, -1))


@dataclass(frozen=True, slots=True, eq=False)
class TransportOutput:
    """A plan, and what is known of its quality without knowing the optimum.

    Attributes:
        plan: π of shape [*batch, n, m]; its column sums are the target weights.
        cost: Σ Cᵢⱼ πᵢⱼ of this plan, [*batch].
        upper_bound: Cost of the feasible plan that rounding makes of it, [*batch].
        lower_bound: Value of the potentials, which are feasible for the dual problem, [*batch]. The
            optimum lies between the bounds.
        source_potential: φ of shape [*batch, n]; with ψ, φᵢ + ψⱼ ≤ Cᵢⱼ.
        target_potential: ψ of shape [*batch, m].
        source_marginal_error: Total variation between row sums and weights, [*batch].
        target_marginal_error: Total variation between column sums and weights, [*batch].
        iterations: Outer iterations done.
        converged: Whether the bounds met within the tolerance, in every problem of the batch.

    """

    plan: Float[Tensor, "*batch n m"]
    cost: Float[Tensor, "*batch"]
    upper_bound: Float[Tensor, "*batch"]
    lower_bound: Float[Tensor, "*batch"]
    source_potential: Float[Tensor, "*batch n"]
    target_potential: Float[Tensor, "*batch m"]
    source_marginal_error: Float[Tensor, "*batch"]
    target_marginal_error: Float[Tensor, "*batch"]
    iterations: int
    converged: bool


def uniform_weights(cost: Float[Tensor, "*batch n m"], axis: int) -> Float[Tensor, "*batch k"]:
    """Weights 1 / n for the points on one axis of a cost, −2 or −1."""
    *batch, _, _ = cost.shape
    count = cost.shape[axis]
    return torch.full((*batch, count), 1 / count, dtype=cost.dtype, device=cost.device)


def _check_weights(side: str, weights: Float[Tensor, "*batch n"]) -> None:
    if not torch.isfinite(weights).all():
        raise NonFiniteInputError(f"the {side} weights hold NaN or infinity")
    if (weights < 0).any():
        raise OptionError(
            f"{side} weights: expected none below 0, found {float(weights.detach().min())}"
        )
    total = weights.sum(dim=-1)
    off = (total - 1).abs().max() if total.numel() else torch.zeros(())
    if float(off.detach()) > _WEIGHT_TOLERANCE:
        raise OptionError(f"{side} weights: expected a sum of 1, found one {float(off):.2g} off")


def _check_allowed(
    allowed: Bool[Tensor, "*batch n m"],
    a: Float[Tensor, "*batch n"],
    b: Float[Tensor, "*batch m"],
) -> None:
    usable = allowed & (a > 0)[..., :, None] & (b > 0)[..., None, :]
    for side, weights, axis in (("source", a, -1), ("target", b, -2)):
        alone = (weights > 0) & ~usable.any(dim=axis)
        if alone.any():
            place = alone.nonzero()[0].tolist()
            raise InputError(f"allowed: the {side} point at {place} has weight but no partner")
