"""The way that every aligner without a dictionary goes: a start, a stage of its own, refinement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int64

from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import FoundStart
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refinement import refine
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.progress.observation import Observer, Recorder
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon


@runtime_checkable
class FindStart(Protocol):
    """Finds the map that a fit starts from."""

    def __call__(self, pair: NormalisedPair, *, observe: Observer) -> FoundStart:
        """Find it."""


FitRaw = Callable[[NormalisedPair, Stage, Observer], Stage]
"""What an aligner does between start and refinement: the stage ``start`` → the stage ``raw``."""


def fit_from_start(
    source: EmbeddingSpace,
    target: EmbeddingSpace,
    *,
    find: FindStart,
    fit_raw: FitRaw | None = None,
    refinement: RefinementRecipe,
    device: str,
    observe: Observer,
    lost_starts_go_on: bool = False,
    known: Int64[np.ndarray, "pairs 2"] | None = None,
    lexicon: Lexicon | None = None,
) -> Alignment:
    """Fit a map without a dictionary; its stages are ``start``, ``raw`` where asked, ``refined``.

    Args:
        source: Space that is mapped.
        target: Space that it is mapped to.
        find: Finds the start.
        fit_raw: Fits the map that is refined; None: the start is.
        refinement: Settings of the last stage.
        device: Where to compute, ``cpu`` or ``cuda``.
        observe: Is told of every step.
        lost_starts_go_on: Whether the fit goes on from a start that is lost, which could still
            lead to an alignment.
        known: Rows of pairs that a dictionary gives; refinement fits them too.
        lexicon: The dictionary itself, for the verdict to say how much of it was used.

    Raises:
        NoAlignmentFoundError: No start was found, what came of it was lost, or that cannot be
            told; carries the map.
        DivergenceError: A loss of ``fit_raw`` is NaN or exploded.

    """
    record = Recorder(observe)
    pair = NormalisedPair.of(source, target, device=device)
    start = find(pair, observe=record)
    stages = [start.stage()]
    if start.found or lost_starts_go_on:
        if fit_raw is not None:
            stages.append(fit_raw(pair, stages[-1], record))
        stages.append(refine(pair, stages[-1].transport, refinement, observe=record, known=known))
    return pair.alignment_if_found(*stages, history=record.history, lexicon=lexicon)
