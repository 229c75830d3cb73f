"""The working plan of IPOT: exact in the log domain, cheap between two visits there.

After proximal steps of strengths β₁, β₂, … the plan of Algorithm 1 is

    π = exp(F ⊕ G − κC),   κ = Σ 1 / βₛ

so that two vectors and a number hold it, at any scale of C / β. ``LogPlan`` is that. A ``Scaling``
is the same plan as a matrix, on which a step costs one pass over memory; it is made anew from the
vectors before rounding, or entries that vanished and should come back, can do harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

_ELEMENTS_AT_ONCE = 2**17
"""A block of rows that stays in the cache while all of a sweep is done to it."""

_COLUMNS_AT_ONCE = 256
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
        n = self.cost.shape[-2]
        height = max(1, _ELEMENTS_AT_ONCE * n // max(1, self.cost.numel()))
        return (slice(begin, begin + height) for begin in range(0, n, height))


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
        f, g = _log_of_mask(geometry.a > 0), _log_of_mask(geometry.b > 0)
        return cls(f, g, torch.zeros_like(f), torch.zeros_like(g), 0.0)

    def rows(self, geometry: Geometry, rows: slice) -> Float[Tensor, "*batch rows m"]:
        """Compute some rows of the plan, in the type of the cost."""
        exponent = self.g[..., None, :] - self.kappa * geometry.cost[..., rows, :].double()
        return exponent.add_(self.f[..., rows, None]).exp_().to(geometry.cost.dtype)


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
        return all(
            bool(torch.isfinite(scaling).all())
            and float(scaling.log().nan_to_num(neginf=0).abs().amax()) < _LARGEST_LOG_SCALING
            for scaling in (self.u, self.v)
        )

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
    f, sums = torch.empty_like(before.f), torch.zeros_like(geometry.b)
    for rows in geometry.blocks():
        a = geometry.a[..., rows]
        exponent = torch.sub(start[..., None, :], geometry.cost[..., rows, :].double(), alpha=kappa)
        largest = exponent.amax(dim=-1, keepdim=True).nan_to_num_(neginf=0)
        block = exponent.sub_(largest).to(memory.dtype).exp_()
        total = block.sum(dim=-1)
        f[..., rows] = _log_ratio(a, total) - largest.squeeze(-1)
        block.mul_(_ratio(a, total)[..., None])
        sums += block.sum(dim=-2)
        memory[..., rows, :] = block
    g = start + _log_ratio(geometry.b, sums)
    limits = torch.finfo(sums.dtype)
    lost = (geometry.b > 0) & (sums < limits.tiny / limits.eps)
    if lost.any():
        g = torch.where(lost, _column_potential(geometry, f, lost, kappa), g)
    u = (geometry.a > 0).to(sums.dtype)
    v = torch.where(geometry.b > 0, (g - start).exp(), 0).to(sums.dtype)
    origin = replace(before, f=f, g=start, kappa=kappa)
    scaling = Scaling(memory, origin, u, v, torch.ones_like(v))
    for _ in range(inner_iterations - 1):
        u, v = _sweep(geometry, memory, scaling.v, None)
        swept = replace(scaling, u=u, v=v)
        if not swept.in_range():
            break  # what was reached stands, and the next step goes on from there
        scaling = swept
        f, g = origin.f + u.double().log(), start + v.double().log()
    after = LogPlan(f, g, _gain(f, before.f, beta), _gain(g, before.g, beta), kappa)
    growing = replace(origin, source_growth=after.source_growth, target_growth=after.target_growth)
    return after, replace(scaling, plan=growing)


def fill_kernel(
    geometry: Geometry, plan: LogPlan, memory: Float[Tensor, "*batch n m"], *, beta: float
) -> None:
    """Fill K = exp((φ ⊕ ψ − C) / β) from the growths of a plan."""
    source, target = plan.source_growth / beta, plan.target_growth / beta
    for rows in geometry.blocks():
        cost = geometry.cost[..., rows, :].double()
        exponent = torch.sub(target[..., None, :], cost, alpha=1 / beta)
        memory[..., rows, :] = exponent.add_(source[..., rows, None]).to(memory.dtype).exp_()


def cheap_step(
    geometry: Geometry,
    scaling: Scaling,
    kernel: Float[Tensor, "*batch n m"],
    *,
    inner_iterations: int,
) -> Scaling:
    """Do one proximal step by products alone (Algorithm 1, lines 5 to 9)."""
    u, v = _sweep(geometry, scaling.matrix, scaling.v * scaling.growth, kernel)
    for _ in range(inner_iterations - 1):
        u, v = _sweep(geometry, scaling.matrix, v, None)
    growth = torch.where(geometry.b > 0, v / scaling.v, 1)
    return replace(scaling, u=u, v=v, growth=growth, steps=scaling.steps + 1)


def _sweep(
    geometry: Geometry,
    matrix: Float[Tensor, "*batch n m"],
    v: Float[Tensor, "*batch m"],
    kernel: Float[Tensor, "*batch n m"] | None,
) -> tuple[Float[Tensor, "*batch n"], Float[Tensor, "*batch m"]]:
    """Multiply by the kernel, fit the rows, then the columns.

    All of it is done to a block of rows while it is in the cache: the matrix and the kernel are
    read once, and the matrix is written once.
    """
    u, sums = torch.empty_like(geometry.a), torch.zeros_like(geometry.b)
    for rows in geometry.blocks():
        block = matrix[..., rows, :]
        if kernel is not None:
            block.mul_(kernel[..., rows, :])
        fitted = _ratio(geometry.a[..., rows], _times(block, v))
        u[..., rows] = fitted
        sums += _times(block.mT, fitted)
    return u, _ratio(geometry.b, sums)


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


def _times(
    matrix: Float[Tensor, "*batch k l"], vector: Float[Tensor, "*batch l"]
) -> Float[Tensor, "*batch k"]:
    if vector.ndim == 1:
        return torch.mv(matrix, vector)
    return torch.matmul(matrix, vector[..., None]).squeeze(-1)


def _ratio(
    weights: Float[Tensor, "*batch k"], sums: Float[Tensor, "*batch k"]
) -> Float[Tensor, "*batch k"]:
    """Weights over sums; 0 for a point that is out, whatever its sum."""
    return torch.where(weights > 0, weights / sums, 0)


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


def _log_of_mask(mask: Bool[Tensor, "*batch k"]) -> Float64[Tensor, "*batch k"]:
    return torch.where(mask, 0.0, -torch.inf).double()
