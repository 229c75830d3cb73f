"""The three losses of NGW, Algorithm 1: Monte Carlo estimates of the parts of equation 10.

L(P, f, T) = E f(y) − E [⟨Px, T(x)⟩ + f(T(x))], to be minimised in P, maximised in f, minimised
in T. Each player sees only the terms that depend on it.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor


def cost_loss(px: Float[Tensor, "batch n"], z: Float[Tensor, "batch n"]) -> Float[Tensor, ""]:
    """Loss of P: L_P = −mean ⟨Px, z⟩."""
    return -(px * z).sum(dim=1).mean()


def transport_loss(
    px: Float[Tensor, "batch n"], z: Float[Tensor, "batch n"], f_of_z: Float[Tensor, " batch"]
) -> Float[Tensor, ""]:
    """Loss of T: L_T = −mean ⟨Px, z⟩ − mean f(z)."""
    return cost_loss(px, z) - f_of_z.mean()


def potential_loss(
    f_of_z: Float[Tensor, " batch"], f_of_y: Float[Tensor, " batch_of_targets"]
) -> Float[Tensor, ""]:
    """Loss of f: L_f = mean f(z) − mean f(y)."""
    return f_of_z.mean() - f_of_y.mean()
