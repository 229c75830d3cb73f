"""The problem EW_λ: embed two metric spaces into a third, where they are to meet."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.optimal_transport.joint_embedding.target_spaces import (
    TargetSpace,
    check_distances,
)

_WEIGHT_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointEmbeddingProblem:
    """Embed two metric measure spaces X and Y into Z (Beier et al. 2025, eq. 14).

    minimise over 4-plans π on X × Z × Z × Y with marginals a on X and b on Y

        ∫ d(z, w)² dπ  +  λ ∬ (d_X(x, x') − d(z, z'))² dπ dπ  +  λ ∬ (d_Y(y, y') − d(w, w'))² dπ dπ

    The first term brings the two images together. The others are the Gromov-Wasserstein distances
    of X and of Y to their images: they keep the images close to isometric.

    Attributes:
        source_distances: Matrix d_X of shape [n, n].
        target_distances: Matrix d_Y of shape [m, m].
        source_weights: Weights a of shape [n], positive, summing to 1.
        target_weights: Weights b of shape [m], positive, summing to 1.
        space: Z.
        penalty: λ.
        epsilon: Strength ε of the entropy of the 4-plan, in units of the objective.

    Raises:
        ShapeError: A matrix is not square, or its weights have another length.
        NonFiniteInputError: A distance is NaN or infinite.
        OptionError: λ or ε is not positive, weights are not positive or do not sum to 1, a matrix
            is not symmetric or holds a negative number.

    """

    source_distances: Float[Tensor, "source_rows source_columns"]
    target_distances: Float[Tensor, "target_rows target_columns"]
    source_weights: Float[Tensor, " source_points"]
    target_weights: Float[Tensor, " target_points"]
    space: TargetSpace
    penalty: float
    epsilon: float

    def __post_init__(self) -> None:
        for side, matrix, weights in (
            ("source", self.source_distances, self.source_weights),
            ("target", self.target_distances, self.target_weights),
        ):
            check_distances(f"the {side}", matrix)
            if len(matrix) != len(weights):
                raise ShapeError(
                    f"{side} distances",
                    expected=f"[{len(weights)}, {len(weights)}]",
                    found=str(list(matrix.shape)),
                )
            total = float(weights.sum())
            if not bool((weights > 0).all()) or abs(total - 1) > _WEIGHT_TOLERANCE:
                raise OptionError(
                    f"{side} weights: expected positive numbers that sum to 1, found a sum of "
                    f"{total:.6g} and a smallest of {float(weights.min()):.3g}"
                )
        for name, value in (("penalty", self.penalty), ("epsilon", self.epsilon)):
            if not value > 0:
                raise OptionError(f"{name}: expected a positive number, found {value}")


def uniform_problem(
    source_distances: Float[Tensor, "n n"],
    target_distances: Float[Tensor, "m m"],
    space: TargetSpace,
    *,
    penalty: float,
    epsilon: float,
) -> JointEmbeddingProblem:
    """Pose the problem with equal weights on each side."""
    return JointEmbeddingProblem(
        source_distances=source_distances,
        target_distances=target_distances,
        source_weights=_uniform(source_distances),
        target_weights=_uniform(target_distances),
        space=space,
        penalty=penalty,
        epsilon=epsilon,
    )


def _uniform(distances: Tensor) -> Tensor:
    return torch.full_like(distances[0], 1 / len(distances))
