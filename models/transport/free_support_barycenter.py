"""The barycenter of point clouds, whose points may lie anywhere (Cuturi and Doucet 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import InputError, OptionError, ShapeError
from isogloss.models.transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.transport.problem import TransportProblem


@dataclass(frozen=True, slots=True, eq=False)
class FreeSupportBarycenterOutput:
    """A cloud in the middle of others.

    Attributes:
        points: Its points, of shape [n, d], all of the same weight.
        cost: Σ λₖ Σ Cπₖ at the end.
        plans: Plan from the points to each cloud, [n, mₖ].
        source_marginal_errors: Total variation between row sums and 1 / n, of each plan.
        iterations: Moves of the points.
        converged: Whether the last one lowered the cost by less than the tolerance.

    """

    points: Float[Tensor, "n d"]
    cost: float
    plans: tuple[Float[Tensor, "n _"], ...]
    source_marginal_errors: tuple[float, ...]
    iterations: int
    converged: bool


def solve_free_support_barycenter(
    clouds: Sequence[Float[Tensor, "_ _"]],
    start: Float[Tensor, "n d"],
    settings: ProximalSettings,
    *,
    weights: Sequence[float] | None = None,
    iterations: int = 20,
    tolerance: float = 1e-4,
) -> FreeSupportBarycenterOutput:
    """Move points to where the plans to all clouds send them, in turn with the plans.

    For squared Euclidean cost the best place of a point is the weighted mean, over the clouds, of
    the mean of what its row of the plan holds (Cuturi and Doucet 2014, equation 8). With sharp
    plans that is the mean of one partner from each cloud, and nothing shrinks to the middle.

    Args:
        clouds: Point clouds, each of shape [mₖ, d]; their points have the same weight.
        start: Where the points start; how many there are stays so.
        settings: How IPOT solves for each plan. Costs are divided by their mean before, so β is a
            share of it.
        weights: λ of the clouds, of sum 1; None gives all the same.
        iterations: Moves at most.
        tolerance: Stop when a move lowers the cost by a smaller share.

    Raises:
        InputError: There is no cloud.
        ShapeError: Dimensions differ, or there are not as many weights as clouds.
        OptionError: ``iterations`` is less than 1.

    """
    shares = _checked(clouds, start, weights, iterations)
    points, cost, converged, moves = start, float("inf"), False, 0
    while moves < iterations:
        outputs = [_plan_to(points, cloud, settings) for cloud in clouds]
        before, cost = cost, sum(s * o[1] for s, o in zip(shares, outputs, strict=True))
        if before - cost < tolerance * cost:
            converged = True
            break
        moves += 1
        images = [
            (plan @ cloud) / plan.sum(dim=1, keepdim=True)
            for (plan, _, _), cloud in zip(outputs, clouds, strict=True)
        ]
        points = sum(
            (share * image for share, image in zip(shares, images, strict=True)),
            start=torch.zeros_like(points),
        )
    outputs = [_plan_to(points, cloud, settings) for cloud in clouds]
    return FreeSupportBarycenterOutput(
        points=points,
        cost=sum(share * value for share, (_, value, _) in zip(shares, outputs, strict=True)),
        plans=tuple(plan for plan, _, _ in outputs),
        source_marginal_errors=tuple(error for _, _, error in outputs),
        iterations=moves,
        converged=converged,
    )


def _checked(
    clouds: Sequence[Float[Tensor, "_ _"]],
    start: Float[Tensor, "n d"],
    weights: Sequence[float] | None,
    iterations: int,
) -> Sequence[float]:
    if not clouds:
        raise InputError("a barycenter needs at least one cloud, found none")
    for cloud in clouds:
        if cloud.shape[1] != start.shape[1]:
            raise ShapeError(
                "clouds", expected=f"[m, {start.shape[1]}]", found=str(list(cloud.shape))
            )
    if iterations < 1:
        raise OptionError(f"iterations: expected at least 1, found {iterations}")
    if weights is None:
        return [1 / len(clouds)] * len(clouds)
    if len(weights) != len(clouds):
        raise ShapeError("weights", expected=f"[{len(clouds)}]", found=f"[{len(weights)}]")
    if min(weights) < 0 or abs(sum(weights) - 1) > 1e-6:
        raise OptionError(f"weights: expected shares of sum 1, found {list(weights)}")
    return weights


def _plan_to(
    points: Float[Tensor, "n d"], cloud: Float[Tensor, "m d"], settings: ProximalSettings
) -> tuple[Float[Tensor, "n m"], float, float]:
    """Plan, its cost, and its marginal error."""
    cost = torch.cdist(points, cloud, compute_mode="donot_use_mm_for_euclid_dist").square()
    scale = cost.mean().clamp_min(torch.finfo(cost.dtype).tiny)
    output = solve_inexact_proximal_point(TransportProblem.uniform(cost / scale), settings)
    return output.plan, float(output.cost * scale), float(output.source_marginal_error)
