"""Entropic Gromov-Wasserstein between two similarity matrices, in the log domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.optimal_transport.marginals import project_on_marginals


@dataclass(frozen=True, slots=True, eq=False)
class GromovWassersteinProblem:
    """Couple two weighted point sets so that their similarities agree (Peyré et al. 2016).

    minimise over π in Π(a, b)   Σ (Cᵢᵢ' − Dⱼⱼ')² πᵢⱼ πᵢ'ⱼ'  −  ε H(π)

    Attributes:
        source_similarities: Symmetric matrix C of shape [n, n].
        target_similarities: Symmetric matrix D of shape [m, m].
        source_weights: Weights a of shape [n], summing to 1.
        target_weights: Weights b of shape [m], summing to 1.
        epsilon: Strength ε of the entropy.

    Raises:
        ShapeError: A matrix is not square, or its weights have another length.
        OptionError: ``epsilon`` is not positive.

    """

    # Axis names of their own, so that a mismatch meets the error below and not the annotation.
    source_similarities: Float[Tensor, "source_rows source_columns"]
    target_similarities: Float[Tensor, "target_rows target_columns"]
    source_weights: Float[Tensor, " source_points"]
    target_weights: Float[Tensor, " target_points"]
    epsilon: float

    def __post_init__(self) -> None:
        for side, matrix, weights in (
            ("source", self.source_similarities, self.source_weights),
            ("target", self.target_similarities, self.target_weights),
        ):
            if matrix.shape != (len(weights), len(weights)):
                raise ShapeError(
                    f"{side} similarities",
                    expected=f"[{len(weights)}, {len(weights)}]",
                    found=str(list(matrix.shape)),
                )
        if not self.epsilon > 0:
            raise OptionError(f"epsilon: expected a positive number, found {self.epsilon}")


@dataclass(frozen=True, slots=True, eq=False)
class GromovWassersteinOutput:
    """A coupling and how good it is.

    Attributes:
        plan: Coupling π of shape [n, m].
        cost: Σ (Cᵢᵢ' − Dⱼⱼ')² πᵢⱼ πᵢ'ⱼ', without the entropy.
        marginal_error: Total variation between the first marginal of the plan and the weights.
        iterations: Outer iterations done.
        converged: Whether the plan moved by less than the tolerance in the last one.

    """

    plan: Float[Tensor, "n m"]
    cost: float
    marginal_error: float
    iterations: int
    converged: bool

    @property
    def relative_entropy(self) -> float:
        """KL of the plan from the product of its marginals, in nats.

        The cost plus ε times this is the entropic value.
        """
        product = torch.outer(self.plan.sum(dim=1), self.plan.sum(dim=0))
        return float(torch.xlogy(self.plan, self.plan / product).sum())


def solve_entropic_gromov_wasserstein(
    problem: GromovWassersteinProblem,
    *,
    outer_iterations: int = 60,
    inner_iterations: int = 100,
    tolerance: float = 1e-7,
    start: Float[Tensor, "n m"] | None = None,
    observe: Callable[[int], None] | None = None,
) -> GromovWassersteinOutput:
    """Solve by projected gradient descent: each step is one entropic transport by Sinkhorn.

    With the square loss the cost of a plan is linearised at π as L = c − 2 · C π D, where c holds
    the terms that depend on the marginals alone (Peyré et al. 2016, proposition 1), up to the
    factor 2 of the gradient. The potentials of one step start the next.

    Args:
        problem: What to solve.
        outer_iterations: Steps of the projected gradient at most.
        inner_iterations: Sinkhorn sweeps per step.
        tolerance: Stop when the plan moves by less, in total variation.
        start: Plan to start from; the product of the weights where None, which is a fixed point
            where inner products of centred points are compared.
        observe: Is told the number of outer iterations done.

    """
    a, b, epsilon = problem.source_weights, problem.target_weights, problem.epsilon
    c, d = problem.source_similarities, problem.target_similarities
    constant = (c.square() @ a)[:, None] + (d.square() @ b)[None, :]
    plan = torch.outer(a, b) if start is None else start
    target_potential = torch.zeros_like(b)
    converged, iteration = False, 0
    for iteration in range(1, outer_iterations + 1):
        gradient = 2 * (constant - 2 * c @ plan @ d)
        updated, target_potential = project_on_marginals(
            -gradient / epsilon, a, b, target_potential, sweeps=inner_iterations
        )
        moved = float((updated - plan).abs().sum()) / 2
        plan = updated
        if observe is not None:
            observe(iteration)
        if moved < tolerance:
            converged = True
            break
    cost = float(((constant - 2 * c @ plan @ d) * plan).sum())
    return GromovWassersteinOutput(
        plan=plan,
        cost=cost,
        marginal_error=float((plan.sum(dim=1) - a).abs().sum()) / 2,
        iterations=iteration,
        converged=converged,
    )
