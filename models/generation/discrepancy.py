"""The normalised entropic Gromov-Wasserstein discrepancy between mini-batches (equations 6, 7).

The problem is not convex. From the product of the weights the solver often ends far above the
optimum, also between two batches of one distribution, and what a generator learns from such plans
is blurred. So a first plan is found by lowering ε in stages, and every later batch starts from the
plan of the batch before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.optimal_transport.entropic_gromov_wasserstein import (
    GromovWassersteinProblem,
    solve_entropic_gromov_wasserstein,
)
from isogloss.models.optimal_transport.marginals import project_on_marginals

_SMALLEST_SQUARE = 1e-12
_WITHIN = 3
_EPSILON = 0.005
_FIRST = 5
_QUANTILES = 50
_PROFILE_EPSILON = 0.002
_STAGES = (0.2, 0.1, 0.05, 0.02, 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class CouplingSettings:
    """How batches are coupled.

    Attributes:
        epsilon: Strength of the entropy, for distances of mean 1.
        outer_iterations: Steps of the projected gradient, at each ε where there are several.
        inner_iterations: Sinkhorn sweeps in each, in the log domain where the scale asks for it.

    """

    epsilon: float = _EPSILON
    outer_iterations: int = 2
    inner_iterations: int = 10


_CAREFUL = CouplingSettings(outer_iterations=_FIRST, inner_iterations=20)


def distances(points: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """Euclidean distances within a batch, with a gradient of zero between points that coincide."""
    squares = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").square()
    found: Tensor = squares.clamp(min=_SMALLEST_SQUARE).sqrt() - _SMALLEST_SQUARE**0.5
    return found


def coupling(
    c: Float[Tensor, "n n"],
    d: Float[Tensor, "m m"],
    settings: CouplingSettings,
    start: Float[Tensor, "n m"] | None = None,
) -> Float[Tensor, "n m"]:
    """Couple two batches by distances divided by their means, so that ε fits at any scale.

    Without a start, ε is lowered in stages, each from the plan of the one before.
    """
    with torch.no_grad():
        c, d = _of_mean_one(c), _of_mean_one(d)
        if start is None:
            few = replace(settings, outer_iterations=max(_FIRST, settings.outer_iterations))
            stages = (*(each for each in _STAGES if each > settings.epsilon), settings.epsilon)
            return _descended(c, d, stages, few, None)
        return _solved(c, d, settings, start)


def carried_coupling(
    to_source: Float[Tensor, "n n0"],
    to_target: Float[Tensor, "m m0"],
    plan: Float[Tensor, "n0 m0"],
    settings: CouplingSettings,
) -> Float[Tensor, "n m"]:
    """Couple two new batches by their distances to two old ones and the plan of these.

    The cost that the projected gradient linearises at the old plan, Σ (c(x, xᵢ) − d(y, yⱼ))² πᵢⱼ,
    is defined for any x and y, so one step of it can be taken on points that the plan never saw.
    """
    with torch.no_grad():
        c, d = _of_mean_one(to_source), _of_mean_one(to_target)
        constant = (c.square() @ plan.sum(dim=1))[:, None] + (d.square() @ plan.sum(dim=0))[None, :]
        cost = constant - 2 * c @ plan @ d.T
        a, b = (torch.full_like(each[:, 0], 1 / len(each)) for each in (c, d))
        found, _ = project_on_marginals(
            -2 * cost / settings.epsilon,
            a,
            b,
            torch.zeros_like(b),
            sweeps=settings.inner_iterations,
        )
        return found


def distortion(
    c: Float[Tensor, "n n"], d: Float[Tensor, "m m"], plan: Float[Tensor, "n m"]
) -> Float[Tensor, ""]:
    """Σ (Cᵢᵢ' − Dⱼⱼ')² πᵢⱼ πᵢ'ⱼ', with gradients for C and D and none for π.

    By the envelope theorem that is the gradient of the optimal value; nothing is propagated through
    the iterations that led to the plan.
    """
    a, b = plan.sum(dim=1), plan.sum(dim=0)
    own = (c.square() @ a) @ a + (d.square() @ b) @ b
    return own - 2 * ((c @ plan @ d) * plan).sum()


def normalised_discrepancy(
    c: Float[Tensor, "n n"],
    d: Float[Tensor, "m m"],
    settings: CouplingSettings,
    plan: Float[Tensor, "n m"] | None = None,
) -> Float[Tensor, ""]:
    """2 GW(C, D) − GW(C, C) − GW(D, D), without which the entropy would pull batches together.

    Plans are found on distances of mean 1, the value is taken on the distances as they are. The
    plan between C and D is found here where none is given.
    """
    between = distortion(c, d, coupling(c, d, settings) if plan is None else plan)
    return 2 * between - _within(c, settings) - _within(d, settings)


def careful_discrepancy(c: Float[Tensor, "n n"], d: Float[Tensor, "m m"]) -> float:
    """Give the normalised discrepancy for the best plan of several descents, to judge by.

    Distances are divided by the mean of C, so that results of different data can be compared.
    """
    c, d = c / c.mean(), d / c.mean()
    return float(normalised_discrepancy(c, d, _CAREFUL, careful_coupling(c, d)))


def careful_coupling(c: Float[Tensor, "n n"], d: Float[Tensor, "m m"]) -> Float[Tensor, "n m"]:
    """Couple two batches by the best of several descents.

    Two begin at the product of the weights, at different ε, and one where points with like
    distances to all others are coupled (Mémoli 2011, third lower bound).
    """
    with torch.no_grad():
        return _best_of_descents(_of_mean_one(c), _of_mean_one(d))


def _best_of_descents(c: Float[Tensor, "n n"], d: Float[Tensor, "m m"]) -> Float[Tensor, "n m"]:
    starts = ((0, None), (2, None), (2, _by_profiles(c, d)))
    plans = [_descended(c, d, _STAGES[first:], _CAREFUL, start) for first, start in starts]
    last = replace(_CAREFUL, outer_iterations=3 * _FIRST)
    plans = [_solved(c, d, last, plan) for plan in plans]
    return min(plans, key=lambda plan: float(distortion(c, d, plan)))


def _descended(
    c: Float[Tensor, "n n"],
    d: Float[Tensor, "m m"],
    stages: tuple[float, ...],
    settings: CouplingSettings,
    start: Float[Tensor, "n m"] | None,
) -> Float[Tensor, "n m"]:
    """Solve at one ε after the other, each from the plan of the one before."""
    plan = _solved(c, d, replace(settings, epsilon=stages[0]), start)
    for epsilon in stages[1:]:
        plan = _solved(c, d, replace(settings, epsilon=epsilon), plan)
    return plan


def _by_profiles(c: Float[Tensor, "n n"], d: Float[Tensor, "m m"]) -> Float[Tensor, "n m"]:
    """Entropic transport between points by the quantiles of their distances."""
    shares = torch.linspace(0, 1, _QUANTILES, dtype=c.dtype)
    first, second = (torch.quantile(each, shares, dim=1).T for each in (c, d))
    cost = torch.cdist(first, second).square() / _QUANTILES
    a, b = (torch.full_like(each[0], 1 / len(each)) for each in (c, d))
    found, _ = project_on_marginals(
        -cost / _PROFILE_EPSILON, a, b, torch.zeros_like(b), sweeps=_CAREFUL.inner_iterations
    )
    return found


def _solved(
    c: Float[Tensor, "n n"],
    d: Float[Tensor, "m m"],
    settings: CouplingSettings,
    start: Float[Tensor, "n m"] | None,
) -> Float[Tensor, "n m"]:
    a, b = (torch.full_like(each[0], 1 / len(each)) for each in (c, d))
    return solve_entropic_gromov_wasserstein(
        GromovWassersteinProblem(c, d, a, b, settings.epsilon),
        outer_iterations=settings.outer_iterations,
        inner_iterations=settings.inner_iterations,
        start=start,
    ).plan


def _of_mean_one(table: Float[Tensor, "rows columns"]) -> Float[Tensor, "rows columns"]:
    return table / table.mean().clamp(min=_SMALLEST_SQUARE)


def _within(c: Float[Tensor, "n n"], settings: CouplingSettings) -> Float[Tensor, ""]:
    """GW(C, C), whose plan starts at the identity and so is near its end."""
    identity = torch.eye(len(c), dtype=c.dtype, device=c.device) / len(c)
    few = replace(settings, outer_iterations=min(_WITHIN, settings.outer_iterations))
    return distortion(c, c, coupling(c, c, few, identity))
