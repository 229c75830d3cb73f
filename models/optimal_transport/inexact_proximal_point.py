"""IPOT: exact optimal transport by inexact proximal points (Xie et al. 2019, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.certificate import (
    Certificate,
    certify,
    feasible_potentials,
    upper_bound,
)
from isogloss.models.optimal_transport.problem import TransportOutput, TransportProblem
from isogloss.models.optimal_transport.proximal_steps import cheap_steps, exact_step, fill_kernel
from isogloss.models.optimal_transport.scaled_plan import Geometry, LogPlan, Scaling

_LONGEST_RUN = 128
_STEPS_BETWEEN_CHECKS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ProximalSettings:
    """How to iterate.

    Attributes:
        beta: Strength β of the proximal term, in units of the cost. Any positive value leads to the
            optimum; the fastest is near a tenth of the mean cost.
        inner_iterations: Sweeps L per proximal step.
        iterations: Proximal steps at most.
        tolerance: Stop when cost and lower bound, and the marginals, agree within this share. 0
            never stops early, and a few iterations then are a regularisation: t steps solved to the
            end give the entropic plan of ε = β / t.
        check_every: Steps between two looks at the tolerance.
        first_beta: Strength of the first step, which falls as 1 / t until it is ``beta``; None
            keeps ``beta`` from the start, as the paper does. A small ``beta`` needs it: alone, one
            sweep moves a potential by no more than about β.

    """

    beta: float
    inner_iterations: int = 1
    iterations: int = 2000
    tolerance: float = 1e-4
    check_every: int = 50
    first_beta: float | None = None

    def __post_init__(self) -> None:
        for name in ("beta", "first_beta"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise OptionError(f"{name}: expected a positive number, found {value}")
        for name in ("inner_iterations", "iterations", "check_every"):
            if getattr(self, name) < 1:
                raise OptionError(f"{name}: expected at least 1, found {getattr(self, name)}")
        if not self.tolerance >= 0:
            raise OptionError(f"tolerance: expected 0 or more, found {self.tolerance}")

    def strength(self, step: int, largest_cost: float) -> float:
        """β of a step, counted from 0.

        No less than what float64 can tell: κC stays below 1e11, with five digits behind the point.
        """
        floor = max(self.beta, 1e-11 * self.iterations * largest_cost)
        return floor if self.first_beta is None else max(floor, self.first_beta / (1 + step))


def solve_inexact_proximal_point(
    problem: TransportProblem,
    settings: ProximalSettings,
    *,
    observe: Callable[[int], None] = lambda _: None,
) -> TransportOutput:
    """Solve by proximal steps, each of a few Sinkhorn sweeps.

    Memory: the cost and two matrices of its size.

    Args:
        problem: What to solve; a batch is solved as one.
        settings: How to iterate.
        observe: Is told the number of steps done, now and then.

    """
    geometry = _geometry(problem)
    done, looked, plan = 0, 0, LogPlan.first(geometry)
    certificate: Certificate | None = None
    for done, plan, scaling in _steps(geometry, settings):
        observe(done)
        certificate = None
        if settings.tolerance > 0 and done - looked >= settings.check_every:
            looked = done
            # The bounds cost as much as twenty steps, the row sums a fifth of one.
            if scaling is None or scaling.row_error(geometry) <= settings.tolerance:
                certificate = certify(geometry, plan)
                if certificate.within(settings.tolerance):
                    break
    return _output(geometry, plan, certificate or certify(geometry, plan), settings, done)


def _geometry(problem: TransportProblem) -> Geometry:
    cost = problem.cost.detach()
    if problem.allowed is not None:
        cost = cost.masked_fill(~problem.allowed, torch.inf)
    return Geometry(cost, problem.source_weights.detach(), problem.target_weights.detach())


def _steps(
    geometry: Geometry, settings: ProximalSettings
) -> Iterator[tuple[int, LogPlan, Scaling | None]]:
    """Yield the plan after each run: one exact step and the cheap ones that it allows.

    Runs get longer while the scalings stay in range and shorter where they do not. With the plan
    goes the same as a scaling, unless steps that went wrong have spoilt its matrix.
    """
    matrix, kernel = torch.empty_like(geometry.cost), torch.empty_like(geometry.cost)
    largest_cost = float(geometry.cost.abs().nan_to_num(posinf=0).max())
    plan, done, length = LogPlan.first(geometry), 0, 1
    while done < settings.iterations:
        beta = settings.strength(done, largest_cost)
        plan, scaling = exact_step(
            geometry, plan, matrix, beta=beta, inner_iterations=settings.inner_iterations
        )
        done, spoilt = done + 1, False
        wanted = min(length, settings.iterations - done)
        if wanted > 1 and scaling.in_range():
            fill_kernel(geometry, plan, kernel, beta=beta)
            reached = _run(geometry, scaling, kernel, settings.inner_iterations, wanted)
            if reached.steps:
                plan = reached.log_plan(beta)
            done += reached.steps
            length = min(2 * length, _LONGEST_RUN) if reached.steps == wanted else length // 2
            spoilt = reached.steps < wanted
            scaling = reached
        elif wanted <= 1:
            length *= 2
        length = max(length, 2)
        yield done, plan, None if spoilt else scaling


def _run(
    geometry: Geometry,
    scaling: Scaling,
    kernel: Float[Tensor, "*batch n m"],
    inner_iterations: int,
    count: int,
) -> Scaling:
    """Do cheap steps, and give the last ones that stayed in range."""
    good = scaling
    while good.steps < count:
        some = min(_STEPS_BETWEEN_CHECKS, count - good.steps)
        scaling = cheap_steps(geometry, good, kernel, inner_iterations=inner_iterations, count=some)
        if not scaling.in_range():
            break
        good = scaling
    return good


def _output(
    geometry: Geometry,
    plan: LogPlan,
    certificate: Certificate,
    settings: ProximalSettings,
    done: int,
) -> TransportOutput:
    dtype = geometry.cost.dtype
    source, target, value = feasible_potentials(geometry, plan)
    matrix = torch.empty_like(geometry.cost)
    for rows in geometry.blocks():
        matrix[..., rows, :] = plan.rows(geometry, rows)
    return TransportOutput(
        plan=matrix,
        cost=certificate.cost.to(dtype),
        upper_bound=upper_bound(geometry, plan).to(dtype),
        lower_bound=value.to(dtype),
        source_potential=source.to(dtype),
        target_potential=target.to(dtype),
        source_marginal_error=certificate.source_marginal_error.to(dtype),
        target_marginal_error=certificate.target_marginal_error.to(dtype),
        iterations=done,
        converged=certificate.within(settings.tolerance),
    )
