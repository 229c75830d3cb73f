"""The space of two-dimensional Gaussians under the Wasserstein distance (Beier et al., §6.3)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.joint_embedding.target_spaces import (
    TargetSpace,
    finite_space,
    plane_grid,
)


def gaussian_distances(
    means: Float[Tensor, "n 2"], covariances: Float[Tensor, "n 2 2"]
) -> Float[Tensor, "n n"]:
    """Wasserstein-2 distances between Gaussians of the plane.

    W² = ‖m − m'‖² + tr S + tr S' − 2 tr (S^½ S' S^½)^½. The last trace has a closed form for 2 × 2
    matrices: (tr M)² = tr(S S') + 2 √(det S det S'), as M² = S^½ S' S^½ has that trace and
    determinant.

    Args:
        means: Means m, of shape [n, 2].
        covariances: Symmetric, positive semi-definite matrices S, of shape [n, 2, 2].

    """
    traces = covariances.diagonal(dim1=1, dim2=2).sum(dim=1)
    determinants = torch.linalg.det(covariances).clamp_min(0)
    flat = covariances.reshape(-1, 4)
    products = flat @ flat.T
    roots = torch.outer(determinants, determinants).sqrt()
    cross = (products + 2 * roots).clamp_min(0).sqrt()
    bures = (traces[:, None] + traces - 2 * cross).clamp_min(0)
    offsets = (means[:, None] - means).square().sum(dim=2)
    distances = (offsets + bures).sqrt()
    # S to itself: the difference of equal numbers leaves a root of rounding errors.
    return distances.fill_diagonal_(0)


def gaussian_space(
    per_axis: int, *, side: float, scales: Sequence[float], angles: Sequence[float]
) -> TargetSpace:
    """Lay a grid over means and covariances.

    The covariances are R(φ) diag(s, t) R(φ)ᵀ over all pairs of scales s ≥ t and the angles φ (eq.
    39); a round one is taken once.

    Args:
        per_axis: Means along each axis of [0, side]².
        side: Length of the square.
        scales: Variances along the main axes, positive.
        angles: Rotations, in radians.

    Returns:
        A finite space with coordinates [k, 5]: mean (2), covariance (xx, xy, yy).

    Raises:
        OptionError: A scale is not positive, or there is no scale or angle.

    """
    if not scales or not angles or min(scales) <= 0:
        raise OptionError("gaussian space: expected positive scales and at least one angle")
    shapes = [
        rotation @ torch.diag(torch.tensor([s, t], dtype=torch.float64)) @ rotation.T
        for s in scales
        for t in scales
        if s >= t
        for rotation in map(_rotation, angles if s > t else angles[:1])
    ]
    points = plane_grid(per_axis, side=side).coordinates
    means = points.repeat_interleave(len(shapes), dim=0)
    covariances = torch.stack(shapes).repeat(len(points), 1, 1)
    described = torch.cat([means, covariances.reshape(-1, 4)[:, [0, 1, 3]]], dim=1)
    return finite_space(gaussian_distances(means, covariances), described)


def _rotation(angle: float) -> Tensor:
    turn = torch.tensor(angle, dtype=torch.float64)
    return torch.stack([turn.cos(), -turn.sin(), turn.sin(), turn.cos()]).reshape(2, 2)
