"""What the solver of EW_λ gives back."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from isogloss.models.optimal_transport.joint_embedding.chain_sinkhorn import ChainPlan, compose
from isogloss.models.optimal_transport.joint_embedding.distortion import distortion
from isogloss.models.optimal_transport.joint_embedding.problem import JointEmbeddingProblem
from isogloss.models.optimal_transport.joint_embedding.projections import barycentric_projection


@dataclass(frozen=True, slots=True)
class Objective:
    """Regularised objective after one step.

    Attributes:
        epsilon: Strength of the entropy in this step; values compare only at equal strength.
        value: F(π, γ) + ε (KL(π) + KL(γ)); with a step below 1 that of π and π.

    """

    epsilon: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointEmbedding:
    """Both spaces in the target space, and how well they are there.

    Attributes:
        cost: Objective of the problem, without entropy and without relaxation:
            ``transport + λ (source_distortion + target_distortion)``. An upper bound of EW_λ.
        transport: ∫ d(z, w)² dπ, the squared distance between the two images.
        source_distortion: Mean squared change of a source distance.
        target_distortion: Mean squared change of a target distance.
        plan: The 4-plan, by its pairwise marginals.
        source_places: Barycentric projection of the source, of shape [n, c].
        target_places: Barycentric projection of the target, of shape [m, c].
        marginal_errors: Total variation to the weights of source and target.
        relaxation_gap: Total variation between the last two plans, which the relaxation holds
            apart and the problem does not; 0 where the relaxed solution solves the problem.
        iterations: Steps of the descent.
        converged: Whether the objective changed by less than the tolerance in the last step.
        objectives: The objective step by step, from the second on.

    """

    cost: float
    transport: float
    source_distortion: float
    target_distortion: float
    plan: ChainPlan
    source_places: Float[Tensor, "n c"]
    target_places: Float[Tensor, "m c"]
    marginal_errors: tuple[float, float]
    relaxation_gap: float
    iterations: int
    converged: bool
    objectives: tuple[Objective, ...]

    @classmethod
    def from_plan(
        cls,
        problem: JointEmbeddingProblem,
        plan: ChainPlan,
        *,
        objectives: tuple[Objective, ...],
        iterations: int,
        converged: bool,
        relaxation_gap: float,
    ) -> JointEmbedding:
        """Measure a 4-plan and project both sides."""
        d = problem.space.distances
        transport = float((d.square() * plan.middle).sum())
        of_source = distortion(problem.source_distances, d, plan.first)
        of_target = distortion(problem.target_distances, d, plan.last.T)
        return cls(
            cost=transport + problem.penalty * (of_source + of_target),
            transport=transport,
            source_distortion=of_source,
            target_distortion=of_target,
            plan=plan,
            source_places=barycentric_projection(plan.first, problem.space),
            target_places=barycentric_projection(plan.last.T, problem.space),
            marginal_errors=plan.marginal_errors,
            relaxation_gap=relaxation_gap,
            iterations=iterations,
            converged=converged,
            objectives=objectives,
        )

    @property
    def coupling(self) -> Float[Tensor, "n m"]:
        """How much of each source point meets each target point."""
        return compose(self.plan)

    @property
    def largest_increase(self) -> float:
        """Largest rise of the objective between two steps, relative; 0 where it never rose."""
        rises = [
            (after.value - before.value) / max(abs(before.value), 1e-12)
            for before, after in zip(self.objectives, self.objectives[1:], strict=False)
            if before.epsilon == after.epsilon
        ]
        return max([0.0, *rises])
