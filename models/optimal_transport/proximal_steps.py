"""The steps of IPOT: exact in the log domain, or cheap on a matrix that such a step left."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from isogloss.models.optimal_transport.scaled_plan import (
    Geometry,
    LogPlan,
    Scaling,
    exponentiate,
    fill_exponential,
    log_of_mask,
)
from isogloss.models.optimal_transport.sweep import ratio, sweep, take_steps, times

_COLUMNS_AT_ONCE = 256
_LARGEST_LOG_OF_A_GOOD_GUESS = 5.0


def exact_step(
    geometry: Geometry,
    before: LogPlan,
    memory: Float[Tensor, "*batch n m"],
    *,
    beta: float,
    inner_iterations: int,
) -> tuple[LogPlan, Scaling]:
    """Do one proximal step: the first sweep in the log domain, the others on its matrix.

    Args:
        geometry: The problem.
        before: Where the step starts.
        memory: Becomes the matrix of the scaling.
        beta: Strength β of the step.
        inner_iterations: Sweeps, L of Algorithm 1.

    """
    kappa = before.kappa + 1 / beta
    start = before.g + before.target_growth / beta
    # What the last step added is a good guess of what this one will, once the first are done.
    shift = before.f + before.source_growth / beta
    u, sums = torch.empty_like(geometry.a), torch.zeros_like(geometry.b)
    for rows in geometry.blocks():
        block = memory[..., rows, :]
        u[..., rows] = _fit_rows(geometry, block, rows, (shift, start, kappa))
        sums += times(block.mT, u[..., rows])
    f, g = shift + u.double().log(), start + _log_ratio(geometry.b, sums)
    limits = torch.finfo(sums.dtype)
    lost = (geometry.b > 0) & (sums < limits.tiny / limits.eps)
    if lost.any():
        g = torch.where(lost, _column_potential(geometry, f, lost, kappa), g)
    v = torch.where(geometry.b > 0, (g - start).exp(), 0).to(sums.dtype)
    origin = replace(before, f=shift, g=start, kappa=kappa)
    scaling = Scaling(memory, origin, u, v, torch.ones_like(v))
    for _ in range(inner_iterations - 1):
        u, v = sweep(memory, geometry.a, geometry.b, scaling.v, None)
        swept = replace(scaling, u=u, v=v)
        if not swept.in_range():
            break  # what was reached stands, and the next step goes on from there
        scaling = swept
        f, g = shift + u.double().log(), start + v.double().log()
    after = LogPlan(f, g, _gain(f, before.f, beta), _gain(g, before.g, beta), kappa)
    growing = replace(origin, source_growth=after.source_growth, target_growth=after.target_growth)
    return after, replace(scaling, plan=growing)


def fill_kernel(
    geometry: Geometry, plan: LogPlan, memory: Float[Tensor, "*batch n m"], *, beta: float
) -> None:
    """Fill K = exp((φ ⊕ ψ − C) / β) from the growths of a plan; 0 for points that are out."""
    source = plan.source_growth / beta + log_of_mask(geometry.a > 0)
    target = plan.target_growth / beta + log_of_mask(geometry.b > 0)
    for rows in geometry.blocks():
        cost = geometry.cost[..., rows, :]
        fill_exponential(memory[..., rows, :], cost, source[..., rows], target, rate=1 / beta)


def cheap_steps(
    geometry: Geometry,
    scaling: Scaling,
    kernel: Float[Tensor, "*batch n m"],
    *,
    inner_iterations: int,
    count: int,
) -> Scaling:
    """Do proximal steps by products alone; they may leave the range, which is for the caller."""
    u, v, growth = take_steps(
        scaling.matrix,
        kernel,
        (geometry.a, geometry.b),
        (scaling.v, scaling.growth),
        inner_iterations=inner_iterations,
        count=count,
    )
    return replace(scaling, u=u, v=v, growth=growth, steps=scaling.steps + count)


def _fit_rows(
    geometry: Geometry,
    block: Float[Tensor, "*batch rows m"],
    rows: slice,
    plan: tuple[Float64[Tensor, "*batch n"], Float64[Tensor, "*batch m"], float],
) -> Float[Tensor, "*batch rows"]:
    """Fill a block of exp(F ⊕ G − κC), and scale its rows to their weights.

    F is a guess; where it is a bad one, it is replaced in place by what fits.
    """
    shift, start, kappa = plan
    a, cost = geometry.a[..., rows], geometry.cost[..., rows, :]
    fill_exponential(block, cost, shift[..., rows], start, rate=kappa)
    ones = torch.ones_like(geometry.b)
    u = ratio(a, times(block, ones))
    size = torch.where(a > 0, u.log().abs(), 0).amax() if u.numel() else u.sum()
    if float(size) < _LARGEST_LOG_OF_A_GOOD_GUESS:  # false for NaN
        return u
    exponent = torch.sub(start[..., None, :], cost.double(), alpha=kappa)
    largest = exponent.amax(dim=-1).nan_to_num_(neginf=0)
    exponentiate(block.copy_(exponent.sub_(largest[..., None])))
    total = times(block, ones)
    block.mul_(ratio(a, total)[..., None])
    shift[..., rows] = _log_ratio(a, total) - largest
    return (a > 0).to(block.dtype)


def _column_potential(
    geometry: Geometry,
    f: Float64[Tensor, "*batch n"],
    lost: Bool[Tensor, "*batch m"],
    kappa: float,
) -> Float64[Tensor, "*batch m"]:
    """G of columns whose sum is too small for the linear domain."""
    g = torch.full_like(lost, -torch.inf, dtype=torch.float64)
    columns = lost.flatten(0, -2).any(dim=0) if lost.ndim > 1 else lost
    for chosen in torch.split(columns.nonzero().squeeze(1), _COLUMNS_AT_ONCE):
        cost = geometry.cost[..., chosen].double()
        log_sums = torch.logsumexp(f[..., :, None] - kappa * cost, dim=-2)
        g[..., chosen] = geometry.b[..., chosen].double().log() - log_sums
    return g


def _log_ratio(
    weights: Float[Tensor, "*batch k"], sums: Float[Tensor, "*batch k"]
) -> Float64[Tensor, "*batch k"]:
    ratio = weights.double().log() - sums.double().log()
    return torch.where(weights > 0, ratio, -torch.inf)


def _gain(
    after: Float64[Tensor, "*batch k"], before: Float64[Tensor, "*batch k"], beta: float
) -> Float64[Tensor, "*batch k"]:
    """β times what a step added; 0 for a point that is out."""
    return torch.where(after > -torch.inf, beta * (after - before), 0)
