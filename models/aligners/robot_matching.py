"""Who translates whom in a dictionary, by what a map costs: plans, prices and pulls of ROBOT."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import RobotRecipe
from isogloss.models.maps.networks import LinearTransport, Transport
from isogloss.models.optimal_transport.correspondence import CorrespondenceSettings, correspondence

_RANDOM_PAIRS = 4096
_SEED = 0
_SMALLEST_DEVIATION = 1e-6
_SWEEPS = 500


class Groups(NamedTuple):
    """Groups of one shape, as rows of the two spaces."""

    sources: Int64[Tensor, "groups n"]
    targets: Int64[Tensor, "groups m"]


def matched_orthogonal_map(
    pair: NormalisedPair,
    groups: list[Groups],
    recipe: RobotRecipe,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Float[Tensor, "d m"]:
    """Fit the orthogonal map and the plans in turns, from the map of all pairs alike.

    Args:
        pair: The spaces.
        groups: Rows of the dictionary.
        recipe: Settings.
        report: Takes the number of a round, from 1, and the loss before its step.

    """
    weight = polar_factor(sum_of_pulls(pair, groups, uniform_pulls(groups)))
    for step in range(1, recipe.rounds + 1):
        transport = LinearTransport(weight)
        settings = match_settings(pair, groups, transport, recipe)
        loss, pulls = match_pulls(
            pair, groups, transport, settings, through_plan=recipe.through_plan
        )
        weight = polar_factor(sum_of_pulls(pair, groups, pulls))
        report(step, loss)
    return weight


def match_cost(
    pair: NormalisedPair, groups: Groups, transport: Transport
) -> Float[Tensor, "groups n m"]:
    """Squared distances between the images and the targets of each group, in float64."""
    image: Tensor = transport(pair.x[groups.sources.flatten()])
    image, y = image.view(*groups.sources.shape, -1), pair.y[groups.targets]
    lengths = image.square().sum(-1)[..., :, None] + y.square().sum(-1)[..., None, :]
    cost: Tensor = (lengths - 2 * image @ y.transpose(-1, -2)).double()
    return cost


def match_settings(
    pair: NormalisedPair, groups: list[Groups], transport: Transport, recipe: RobotRecipe
) -> CorrespondenceSettings:
    """Set the price of staying alone by what random pairs of the lexicon's words cost."""
    sources = torch.cat([each.sources.flatten() for each in groups])
    targets = torch.cat([each.targets.flatten() for each in groups])
    count = min(len(sources), len(targets), _RANDOM_PAIRS)
    generator = torch.Generator().manual_seed(_SEED)
    drawn = [
        rows[torch.randint(len(rows), (count, 1), generator=generator).to(rows.device)]
        for rows in (sources, targets)
    ]
    with torch.no_grad():
        cost = match_cost(pair, Groups(*drawn), transport)
    deviation = float(cost.std(correction=0)) + _SMALLEST_DEVIATION
    price = float(cost.mean()) - recipe.margin * deviation
    return CorrespondenceSettings(
        epsilon=recipe.epsilon * deviation,
        unmatched_cost=price if recipe.correspondence == "inexact" else math.inf,
        sweeps=_SWEEPS,
    )


def uniform_pulls(groups: list[Groups]) -> list[Float[Tensor, "_ _ _"]]:
    """Let all pairs of a group count alike."""
    return [
        torch.full(
            (*each.sources.shape, each.targets.shape[1]),
            1 / each.targets.shape[1],
            device=each.sources.device,
        )
        for each in groups
    ]


def match_pulls(
    pair: NormalisedPair,
    groups: list[Groups],
    transport: Transport,
    settings: CorrespondenceSettings,
    *,
    through_plan: bool = True,
) -> tuple[float, list[Float[Tensor, "_ _ _"]]]:
    """Give the loss and its derivative by the cost of every pair; negative ones push apart.

    Args:
        pair: The spaces.
        groups: Rows of the dictionary.
        transport: The map.
        settings: Of the plans.
        through_plan: Whether the derivative follows the plan too; otherwise it is the plan.

    """
    total, count, pulls = 0.0, 0, []
    for each in groups:
        with torch.no_grad():
            cost = match_cost(pair, each, transport)
        cost.requires_grad_()
        found = correspondence(cost, settings)
        loss = found.loss * each.sources.numel()
        pull = torch.autograd.grad(loss, cost)[0] if through_plan else found.plan.detach()
        pulls.append(pull.to(pair.x.dtype))
        total += float(loss.detach())
        count += each.sources.numel()
    return total / count, pulls


def sum_of_pulls(
    pair: NormalisedPair, groups: list[Groups], pulls: list[Float[Tensor, "_ _ _"]]
) -> Float[Tensor, "d m"]:
    """Sum y xᵀ over all pairs, weighted by their pulls."""
    total = pair.x.new_zeros(pair.y.shape[1], pair.x.shape[1])
    for each, pull in zip(groups, pulls, strict=True):
        gathered = pull.transpose(-1, -2) @ pair.x[each.sources]
        total += pair.y[each.targets.flatten()].T @ gathered.flatten(0, 1)
    return total


def polar_factor(matrix: Float[Tensor, "d m"]) -> Float[Tensor, "d m"]:
    """Find the (semi-)orthogonal matrix of the largest inner product with a matrix."""
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    weight: Tensor = left @ right
    return weight
