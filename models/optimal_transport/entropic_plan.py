"""The entropic plan as a function of the cost, differentiated at Sinkhorn's fixed point.

With exact marginals a, b the plan is S = exp((f ⊕ g − C)/ε) with S1 = a, Sᵀ1 = b. With inexact
ones the marginals are only wanted: ρ KL(S1 | a) + ρ KL(Sᵀ1 | b) is added to the cost, and
S1 = a e^{−f/ρ} (Chizat et al. 2018). Either way the equations of the fixed point give the
derivative, and nothing is propagated through the sweeps (Xie et al. 2021; Luise et al. 2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from isogloss.models.errors import OptionError

_LARGEST_LOG_SCALING = 30.0
_SWEEPS_BETWEEN_CHECKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EntropicPlanSettings:
    """How a plan is found.

    Attributes:
        epsilon: Strength of the entropy, in units of the cost.
        marginal_penalty: ρ, in units of the cost; infinite asks for exact marginals.
        sweeps: Updates of both potentials at most.
        tolerance: Change of the potentials in a sweep, over ε, at which it is done.

    """

    epsilon: float
    marginal_penalty: float = math.inf
    sweeps: int = 2000
    tolerance: float = 1e-9

    def __post_init__(self) -> None:
        if not (self.epsilon > 0 and self.marginal_penalty > 0 and self.sweeps > 0):
            raise OptionError(
                "entropic plan: expected epsilon, marginal_penalty and sweeps above 0, found "
                f"{self.epsilon}, {self.marginal_penalty} and {self.sweeps}"
            )

    @property
    def slack(self) -> float:
        """1 + ε/ρ, by which the diagonal of the fixed point's equations grows; 1 if exact."""
        return 1 + self.epsilon / self.marginal_penalty


def entropic_plan(
    cost: Float[Tensor, "*batch n m"],
    a: Float[Tensor, "*batch n"],
    b: Float[Tensor, "*batch m"],
    settings: EntropicPlanSettings,
    target_potential: Float[Tensor, "*batch m"] | None = None,
) -> tuple[Float[Tensor, "*batch n m"], Float[Tensor, "*batch m"]]:
    """Find the plan, with its gradient by the cost; and the target potential g, to start from.

    Args:
        cost: Finite costs.
        a: Weights of the rows, positive.
        b: Weights of the columns, positive, of the same sum.
        settings: How.
        target_potential: Where the sweeps start, in units of the cost: for instance what the last
            call returned, which may have had another ε.

    """
    with torch.no_grad():
        start = torch.zeros_like(b) if target_potential is None else target_potential
        start = start / settings.epsilon
        solution = _sweep(-cost / settings.epsilon, a.log(), b.log(), start, settings)
    plan: Tensor = _ImplicitPlan.apply(cost, solution.plan, settings)  # type: ignore[no-untyped-call]
    return plan, solution.target_potential * settings.epsilon


@final
class _ImplicitPlan(torch.autograd.Function):
    """Gives a plan that was found already, and the derivative of how it came to be."""

    @staticmethod
    def forward(ctx: Any, cost: Tensor, plan: Tensor, settings: EntropicPlanSettings) -> Tensor:
        ctx.save_for_backward(plan)
        ctx.settings = settings
        return plan.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        # S = exp((f ⊕ g − C)/ε) and κ r df + S dg = (S ∘ dC)1, κ c dg + Sᵀdf = (S ∘ dC)ᵀ1, where
        # r, c are the marginals of S. The system is symmetric: its adjoint is itself.
        (plan,) = ctx.saved_tensors
        settings: EntropicPlanSettings = ctx.settings
        weighted = plan * gradient
        u, v = _solve_marginals(plan, weighted.sum(dim=-1), weighted.sum(dim=-2), settings.slack)
        rest = gradient - u[..., :, None] - v[..., None, :]
        return -plan * rest / settings.epsilon, None, None


def _solve_marginals(
    plan: Tensor, rows: Tensor, columns: Tensor, slack: float
) -> tuple[Tensor, Tensor]:
    """Solve κ r u + S v = rows, Sᵀu + κ c v = columns by elimination of u."""
    r, c = plan.sum(dim=-1), plan.sum(dim=-2)
    shared = plan.transpose(-1, -2) @ (plan / (slack * r[..., :, None]))
    right = columns - (plan.transpose(-1, -2) @ (rows / (slack * r))[..., None])[..., 0]
    # κ c − Sᵀ(S/κr) as a Laplacian and a positive diagonal: nothing cancels. The Laplacian leaves a
    # constant free, which c cᵀ fixes.
    off_diagonal = shared - torch.diag_embed(shared.diagonal(dim1=-2, dim2=-1))
    diagonal = off_diagonal.sum(dim=-1) + (slack - 1 / slack) * c
    scale = c.mean(dim=-1, keepdim=True)
    floor = torch.finfo(plan.dtype).eps * scale
    matrix = torch.diag_embed(diagonal + floor) - off_diagonal
    if slack == 1:
        matrix = matrix + c[..., :, None] * c[..., None, :] / c.sum(dim=-1)[..., None, None]
    v = torch.linalg.solve(matrix, right)
    u = (rows - (plan @ v[..., None])[..., 0]) / (slack * r)
    return u, v


class _Solution(NamedTuple):
    plan: Tensor
    target_potential: Tensor


def _sweep(
    log_kernel: Tensor,
    log_a: Tensor,
    log_b: Tensor,
    target_potential: Tensor,
    settings: EntropicPlanSettings,
) -> _Solution:
    """Scale the kernel, by multiplications where they are safe and in the log domain elsewhere.

    One sweep in the log domain fixes the scale; the sweeps after it multiply the scaled matrix by
    vectors, which are absorbed before they leave the range of floating point (Schmitzer 2019).
    """
    share = 1 / settings.slack
    g, done = target_potential, 0
    while True:
        f = share * (log_a - torch.logsumexp(log_kernel + g[..., None, :], dim=-1))
        log_plan = log_kernel + f[..., :, None]
        g_next = share * (log_b - torch.logsumexp(log_plan, dim=-2))
        change = float((g_next - g).abs().max())
        g, done = g_next, done + 1
        plan = torch.exp(log_plan + g[..., None, :])
        if change <= settings.tolerance or done >= settings.sweeps:
            return _Solution(plan, g)
        log_u, log_v = torch.zeros_like(f), torch.zeros_like(g)
        while done < settings.sweeps and change > settings.tolerance:
            u_next, v_next = log_u, log_v
            for _ in range(_SWEEPS_BETWEEN_CHECKS):
                sums = (plan @ v_next.exp()[..., None])[..., 0].log() - f
                u_next = share * (log_a - sums) - f
                sums = (plan.transpose(-1, -2) @ u_next.exp()[..., None])[..., 0].log() - g
                v_last, v_next = v_next, share * (log_b - sums) - g
            if not _in_range(u_next, v_next):
                break  # discard these sweeps: the log domain goes on from the last good ones
            done += _SWEEPS_BETWEEN_CHECKS
            change = float((v_next - v_last).abs().max())
            log_u, log_v = u_next, v_next
        g = g + log_v


def _in_range(*scalings: Tensor) -> bool:
    return all(
        bool(scaling.isfinite().all()) and float(scaling.abs().max()) < _LARGEST_LOG_SCALING
        for scaling in scalings
    )
