"""The normalised entropic Gromov-Wasserstein discrepancy between mini-batches (equations 6, 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from models.transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)

_SMALLEST_SQUARE = 1e-12
_WITHIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class CouplingSettings:
    """How batches are coupled.

    Attributes:
        epsilon: Strength of the entropy, for distances of mean 1.
        outer_iterations: Steps of the projected gradient.
        inner_iterations: Sinkhorn sweeps in each, in the log domain where the scale asks for it.

    """

    epsilon: float = 0.02
    outer_iterations: int = 12
    inner_iterations: int = 20


def distances(points: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Euclidean distances within a batch, with a gradient of zero between points that coincide."""
    squares = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").square()
    found: Tensor = squares.clamp(min=_SMALLEST_SQUARE).sqrt() - _SMALLEST_SQUARE**0.5
    return found


def coupling(
    c: Float[Tensor, "n n"],
    d: Float[Tensor, "m m"],
    settings: CouplingSettings,
    start: Float[Tensor, "n m"] | None = None,
) -> Float[Tensor, "n m"]:
    """Couple two batches by distances divided by their means, so that ε fits at any scale."""
    with torch.no_grad():
        c, d = (each / each.mean().clamp(min=_SMALLEST_SQUARE) for each in (c, d))
        a, b = (torch.full_like(each[0], 1 / len(each)) for each in (c, d))
        return solve_entropic_gromov_wasserstein(
            GromovWassersteinProblem(c, d, a, b, settings.epsilon),
            outer_iterations=settings.outer_iterations,
            inner_iterations=settings.inner_iterations,
            start=start,
        ).plan


def distortion(
    c: Float[Tensor, "n n"], d: Float[Tensor, "m m"], plan: Float[Tensor, "n m"]
) -> Float[Tensor, ""]:
    """Σ (Cᵢᵢ' − Dⱼⱼ')² πᵢⱼ πᵢ'ⱼ', with gradients for C and D and none for π.

    By the envelope theorem that is the gradient of the optimal value; nothing is propagated through
    the iterations that led to the plan.
    """
    a, b = plan.sum(dim=1), plan.sum(dim=0)
    own = (c.square() @ a) @ a + (d.square() @ b) @ b
    return own - 2 * ((c @ plan @ d) * plan).sum()


def normalised_discrepancy(
    c: Float[Tensor, "n n"], d: Float[Tensor, "m m"], settings: CouplingSettings
) -> Float[Tensor, ""]:
    """2 GW(C, D) − GW(C, C) − GW(D, D), without which the entropy would pull batches together.

    Plans are found on distances of mean 1, the value is taken on the distances as they are.
    """
    between = distortion(c, d, coupling(c, d, settings))
    return 2 * between - _within(c, settings) - _within(d, settings)


def _within(c: Float[Tensor, "n n"], settings: CouplingSettings) -> Float[Tensor, ""]:
    """GW(C, C), whose plan starts at the identity and so is near its end."""
    identity = torch.eye(len(c), dtype=c.dtype, device=c.device) / len(c)
    few = replace(settings, outer_iterations=min(_WITHIN, settings.outer_iterations))
    return distortion(c, c, coupling(c, c, few, identity))
