"""From a plan into the target space to one place for each point."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from isogloss.models.optimal_transport.joint_embedding.target_spaces import TargetSpace


def barycentric_projection(plan: Float[Tensor, "n k"], space: TargetSpace) -> Float[Tensor, "n c"]:
    """Place each point at the mean of where the plan sends it (Beier et al. 2025, eq. 37).

    In the plane it is the weighted mean. On the sphere it is the mean in R³, drawn back to the
    sphere; on the torus the mean direction on each circle; in a finite space the place with the
    least mean squared distance.

    Args:
        plan: Plan of shape [n, k] with no empty row.
        space: The space of its columns.

    """
    shares = plan / plan.sum(dim=1, keepdim=True)
    if space.geometry == "finite":
        return space.coordinates[(shares @ space.distances.square()).argmin(dim=1)]
    if space.geometry == "torus":
        turn = 2 * torch.pi / space.extent
        angles = space.coordinates * turn
        around: Tensor = torch.atan2(shares @ angles.sin(), shares @ angles.cos()) / turn
        return around % space.extent
    mean: Tensor = shares @ space.coordinates
    if space.geometry == "sphere":
        mean = space.extent * mean / mean.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return mean


def likeliest_place(plan: Float[Tensor, "n k"]) -> Int[Tensor, " n"]:
    """Row of the target space that receives most of each point."""
    return plan.argmax(dim=1)
