"""Solver of EW_λ: block-coordinate descent over its bi-convex relaxation (Algorithm 1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.joint_embedding.chain_sinkhorn import (
    ChainCost,
    ChainPlan,
    solve_chain,
)
from isogloss.models.optimal_transport.joint_embedding.distortion import distortion_cost
from isogloss.models.optimal_transport.joint_embedding.output import JointEmbedding, Objective
from isogloss.models.optimal_transport.joint_embedding.problem import JointEmbeddingProblem
from isogloss.models.optimal_transport.joint_embedding.starts import Start


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentOptions:
    """How long the descent goes on.

    Attributes:
        iterations: Steps at most, for each strength of the entropy.
        tolerance: Stop when the objective changes by less, relative to its size.
        step: 1 is Algorithm 1 of the paper. Less takes each effective cost as a running mean, in
            which the newest has this share, and so holds π and γ together (see below).
        annealing: Multiples of ε to go through; the last one is 1. A strong entropy first sees the
            coarse shape, where a weak one would stay where it was put.
        sweeps: Sinkhorn sweeps per step at most.
        marginal_tolerance: Total variation to the weights at which a step ends.

    Raises:
        OptionError: A number is not positive, or the annealing does not end with 1.

    """

    iterations: int = 100
    tolerance: float = 1e-6
    step: float = 0.5
    annealing: Sequence[float] = (1.0,)
    sweeps: int = 500
    marginal_tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if min(self.iterations, self.sweeps) < 1:
            raise OptionError("iterations and sweeps: expected at least 1")
        if not 0 < self.step <= 1:
            raise OptionError(f"step: expected a share above 0, at most 1, found {self.step}")
        if not self.annealing or self.annealing[-1] != 1 or min(self.annealing) <= 0:
            raise OptionError(
                f"annealing: expected positive multiples that end with 1, found {self.annealing}"
            )


def solve_joint_embedding(
    problem: JointEmbeddingProblem,
    start: Start,
    options: DescentOptions | None = None,
    *,
    observe: Callable[[int, float], None] | None = None,
) -> JointEmbedding:
    """Minimise F(π, γ) + ε (KL(π) + KL(γ)) over π and γ in turn (eq. 18 to 25).

    The bilinear F takes half of the linear term from each of its arguments, so that F(π, π) is the
    objective of the problem. It is symmetric; one step thus gives the new plan

        argmin over π of  ⟨½ d²(z, w) + λ C_γ(x, z) + λ C_γ(w, y), π⟩ + ε KL(π),

    and the objective cannot rise, up to the tolerance of the inner solver. With a weak entropy the
    two plans may part, each a partner that the other could not be for itself; then F(π, π), which
    is what counts, is larger than F(π, γ). A step θ below 1 adds η KL(π | γ), η = ε (1 − θ) / θ, to
    each problem. As log γ is itself a chain of pairwise terms, this amounts to a running mean of
    the effective costs. Its fixed points have π = γ: it is mirror descent on F(π, π) + 2 ε KL(π),
    which is then the objective that is watched.

    Args:
        problem: What to solve.
        start: Where each point is sent before the first step.
        options: How long to go on.
        observe: Is told the number of steps done and the objective.

    Returns:
        The plan of the last step, with its unrelaxed cost.

    """
    options = options or DescentOptions()
    plan: ChainPlan | None = None
    newest = effective_cost(problem, start.source_plan, start.target_plan)
    cost = newest
    objectives: list[Objective] = []
    done, converged, moved = 0, False, float("inf")
    for factor in options.annealing:
        stage = replace(problem, epsilon=problem.epsilon * factor)
        converged, last_value = False, float("inf")
        for number in range(options.iterations):
            cost = _mixed(cost, newest, options.step)
            previous = plan
            plan = solve_chain(
                cost,
                problem.source_weights,
                problem.target_weights,
                epsilon=stage.epsilon,
                target_potential=None if previous is None else previous.target_potential,
                sweeps=options.sweeps,
                tolerance=options.marginal_tolerance,
            )
            newest = effective_cost(problem, plan.first, plan.last.T)
            done += 1
            if previous is None:
                continue
            moved = _moved(previous, plan)
            # The first step of a stage has no partner that was made with the same ε.
            if number == 0:
                continue
            value = (
                relaxed_objective(stage, cost, plan, previous)
                if options.step == 1
                else relaxed_objective(stage, newest, plan, plan)
            )
            objectives.append(Objective(epsilon=stage.epsilon, value=value))
            if observe is not None:
                observe(done, value)
            converged = abs(last_value - value) < options.tolerance * abs(value)
            last_value = value
            if converged:
                break
    assert plan is not None
    return JointEmbedding.from_plan(
        problem,
        plan,
        objectives=tuple(objectives),
        iterations=done,
        converged=converged,
        relaxation_gap=moved,
    )


def effective_cost(
    problem: JointEmbeddingProblem,
    source_plan: Float[Tensor, "n k"],
    target_plan: Float[Tensor, "m k"],
) -> ChainCost:
    """Cost of the step that follows a plan: a sum of three pairwise terms (eq. 24)."""
    d = problem.space.distances
    on_source = distortion_cost(problem.source_distances, d, source_plan)
    on_target = distortion_cost(problem.target_distances, d, target_plan)
    return ChainCost(
        first=problem.penalty * on_source,
        middle=d.square() / 2,
        last=problem.penalty * on_target.T,
    )


def relaxed_objective(
    problem: JointEmbeddingProblem, cost: ChainCost, plan: ChainPlan, previous: ChainPlan
) -> float:
    """F(π, γ) + ε (KL(π) + KL(γ)), where ``cost`` is the effective cost that γ led to."""
    linear = (
        (cost.first * plan.first).sum()
        + (cost.middle * (plan.middle + previous.middle)).sum()
        + (cost.last * plan.last).sum()
    )
    return float(linear) + problem.epsilon * (plan.divergence + previous.divergence)


def _mixed(cost: ChainCost, newest: ChainCost, step: float) -> ChainCost:
    """Take the newest effective cost into the running mean."""
    if step == 1:
        return newest
    return ChainCost(
        first=torch.lerp(cost.first, newest.first, step),
        middle=newest.middle,
        last=torch.lerp(cost.last, newest.last, step),
    )


def _moved(previous: ChainPlan, plan: ChainPlan) -> float:
    """Total variation between two plans' parts, the larger of both sides."""
    gaps = (plan.first - previous.first, plan.last - previous.last)
    return float(torch.stack([gap.abs().sum() for gap in gaps]).max()) / 2
