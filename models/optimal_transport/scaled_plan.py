"""The working plan of IPOT: exact in the log domain, cheap between two visits there.

After proximal steps of strengths β₁, β₂, … the plan of Algorithm 1 is

    π = exp(F ⊕ G − κC),   κ = Σ 1 / βₛ

so that two vectors and a number hold it, at any scale of C / β. ``LogPlan`` is that. A ``Scaling``
is the same plan as a matrix, on which a step costs one pass over memory; it is made anew from the
vectors before rounding, or entries that vanished and should come back, can do harm.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from isogloss.models.optimal_transport.sweep import row_blocks, times

_LARGEST_LOG_SCALING = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """What does not change while a problem is solved.

    Attributes:
        cost: C of shape [*batch, n, m]; infinite where a pair is forbidden.
        a: Row sums to reach, [*batch, n].
        b: Column sums to reach, [*batch, m].

    """

    cost: Float[Tensor, "*batch n m"]
    a: Float[Tensor, "*batch n"]
    b: Float[Tensor, "*batch m"]

    def blocks(self) -> Iterator[slice]:
        """Blocks of rows, small enough for the cache."""
        return row_blocks(self.cost)


@dataclass(frozen=True, slots=True, eq=False)
class LogPlan:
    """The plan by its potentials, and what the last step added to them.

    Attributes:
        f: F of shape [*batch, n]; −∞ where a is 0.
        g: G of shape [*batch, m]; −∞ where b is 0.
        source_growth: β times what the last step added to F: β log a of Algorithm 1.
        target_growth: β times what it added to G: β log b, from which the next step starts warm.
        kappa: κ = Σ 1 / β. Steps solved to the end give the entropic plan of ε = 1 / κ.

    """

    f: Float64[Tensor, "*batch n"]
    g: Float64[Tensor, "*batch m"]
    source_growth: Float64[Tensor, "*batch n"]
    target_growth: Float64[Tensor, "*batch m"]
    kappa: float

    @classmethod
    def first(cls, geometry: Geometry) -> LogPlan:
        """Start as Algorithm 1 does, from the matrix of ones and scalings that are all the same."""
        f, g = log_of_mask(geometry.a > 0), log_of_mask(geometry.b > 0)
        return cls(f, g, torch.zeros_like(f), torch.zeros_like(g), 0.0)

    def rows(self, geometry: Geometry, rows: slice) -> Float[Tensor, "*batch rows m"]:
        """Compute some rows of the plan, in the type of the cost."""
        cost = geometry.cost[..., rows, :]
        block = torch.empty_like(cost)
        fill_exponential(block, cost, self.f[..., rows], self.g, rate=self.kappa)
        return block


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """The plan diag(u) M diag(v), where M = exp(F₀ ⊕ G₀ − κ₀C) ∘ Kˢ.

    The kernel K = exp((φ ⊕ ψ − C) / β) holds what the scalings a and b of Algorithm 1 were when it
    was made; so u and v change little from step to step, at any β.

    Attributes:
        matrix: M of shape [*batch, n, m], which every step multiplies by K in place.
        plan: F₀, G₀, κ₀, and φ and ψ as its growths.
        u: Row scaling, [*batch, n].
        v: Column scaling, [*batch, m].
        growth: v over the v of the step before.
        steps: Steps s done with the kernel.

    """

    matrix: Float[Tensor, "*batch n m"]
    plan: LogPlan
    u: Float[Tensor, "*batch n"]
    v: Float[Tensor, "*batch m"]
    growth: Float[Tensor, "*batch m"]
    steps: int = 0

    def in_range(self) -> bool:
        """Whether both scalings are finite and none is extreme; 0 marks a point that is out."""
        bound = math.exp(_LARGEST_LOG_SCALING)
        return all(
            float(scaling.amax()) < bound  # false for NaN
            and float(torch.where(scaling > 0, scaling, 1).amin()) > 1 / bound
            for scaling in (self.u, self.v)
        )

    def row_error(self, geometry: Geometry) -> float:
        """Total variation between row sums and weights, the largest of the batch."""
        sums = self.u * times(self.matrix, self.v)
        return float((sums - geometry.a).abs().sum(dim=-1).amax()) / 2

    def log_plan(self, beta: float) -> LogPlan:
        """Go back to the log domain, after steps of strength ``beta``."""
        plan, share = self.plan, self.steps / beta
        return LogPlan(
            plan.f + self.u.double().log() + share * plan.source_growth,
            plan.g + self.v.double().log() + share * plan.target_growth,
            plan.source_growth,
            plan.target_growth + beta * self.growth.double().log(),
            plan.kappa + share,
        )


def fill_exponential(
    block: Float[Tensor, "*batch rows m"],
    cost: Float[Tensor, "*batch rows m"],
    row: Float64[Tensor, "*batch rows"],
    column: Float64[Tensor, "*batch m"],
    *,
    rate: float,
) -> None:
    """Fill a block with exp(row ⊕ column − rate · C).

    The exponent is a small difference of large numbers, so it is computed in double precision.
    """
    exponent = block if block.dtype == torch.float64 else torch.empty_like(cost, dtype=row.dtype)
    torch.mul(exponent.copy_(cost), -rate, out=exponent)
    exponent.add_(column[..., None, :]).add_(row[..., None])
    exponentiate(block.copy_(exponent))


def exponentiate(block: Float[Tensor, "*shape"]) -> None:
    """Take the exponential in place; what is too small for a normal number becomes 0.

    Left to itself, the vector mathematics library that PyTorch uses takes ten times as long for
    results that underflow or nearly do, which are most of a sharp plan.
    """
    smallest = 1000 * torch.finfo(block.dtype).tiny
    block.clamp_(min=math.log(smallest)).exp_()
    torch.nn.functional.threshold(block, 2 * smallest, 0.0, inplace=True)


def log_of_mask(mask: Bool[Tensor, "*batch k"]) -> Float64[Tensor, "*batch k"]:
    """0 where the mask holds, else −∞."""
    return torch.where(mask, 0.0, -torch.inf).double()
