"""Gromov-Wasserstein by proximal points: IPOT where the cost depends on the plan."""

from __future__ import annotations

from collections.abc import Callable

import torch

from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinOutput,
    GromovWassersteinProblem,
)
from isogloss.models.optimal_transport.marginals import project_on_marginals


def solve_proximal_gromov_wasserstein(
    problem: GromovWassersteinProblem,
    *,
    outer_iterations: int = 60,
    inner_iterations: int = 10,
    tolerance: float = 1e-7,
    observe: Callable[[int], None] | None = None,
) -> GromovWassersteinOutput:
    """Solve with the divergence from the plan before in place of the entropy.

    Each step minimises ⟨∇(π), ·⟩ + β KL(· ‖ π) on the couplings, inexactly, by a few sweeps on
    π ∘ exp(−∇(π) / β): IPOT's Algorithm 1 with the cost of this moment (Xu et al. 2019, section
    3.2). The strength β is the problem's epsilon. It slows the steps and does not blur the result:
    entropy of strength β / t is left after t steps.

    Args:
        problem: What to solve; its epsilon is β.
        outer_iterations: Proximal steps at most.
        inner_iterations: Sweeps per step, L of Algorithm 1.
        tolerance: Stop when the plan moves by less, in total variation.
        observe: Is told the number of steps done.

    """
    a, b, beta = problem.source_weights, problem.target_weights, problem.epsilon
    c, d = problem.source_similarities, problem.target_similarities
    constant = (c.square() @ a)[:, None] + (d.square() @ b)[None, :]
    plan, potential = torch.outer(a, b), torch.zeros_like(b)
    smallest = torch.finfo(plan.dtype).tiny  # an entry that vanished may come back
    converged, done = False, 0
    while done < outer_iterations and not converged:
        done += 1
        gradient = 2 * (constant - 2 * c @ plan @ d)
        log_kernel = plan.clamp_min(smallest).log() - gradient / beta
        updated, potential = project_on_marginals(
            log_kernel, a, b, potential, sweeps=inner_iterations
        )
        converged = float((updated - plan).abs().sum()) / 2 < tolerance
        plan = updated
        if observe is not None:
            observe(done)
    return GromovWassersteinOutput(
        plan=plan,
        cost=float(((constant - 2 * c @ plan @ d) * plan).sum()),
        marginal_error=float((plan.sum(dim=1) - a).abs().sum()) / 2,
        iterations=done,
        converged=converged,
    )
