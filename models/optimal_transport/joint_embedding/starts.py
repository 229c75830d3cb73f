"""Where the descent starts: the problem is not convex, and where one starts is where one ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import ShapeError
from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)
from isogloss.models.optimal_transport.joint_embedding.distortion import distortion_cost
from isogloss.models.optimal_transport.joint_embedding.problem import JointEmbeddingProblem


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A plan of each side into the target space.

    Attributes:
        source_plan: Of shape [n, k], of total mass 1.
        target_plan: Of shape [m, k], of total mass 1.

    """

    source_plan: Float[Tensor, "n k"]
    target_plan: Float[Tensor, "m k"]


def random_start(problem: JointEmbeddingProblem, *, seed: int, spread: float = 1.0) -> Start:
    """Start from random rows: a product measure would keep every symmetry of the target space."""
    generator = torch.Generator().manual_seed(seed)
    return Start(
        *(
            weights[:, None] * _noise(len(weights), len(problem.space), spread, generator, weights)
            for weights in (problem.source_weights, problem.target_weights)
        )
    )


def embed_alone(
    distances: Float[Tensor, "n n"],
    weights: Float[Tensor, " n"],
    plan: Float[Tensor, "n k"],
    problem: JointEmbeddingProblem,
    *,
    annealing: Sequence[float] = (64.0, 16.0, 4.0, 1.0),
    iterations: int = 60,
    tolerance: float = 1e-4,
    step: float = 0.2,
) -> Float[Tensor, "n k"]:
    """Embed one space without regard to the other: entropic GW whose second marginal is free.

    Without the other side nothing couples the rows of the plan, and a step is a softmax.

    Args:
        distances: Of the space, of shape [n, n].
        weights: Of its points, of shape [n].
        plan: Where to start, of shape [n, k].
        problem: Gives target space, λ and ε.
        annealing: Multiples of ε to go through.
        iterations: Steps at most, for each multiple.
        tolerance: Stop when the plan moves by less, in total variation.
        step: Share of the newest cost in the running mean, as in ``DescentOptions``.

    """
    cost = distortion_cost(distances, problem.space.distances, plan)
    for factor in annealing:
        scale = problem.penalty / (problem.epsilon * factor)
        for _ in range(iterations):
            updated = weights[:, None] * torch.softmax(-scale * cost, dim=1)
            newest = distortion_cost(distances, problem.space.distances, updated)
            cost = torch.lerp(cost, newest, step)
            moved = float((updated - plan).abs().sum()) / 2
            plan = updated
            if moved < tolerance:
                break
    return plan


def transferred_start(
    problem: JointEmbeddingProblem,
    coupling: Float[Tensor, "n m"],
    *,
    seed: int,
    annealing: Sequence[float] = (64.0, 16.0, 4.0, 1.0),
) -> Start:
    """Embed the source alone, and send the target along a coupling of the two.

    So both sides start with one orientation, which two embeddings made apart would not have.

    Args:
        problem: What is to be solved.
        coupling: Which target points belong to which source points, of shape [n, m]; any scale.
        seed: Of the first embedding.
        annealing: Multiples of ε that the embedding goes through.

    Raises:
        ShapeError: The coupling has another shape.

    """
    a, b = problem.source_weights, problem.target_weights
    if coupling.shape != (len(a), len(b)):
        raise ShapeError(
            "coupling", expected=f"[{len(a)}, {len(b)}]", found=str(list(coupling.shape))
        )
    generator = torch.Generator().manual_seed(seed)
    noise = a[:, None] * _noise(len(a), len(problem.space), 1.0, generator, a)
    source_plan = embed_alone(problem.source_distances, a, noise, problem, annealing=annealing)
    received = coupling.sum(dim=0, keepdim=True)
    # A target point that nothing is coupled to starts everywhere.
    shares = torch.where(received > 0, coupling / received, a[:, None] / a.sum())
    target_plan = b[:, None] * (shares.T @ (source_plan / a[:, None]))
    return Start(source_plan, target_plan)


def couple_by_distances(
    problem: JointEmbeddingProblem, *, epsilon: float, iterations: int = 60
) -> Float[Tensor, "n m"]:
    """Couple source and target by entropic Gromov-Wasserstein between their distances.

    Args:
        problem: Gives distances and weights.
        epsilon: Strength of the entropy, in units of the mean squared source distance.
        iterations: Steps of its projected gradient at most.

    """
    scale = float(problem.source_distances.square().mean().sqrt())
    # Single precision, twice as fast: the plan is no more than a start.
    output = solve_entropic_gromov_wasserstein(
        GromovWassersteinProblem(
            problem.source_distances.float() / scale,
            problem.target_distances.float() / scale,
            problem.source_weights.float(),
            problem.target_weights.float(),
            epsilon,
        ),
        outer_iterations=iterations,
    )
    return output.plan.to(problem.source_distances)


def _noise(
    rows: int, columns: int, spread: float, generator: torch.Generator, like: Tensor
) -> Tensor:
    """Random rows that sum to 1; drawn on the CPU, so that every device starts alike."""
    drawn = spread * torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    return torch.softmax(drawn, dim=1).to(like)
