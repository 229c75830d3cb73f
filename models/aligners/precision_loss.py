"""Precision at k of induced pairs, soft enough to be a loss: SOFT top-k over CSLS scores."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.contrasts import Contrasts
from isogloss.models.neighbours.csls import hubness, unit
from isogloss.models.optimal_transport.soft_top_k import soft_top_k

_REPEATED = -10.0
"""Score of a right word that stands among the wrong ones too: below every CSLS score."""


def soft_precision_loss(
    x: Float[Tensor, "n m"],
    y: Float[Tensor, "k d"],
    weight: Float[Tensor, "d m"],
    *,
    places: int,
    epsilon: float,
) -> Callable[[Float[Tensor, "d m"], Contrasts], Float[Tensor, ""]]:
    """Make the loss 1 − the mean share of the right word among the first places, both ways.

    Candidates are ranked by CSLS, 2 cos(Wx, y) − r, whose hubness r stays that of the map at the
    start. The right word and its nearest wrong ones compete for the places by SOFT top-k: a pair
    that is sure of its place, or far from one, pulls at the map no more, unlike in RCSLS.

    Args:
        x: Normalised source vectors.
        y: Normalised target vectors.
        weight: The map at the start, which fixes the hubness.
        places: k of precision at k.
        epsilon: Strength of the entropy, in units of the squared score.

    """
    mapped = unit(x @ weight.T)
    hubness_of_y, hubness_of_x = hubness(y, mapped), hubness(mapped, y)

    def share(near: Tensor, own: Tensor, near_rows: Tensor, own_rows: Tensor) -> Tensor:
        wrong = torch.where(near_rows == own_rows[:, None], _REPEATED, near)
        scores = torch.cat([own[:, None], wrong], dim=1)
        return soft_top_k(scores, places, epsilon)[:, 0].mean()

    def loss(weight: Float[Tensor, "d m"], pairs: Contrasts) -> Float[Tensor, ""]:
        image = unit(x @ weight.T)
        source, target = image[pairs.source], y[pairs.target]
        own = 2 * (source * target).sum(dim=1)
        to_targets = 2 * torch.einsum("pd,phd->ph", source, y[pairs.near_target])
        to_sources = 2 * torch.einsum("phd,pd->ph", image[pairs.near_source], target)
        forward = share(
            to_targets - hubness_of_y[pairs.near_target],
            own - hubness_of_y[pairs.target],
            pairs.near_target,
            pairs.target,
        )
        backward = share(
            to_sources - hubness_of_x[pairs.near_source],
            own - hubness_of_x[pairs.source],
            pairs.near_source,
            pairs.source,
        )
        return 1 - (forward + backward) / 2

    return loss
