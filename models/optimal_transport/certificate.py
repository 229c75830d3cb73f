"""How good a plan is, without knowing the optimum: duality, and rounding to the marginals."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from isogloss.models.optimal_transport.scaled_plan import Geometry, LogPlan
from isogloss.models.optimal_transport.sweep import times


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """Bounds on the optimum, and what the plan lacks of its marginals.

    Attributes:
        cost: Σ Cπ of shape [*batch].
        lower_bound: Value of potentials that are feasible for the dual, [*batch].
        source_marginal_error: Total variation between row sums and weights, [*batch].
        target_marginal_error: The same of the columns, [*batch].

    """

    cost: Float64[Tensor, "*batch"]
    lower_bound: Float64[Tensor, "*batch"]
    source_marginal_error: Float64[Tensor, "*batch"]
    target_marginal_error: Float64[Tensor, "*batch"]

    def within(self, tolerance: float) -> bool:
        """Whether cost and bound, and both marginals, agree within a relative tolerance."""
        gap = (self.cost - self.lower_bound).abs()
        return bool(
            (gap <= tolerance * self.cost.abs()).all()
            and (self.source_marginal_error <= tolerance).all()
            and (self.target_marginal_error <= tolerance).all()
        )


def certify(geometry: Geometry, plan: LogPlan) -> Certificate:
    """Measure a plan in one pass over the cost."""
    a, b = geometry.a.double(), geometry.b.double()
    candidates = _candidates(geometry, plan)
    values = [torch.where(b > 0, b * target, 0).sum(dim=-1) for target in candidates]
    short, cost, sums = torch.zeros_like(values[0]), torch.zeros_like(values[0]), 0 * b
    ones, gaps = torch.ones_like(geometry.b), torch.empty(0, dtype=b.dtype, device=b.device)
    for rows in geometry.blocks():
        weights, costs = a[..., rows], geometry.cost[..., rows, :].double()
        block = plan.rows(geometry, rows)
        short = short + (times(block, ones).double() - weights).abs().sum(dim=-1) / 2
        sums += times(block.mT, torch.ones_like(block[..., 0])).double()
        cost = cost + _cost_of(block, costs)
        for number, target in enumerate(candidates):
            gaps = torch.sub(costs, target[..., None, :], out=gaps.resize_(costs.shape))
            companion = gaps.amin(dim=-1)
            values[number] = values[number] + _weighted(weights, companion).sum(dim=-1)
    return Certificate(cost, torch.maximum(*values), short, (sums - b).abs().sum(dim=-1) / 2)


def feasible_potentials(
    geometry: Geometry, plan: LogPlan
) -> tuple[Float64[Tensor, "*batch n"], Float64[Tensor, "*batch m"], Float64[Tensor, "*batch"]]:
    """Potentials φ and ψ with φᵢ + ψⱼ ≤ Cᵢⱼ everywhere, also at points that are out; their value.

    Each is the best companion of the other: φᵢ = minⱼ Cᵢⱼ − ψⱼ, then ψⱼ = minᵢ Cᵢⱼ − φᵢ.
    """
    first, second = (_completed(geometry, target) for target in _candidates(geometry, plan))
    better = second[2] > first[2]
    return (
        torch.where(better[..., None], second[0], first[0]),
        torch.where(better[..., None], second[1], first[1]),
        torch.where(better, second[2], first[2]),
    )


def upper_bound(geometry: Geometry, plan: LogPlan) -> Float64[Tensor, "*batch"]:
    """Cost of the feasible plan that rounding makes (Altschuler et al. 2017, Algorithm 2).

    Rows that send too much are scaled down, and what is then missing is sent as a product. Infinite
    where that would use a forbidden pair.
    """
    a, b = geometry.a.double(), geometry.b.double()
    kept, missing_rows, sums = torch.zeros_like(b[..., 0]), torch.empty_like(a), torch.zeros_like(b)
    for rows in geometry.blocks():
        block = plan.rows(geometry, rows).double()
        total = block.sum(dim=-1)
        share = torch.where(total > a[..., rows], a[..., rows] / total, 1)
        block.mul_(share[..., None])
        missing_rows[..., rows] = (a[..., rows] - total * share).clamp_min(0)
        costs = geometry.cost[..., rows, :].double()
        kept = kept + _cost_of(block, costs)
        sums += block.sum(dim=-2)
    missing_columns = (b - sums).clamp_min(0)
    added = torch.zeros_like(kept)
    for rows in geometry.blocks():
        sent = missing_rows[..., rows, None] * missing_columns[..., None, :]
        costs = geometry.cost[..., rows, :].double()
        added = added + _cost_of(sent, costs)
    return kept + added / missing_rows.sum(dim=-1).clamp_min(torch.finfo(torch.float64).tiny)


def _candidates(geometry: Geometry, plan: LogPlan) -> tuple[Float64[Tensor, "*batch m"], ...]:
    """Two estimates of ψ: the mean over all steps, good early, and the last step's, good late."""
    return tuple(
        torch.where(geometry.b > 0, target, -torch.inf)
        for target in (plan.g / plan.kappa, plan.target_growth)
    )


def _completed(
    geometry: Geometry, target: Float64[Tensor, "*batch m"]
) -> tuple[Float64[Tensor, "*batch n"], Float64[Tensor, "*batch m"], Float64[Tensor, "*batch"]]:
    a, b = geometry.a.double(), geometry.b.double()
    source, closest = torch.empty_like(a), torch.full_like(b, torch.inf)
    for rows in geometry.blocks():
        costs = geometry.cost[..., rows, :].double()
        companion = (costs - target[..., None, :]).amin(dim=-1).nan_to_num(posinf=0)
        source[..., rows] = companion
        closest = torch.minimum(closest, (costs - companion[..., None]).amin(dim=-2))
    closest = closest.nan_to_num(posinf=0)
    return source, closest, _weighted(a, source).sum(dim=-1) + _weighted(b, closest).sum(dim=-1)


def _cost_of(
    plan: Float[Tensor, "*batch rows m"], costs: Float64[Tensor, "*batch rows m"]
) -> Float64[Tensor, "*batch"]:
    """Σ Cπ of a block; a forbidden pair that sends nothing costs nothing."""
    total = (plan * costs).sum(dim=(-2, -1))
    if torch.isnan(total).any():
        total = torch.where(plan > 0, plan * costs, 0).sum(dim=(-2, -1))
    return total


def _weighted(
    weights: Float64[Tensor, "*batch k"], values: Float64[Tensor, "*batch k"]
) -> Float64[Tensor, "*batch k"]:
    return torch.where(weights > 0, weights * values, 0)
