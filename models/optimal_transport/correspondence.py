"""The loss of ROBOT: what it costs that images find their partners, which the images decide.

Xie et al. (2021), *A Hypergradient Approach to Robust Regression without Correspondence*. For
images f(x; w) and responses y in unknown order, the plan S(w) is the entropic one at the squared
residuals C(w), and the loss ⟨C(w), S(w)⟩. Its gradient has a part through S, which alternating
minimisation leaves out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.entropic_plan import EntropicPlanSettings, entropic_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrespondenceSettings:
    """How partners are found.

    Attributes:
        epsilon: Strength of the entropy, in units of the squared residual.
        unmatched_cost: What a pair costs that stays alone, both of it; infinite for an exact
            correspondence, in which all find a partner.
        marginal_penalty: ρ of the other form of an inexact correspondence, in which mass may move
            from some points to others at ρ times the Kullback-Leibler divergence.
        sweeps: Of Sinkhorn, at most.
        tolerance: Of Sinkhorn.

    """

    epsilon: float
    unmatched_cost: float = math.inf
    marginal_penalty: float = math.inf
    sweeps: int = 1000
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        if max(self.unmatched_cost, self.marginal_penalty) < math.inf:
            raise OptionError(
                "correspondence: expected unmatched_cost or marginal_penalty, found both"
            )


class Correspondence(NamedTuple):
    """What :func:`correspondence` gives."""

    loss: Float[Tensor, ""]
    """Mean cost over the points, with the whole gradient."""

    plan: Float[Tensor, "*batch n m"]
    """Who belongs to whom; rows and columns sum to at most 1 where n = m."""

    target_potential: Float[Tensor, "*batch rest"]
    """Where the next call may start."""


def correspondence(
    cost: Float[Tensor, "*batch n m"],
    settings: CorrespondenceSettings,
    target_potential: Tensor | None = None,
) -> Correspondence:
    """Match rows and columns within each group of a batch, and give the loss of the match.

    Rows have weight 1 and columns n/m. Where they may stay alone, a further row and a further
    column take them in, at half of ``unmatched_cost`` each; between each other these two cost
    nothing, so that it is a plan with exact marginals again. In groups of one row and one column
    the share of the pair is then σ((unmatched_cost − C) / 2ε), and no sweeps are needed.

    Args:
        cost: Squared residuals.
        settings: How.
        target_potential: That of an earlier call.

    """
    *batch, n, m = cost.shape
    if n == m == 1 and settings.unmatched_cost < math.inf:
        share = torch.sigmoid((settings.unmatched_cost - cost) / (2 * settings.epsilon))
        alone = settings.unmatched_cost * (1 - share)
        return Correspondence((cost * share + alone).mean(), share, cost.new_zeros(*batch, 2))
    a, b = cost.new_ones(*batch, n), cost.new_full((*batch, m), n / m)
    whole = cost
    if settings.unmatched_cost < math.inf:
        half = settings.unmatched_cost / 2
        whole = torch.nn.functional.pad(cost, (0, 1, 0, 1), value=half)
        corner = torch.zeros(n + 1, m + 1, dtype=cost.dtype, device=cost.device)
        corner[n, m] = half
        whole = whole - corner
        a = torch.cat([a, a.sum(dim=-1, keepdim=True)], dim=-1)
        b = torch.cat([b, b.sum(dim=-1, keepdim=True)], dim=-1)
    plan, potential = entropic_plan(
        whole,
        a,
        b,
        EntropicPlanSettings(
            epsilon=settings.epsilon,
            marginal_penalty=settings.marginal_penalty,
            sweeps=settings.sweeps,
            tolerance=settings.tolerance,
        ),
        target_potential,
    )
    total = (whole * plan).sum()
    if settings.marginal_penalty < math.inf:
        # Otherwise nothing would cost least.
        loss = total / plan.sum()
    else:
        loss = total / max(1, math.prod(batch) * n)
    return Correspondence(loss, plan[..., :n, :m], potential)
