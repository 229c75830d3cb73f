"""Procrustes that drops the worst pairs and fits again: the plain answer to wrong entries."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.errors import OptionError

_ROUNDS = 50
_SEED = 0

Choice = Callable[[Float[Tensor, "pairs d"], Float[Tensor, "pairs d"]], Bool[Tensor, " pairs"]]
"""Images and targets of the pairs → which pairs are kept."""


def trimmed_orthogonal_map(
    x: Float[Tensor, "pairs m"], y: Float[Tensor, "pairs d"], choose: Choice, rounds: int = _ROUNDS
) -> Float[Tensor, "d m"]:
    """Fit the orthogonal map of all pairs, then in turns choose pairs and fit those.

    With :func:`nearest` each round is a concentration step of least trimmed squares (Rousseeuw and
    Van Driessen 2006): the sum of the kept squares never rises. It ends when the choice stays.

    Args:
        x: Source vectors of the pairs.
        y: Target vectors of the pairs.
        choose: The rule. Where it keeps nothing, the map stays as it is.
        rounds: At most so many.

    """
    weight = orthogonal_map(x, y)
    kept = torch.ones(len(x), dtype=torch.bool, device=x.device)
    for _ in range(rounds):
        chosen = choose(x @ weight.T, y)
        if not bool(chosen.any()) or bool((chosen == kept).all()):
            break
        kept = chosen
        weight = orthogonal_map(x[kept], y[kept])
    return weight


def nearest(count: int) -> Choice:
    """Keep so many pairs: those whose images lie nearest to their targets.

    Raises:
        OptionError: It is less than one.

    """
    if count < 1:
        raise OptionError(f"trimmed procrustes: expected to keep at least 1 pair, found {count}")

    def choose(
        images: Float[Tensor, "pairs d"], y: Float[Tensor, "pairs d"]
    ) -> Bool[Tensor, " pairs"]:
        squares = (images - y).square().sum(dim=1)
        kept = torch.zeros(len(y), dtype=torch.bool, device=y.device)
        kept[squares.topk(min(count, len(y)), largest=False).indices] = True
        return kept

    return choose


def nearer_than_random(margin: float) -> Choice:
    """Keep pairs nearer than random ones by so many standard deviations: no share need be known.

    Random pairs are the same images with the targets in another order.
    """

    def choose(
        images: Float[Tensor, "pairs d"], y: Float[Tensor, "pairs d"]
    ) -> Bool[Tensor, " pairs"]:
        generator = torch.Generator().manual_seed(_SEED)
        order = torch.randperm(len(y), generator=generator).to(y.device)
        random = (images - y[order]).square().sum(dim=1)
        bound = random.mean() - margin * random.std(correction=0)
        squares = (images - y).square().sum(dim=1)
        kept: Bool[Tensor, " pairs"] = squares < bound
        return kept

    return choose
