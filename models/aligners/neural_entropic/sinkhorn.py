"""The same alternation with Sinkhorn in place of the network: for a few thousand points.

It has the n × m plan in memory, and is what the network is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.neural_entropic.cost import AlignmentCost, Structure
from isogloss.models.aligners.neural_entropic.gaussian import gaussian_start
from isogloss.models.aligners.neural_entropic.moments import SideMoments
from isogloss.models.aligners.neural_entropic.plan_marginals import marginal_errors
from isogloss.models.aligners.neural_entropic.semi_dual import soft_transform
from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.marginals import project_on_marginals


@dataclass(frozen=True, slots=True, eq=False)
class SinkhornEstimate:
    """EGW_ε between two sets of points of equal weight.

    Attributes:
        value: The distortion of the plan + ε KL(π | μ ⊗ ν).
        relative_entropy: KL, in nats.
        matrix: A = ½ E_π xyᵀ.
        plan: π, of shape [a, b].
        iterations: Renewals of A done.
        cost: c_A of the plan, with the A before the last renewal.
        target_potential: ψ / ε at the target points, up to a constant.

    """

    value: float
    relative_entropy: float
    matrix: Float[Tensor, "m n"]
    plan: Float[Tensor, "a b"]
    iterations: int
    cost: AlignmentCost
    target_potential: Float[Tensor, " b"]

    def marginal_errors(
        self,
        x: Float[Tensor, "a m"],
        y: Float[Tensor, "b n"],
        held_out: tuple[Float[Tensor, "c m"], Float[Tensor, "d n"]],
        *,
        epsilon: float,
    ) -> tuple[float, float]:
        """Total variation of the plan's marginals at points that it was not computed from.

        Both potentials are continued by their soft transforms over the points that it was computed
        from: this is the plan that the sample tells, without the error of a network.

        Args:
            x: The source points of the estimate.
            y: The target points of the estimate.
            held_out: Other points of either side.
            epsilon: ε of the estimate.

        Returns:
            Of the source side and of the target side.

        """

        def scores(rows: Float[Tensor, "r m"], columns: Float[Tensor, "s n"]) -> Tensor:
            return -self.cost(rows, columns) / epsilon

        f = soft_transform(self.target_potential, scores(x, y).T)
        return marginal_errors(
            soft_transform(self.target_potential, scores(held_out[0], y).T),
            soft_transform(f, scores(x, held_out[1])),
            *held_out,
            scores,
        )


def sinkhorn_gromov_wasserstein(
    x: Float[Tensor, "a m"],
    y: Float[Tensor, "b n"],
    structure: Structure,
    *,
    epsilon: float,
    start: Float[Tensor, "m n"] | None = None,
    iterations: int = 60,
    sweeps: int = 40,
    tolerance: float = 1e-6,
) -> SinkhornEstimate:
    """Solve by Sinkhorn, renewing A between blocks of sweeps.

    Args:
        x: Source points of mean zero.
        y: Target points of mean zero.
        structure: What is compared.
        epsilon: ε.
        start: A; the answer for Gaussians where None.
        iterations: Renewals of A at most.
        sweeps: Of Sinkhorn, between two of these.
        tolerance: Stop when the plan moves by less, in total variation.

    Raises:
        OptionError: ε is not positive.

    """
    if not epsilon > 0:
        raise OptionError(f"epsilon: expected a positive number, found {epsilon}")
    matrix = gaussian_start(x, y, structure, epsilon) if start is None else start
    sides = (SideMoments.of(points, torch.zeros_like(points[0])) for points in (x, y))
    cost = AlignmentCost(structure, matrix.to(x), *sides)
    a, b = (torch.full_like(points[:, 0], 1 / len(points)) for points in (x, y))
    plan, potential = torch.outer(a, b), torch.zeros_like(b)
    done, moved, used = 0, 1.0, cost
    while done < iterations and moved >= tolerance:
        updated, potential = project_on_marginals(
            -cost(x, y) / epsilon, a, b, potential, sweeps=sweeps
        )
        moved = float((updated - plan).abs().sum()) / 2
        plan, used = updated, cost
        cost = replace(cost, matrix=x.T @ plan @ y / 2)
        done += 1
    entropy = float(torch.xlogy(plan, plan * (len(x) * len(y))).sum())
    value = cost.constant + float((plan * cost(x, y)).sum()) + epsilon * entropy
    return SinkhornEstimate(value, entropy, cost.matrix, plan, done, used, potential)
