"""How much a plan into the target space distorts distances."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def distortion_cost(
    distances: Float[Tensor, "n n"],
    space_distances: Float[Tensor, "k k"],
    plan: Float[Tensor, "n k"],
) -> Float[Tensor, "n k"]:
    """Cost C(x, z) = Σ (d(x, x') − d(z, z'))² γ(x', z') of placing x at z, given a plan γ.

    The square splits, so that two products of matrices give all entries (Peyré et al. 2016,
    proposition 1). ⟨C, γ⟩ is the Gromov-Wasserstein objective of γ.

    Args:
        distances: d_X, of shape [n, n].
        space_distances: d_Z, of shape [k, k].
        plan: γ, of shape [n, k], of total mass 1.

    """
    of_points = distances.square() @ plan.sum(dim=1)
    of_places = space_distances.square() @ plan.sum(dim=0)
    # Rounding can push a cost of nought below it.
    cost = of_points[:, None] + of_places - 2 * distances @ plan @ space_distances
    return cost.clamp_min(0)


def distortion(
    distances: Float[Tensor, "n n"],
    space_distances: Float[Tensor, "k k"],
    plan: Float[Tensor, "n k"],
) -> float:
    """Gromov-Wasserstein objective of a plan: the mean squared change of a distance."""
    return float((distortion_cost(distances, space_distances, plan) * plan).sum())
