"""Try starts, a seed dictionary and then the cheapest first, until one leads to an alignment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from isogloss.models.aligners.criterion import FOUND_BOUND, held_out_agreement
from isogloss.models.aligners.first_maps import first_map
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.recipe import (
    DiscreteGromovWassersteinRecipe,
    PortfolioRecipe,
    Recipe,
    StartRecipe,
)
from isogloss.models.aligners.refinement import self_learn_phases
from isogloss.models.aligners.self_learning import self_learn
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.progress.journal import Journal
from isogloss.models.progress.observation import Observer, Progress

JUDGED = ", judged"
"""Ends the name of the stage that tells what a start reached."""

_SURE = 0.3
"""Held-out agreement from which on a search has nothing more to find: cooling does the rest."""

_BLOCK = 40
_LEAST_GROWTH = 0.02
_PATIENCE = 2


@dataclass(frozen=True, slots=True, eq=False)
class FoundStart:
    """The best map of a portfolio.

    Attributes:
        weight: Orthogonal map W of shape [d, m].
        agreement: Its held-out agreement.
        seconds: Time of the whole search, lost starts included.
        bound: Agreement from which on a map counts as found.

    """

    weight: Float[Tensor, "d m"]
    agreement: float
    seconds: float
    bound: float = FOUND_BOUND

    @property
    def found(self) -> bool:
        """Whether the map is an alignment, as far as can be told without a dictionary."""
        return self.agreement >= self.bound

    def stage(self) -> Stage:
        """Give the stage ``start`` of a fit."""
        return Stage(
            name="start",
            transport=LinearTransport(self.weight),
            criterion=self.agreement,
            seconds=self.seconds,
        )


def find_start(
    pair: NormalisedPair,
    *,
    recipe: Recipe,
    seed: int,
    journal: Journal,
    observe: Observer,
    known: Int64[np.ndarray, "pairs 2"] | None = None,
) -> FoundStart:
    """Try the starts in their order and stop at the first that is found.

    Where some pairs of words are known, the map fitted on them is tried before all others. It is
    searched from like they are, so that a dozen pairs may do, and wrong ones do no lasting harm.

    Each start is a unit of the journal and has a generator of its own, so that none depends on how
    many were tried before it.

    Args:
        pair: The two spaces.
        recipe: The sections ``portfolio``, the starts, and ``discrete_gw`` count.
        seed: Of the searches.
        journal: Remembers the starts that were tried.
        observe: Is told what is going on.
        known: Source and target row of each known pair, of shape [pairs, 2].

    Returns:
        The first start that is found; where none is, the one with the best held-out agreement.

    """
    seconds = 0.0
    bound = pair.search_bound
    # Worse than any; a recipe has at least one start.
    best = FoundStart(torch.empty(0, 0), -1.0, 0.0, bound)
    starts = _starts(recipe.portfolio, known)
    for number, start in starts.items():
        name = f"start {number} of {len(recipe.portfolio.starts)}: {start.kind}"
        remembered = journal.recall(f"start-{number}")
        fresh = remembered is None
        if remembered is None:
            begin = time.perf_counter()
            weight = _try_start(
                pair,
                start,
                recipe.portfolio,
                recipe.discrete_gw,
                known=known,
                name=name,
                seed=seed + 1000 * number,
                observe=observe,
            )
            remembered = {
                "weight": weight,
                "seconds": torch.tensor(time.perf_counter() - begin, dtype=torch.float64),
            }
            journal.record(f"start-{number}", remembered)
        weight = remembered["weight"].to(pair.x.device)
        agreement = held_out_agreement(pair.x, pair.y, pair.x @ weight.T)
        if fresh:
            observe(
                Progress(stage=f"{name}{JUDGED}", step=1, total=1, metrics={"criterion": agreement})
            )
        seconds += float(remembered["seconds"])
        if agreement > best.agreement:
            best = FoundStart(weight, agreement, seconds, bound)
        if best.found:
            break
    return replace(best, seconds=seconds)


def _starts(
    recipe: PortfolioRecipe, known: Int64[np.ndarray, "pairs 2"] | None
) -> dict[int, StartRecipe]:
    """Give the starts numbers from 1, and known pairs, searched from like the first, number 0."""
    numbered = dict(enumerate(recipe.starts, start=1))
    if known is None or len(known) == 0:
        return numbered
    return {0: replace(recipe.starts[0], kind="known-pairs"), **numbered}


def _try_start(
    pair: NormalisedPair,
    start: StartRecipe,
    recipe: PortfolioRecipe,
    discrete: DiscreteGromovWassersteinRecipe,
    *,
    known: Int64[np.ndarray, "pairs 2"] | None,
    name: str,
    seed: int,
    observe: Observer,
) -> Float[Tensor, "d m"]:
    """Compute the first map, search from it, and cool what the search does not give up."""
    generator = torch.Generator().manual_seed(seed)
    weight, promising = _search(
        pair,
        first_map(pair, start, discrete, known=known, name=name, observe=observe),
        start,
        name=name,
        generator=generator,
        observe=observe,
        known=known,
    )
    if not promising and not start.trusted:
        return weight
    cooling = tuple(phase for phase in recipe.cooling if phase.groups < start.search.groups)
    return self_learn_phases(
        pair,
        weight,
        cooling,
        name=f"{name}, cooling",
        generator=generator,
        observe=observe,
        known=known,
    )


def _search(
    pair: NormalisedPair,
    weight: Float[Tensor, "d m"],
    start: StartRecipe,
    *,
    name: str,
    generator: torch.Generator,
    observe: Observer,
    known: Int64[np.ndarray, "pairs 2"] | None,
) -> tuple[Float[Tensor, "d m"], bool]:
    """Self-learn in blocks, looking at the criterion after each.

    Returns:
        The map, and whether it is worth cooling: found already, or its held-out agreement grew.

    """
    total = start.search.rounds
    agreements: list[float] = []
    for begin in range(0, total, _BLOCK):
        block = replace(start.search, rounds=min(_BLOCK, total - begin))
        seen = {"criterion": agreements[-1]} if agreements else {}

        def report(done: int, before: int = begin, metrics: Mapping[str, float] = seen) -> None:
            observe(Progress(stage=name, step=before + done, total=total, metrics=metrics))

        weight = self_learn(
            pair.x, pair.y, weight, block, generator=generator, observe=report, known=known
        )
        agreements.append(held_out_agreement(pair.x, pair.y, pair.x @ weight.T))
        report(block.rounds, metrics={"criterion": agreements[-1]})
        if agreements[-1] >= _SURE:
            return weight, True
        if _stalled(agreements):
            break
    return weight, max(agreements) - agreements[0] >= _LEAST_GROWTH


def _stalled(agreements: list[float]) -> bool:
    """Whether the last blocks brought nothing."""
    if len(agreements) <= _PATIENCE:
        return False
    return max(agreements[-_PATIENCE:]) - max(agreements[:-_PATIENCE]) < _LEAST_GROWTH / 2
