"""Induce word pairs by matching: every word gets at most one partner, for the best total score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.aligners.dictionary_induction import Pairs
from isogloss.models.errors import OptionError
from isogloss.models.neighbours.csls import csls, unit
from isogloss.models.optimal_transport.inexact_proximal_point import (
    ProximalSettings,
    solve_inexact_proximal_point,
)
from isogloss.models.optimal_transport.problem import TransportProblem

_LARGEST_CSLS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRecipe:
    """How a matching is made, and which of its pairs are kept.

    Attributes:
        beta: Strength of IPOT's proximal term, in units of CSLS.
        first_beta: Strength of its first step.
        iterations: Its steps at most.
        tolerance: What is allowed between the cost and its bound, as a share of the cost.
        smallest_share: Share of a word's weight that has to go to its partner. Above a half, no
            word can have two partners.
        least_quantile: Share of the pairs that is dropped, those of the lowest CSLS: every word is
            matched, also one that has no translation.

    """

    beta: float = 0.01
    first_beta: float = 1.0
    iterations: int = 300
    tolerance: float = 1e-3
    smallest_share: float = 0.5
    least_quantile: float = 0.0

    def __post_init__(self) -> None:
        if not 0.5 <= self.smallest_share <= 1:
            raise OptionError(
                f"smallest_share: expected a share from 0.5 to 1, found {self.smallest_share}"
            )
        if not 0 <= self.least_quantile < 1:
            raise OptionError(
                f"least_quantile: expected a share from 0 to below 1, found {self.least_quantile}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPairs:
    """Induced pairs with what speaks for them.

    Attributes:
        pairs: Rows of source and target words.
        scores: CSLS of each pair.

    """

    pairs: Pairs
    scores: Float[Tensor, " pairs"]


def match_one_to_one(
    mapped: Float[Tensor, "n d"],
    target: Float[Tensor, "m d"],
    recipe: MatchingRecipe | None = None,
    *,
    observe: Callable[[int, int], None] = lambda done, of: None,
) -> ScoredPairs:
    """Match two vocabularies so that the sum of CSLS is the largest.

    An assignment is a problem of transport whose optimum is a permutation, and IPOT's plan is as
    sharp as that. Where one side has more words, as many of it as there are too many go to a point
    that costs the same for all, and stay without a partner.

    Unlike mutual neighbours, a word whose nearest neighbour is taken by a better one gets the next
    best that is free: more pairs, and hubs get only one.

    Args:
        mapped: Images of source words; need not be of unit length.
        target: Unit vectors of target words.
        recipe: How; None: the defaults.
        observe: Is told the number of steps done, and of how many at most.

    Returns:
        The pairs in the order of the source rows.

    """
    recipe = MatchingRecipe() if recipe is None else recipe
    scores = csls(unit(mapped) @ target.T)
    problem = assignment_problem(_LARGEST_CSLS - scores)
    output = solve_inexact_proximal_point(
        problem,
        ProximalSettings(
            beta=recipe.beta,
            first_beta=recipe.first_beta,
            iterations=recipe.iterations,
            tolerance=recipe.tolerance,
        ),
        observe=lambda done: observe(done, recipe.iterations),
    )
    n, m = scores.shape
    shares, partners = (output.plan[:n, :m] * max(n, m)).max(dim=1)
    chosen = scores.gather(1, partners[:, None]).squeeze(1)
    kept = shares > recipe.smallest_share
    if recipe.least_quantile and kept.any():
        kept &= chosen >= chosen[kept].quantile(recipe.least_quantile)
    rows = torch.arange(n, device=scores.device)
    return ScoredPairs(Pairs(rows[kept], partners[kept]), chosen[kept])


def assignment_problem(cost: Float[Tensor, "n m"]) -> TransportProblem:
    """Make a problem of transport whose optimum is the best assignment, also where n ≠ m."""
    n, m = cost.shape
    size = max(n, m)
    missing = abs(n - m)
    dtype, device = cost.dtype, cost.device
    weights = [torch.full((k,), 1 / size, dtype=dtype, device=device) for k in (n, m)]
    if missing:
        shorter = 0 if n < m else 1
        nobody = cost.mean()
        cost = torch.cat(
            [cost, nobody.expand(1, m) if shorter == 0 else nobody.expand(n, 1)], shorter
        )
        rest = torch.full((1,), missing / size, dtype=dtype, device=device)
        weights[shorter] = torch.cat([weights[shorter], rest])
    return TransportProblem(cost, *weights)
