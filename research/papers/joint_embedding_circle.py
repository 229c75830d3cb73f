"""EW_λ becomes EW on the circle as λ grows (appendix B, Fig. 19)."""

from __future__ import annotations

import ot
import torch

from isogloss.models.optimal_transport.joint_embedding import (
    DescentOptions,
    JointEmbeddingProblem,
    circle,
    random_start,
    solve_joint_embedding,
)

PENALTIES = (0.1, 1.0, 10.0, 100.0)
CONCENTRATIONS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
_EPSILON = 0.002


def circles(seed: int, *, bins: int) -> list[dict[str, object]]:
    """Compare EW_λ² with EW² for a uniform measure and von Mises measures.

    As the uniform measure looks alike from everywhere, EW is the Wasserstein distance, which a
    linear program gives.

    Args:
        seed: Of the start.
        bins: Points of the circle; the paper takes 360.

    """
    space = circle(bins)
    angle = space.coordinates[:, 0]
    uniform = torch.full_like(angle, 1 / bins)
    rows: list[dict[str, object]] = []
    for concentration in CONCENTRATIONS:
        density = torch.exp(concentration * (torch.cos(angle - torch.pi) - 1))
        weights = density / density.sum()
        exact = float(ot.emd2(uniform.numpy(), weights.numpy(), space.distances.square().numpy()))
        for penalty in PENALTIES:
            epsilon = min(_EPSILON, 1e-3 * penalty)
            problem = JointEmbeddingProblem(
                source_distances=space.distances,
                target_distances=space.distances,
                source_weights=uniform,
                target_weights=weights,
                space=space,
                penalty=penalty,
                epsilon=epsilon,
            )
            found = solve_joint_embedding(
                problem, random_start(problem, seed=seed), _options(penalty / epsilon)
            )
            rows.append(
                {
                    "experiment": "circle",
                    "seed": seed,
                    "concentration": concentration,
                    "penalty": penalty,
                    "embedded_wasserstein": exact**0.5,
                    "relaxed": found.cost**0.5,
                }
            )
    return rows


def _options(strongest: float) -> DescentOptions:
    """Begin with an entropy of a quarter of λ: what sees no more than the coarse shape."""
    factor, annealing = strongest / 4, [1.0]
    while annealing[-1] * 4 <= factor:
        annealing.append(annealing[-1] * 4)
    return DescentOptions(
        annealing=annealing[::-1],
        iterations=30,
        tolerance=1e-5,
        sweeps=200,
        marginal_tolerance=1e-5,
    )
