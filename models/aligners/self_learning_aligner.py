"""The linear unsupervised aligner: a portfolio of starts, then refinement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from isogloss.models.aligners.aligner import Alignment, Observer, Recorder, Stage, ignore_progress
from isogloss.models.aligners.first_maps import known_pairs
from isogloss.models.aligners.journal import Journal, NoJournal
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import FoundStart, find_start
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.transports import LinearTransport
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SelfLearningAligner:
    """Stochastic dictionary induction from several starts, without a network.

    Attributes:
        recipe: Settings; the sections ``portfolio``, ``discrete_gw`` and ``refinement`` count.
        seed: Deals the groups.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers the starts that were tried.
        lexicon: A seed dictionary, which the first start is made of; None: without any.

    """

    recipe: Recipe
    seed: int = 0
    device: str = "cpu"
    journal: Journal = field(default_factory=NoJournal)
    lexicon: Lexicon | None = None

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map; its stages are ``start`` and ``refined``.

        Raises:
            NoAlignmentFoundError: No start was found; carries the best map.

        """
        record = Recorder(observe)
        pair = NormalisedPair.of(source, target, device=self.device)
        start = find_start(
            pair,
            self.recipe.portfolio,
            self.recipe.discrete_gw,
            seed=self.seed,
            journal=self.journal,
            observe=record,
            known=known_pairs(self.lexicon, source, target),
        )
        stage = start_stage(start)
        if not start.found:
            return pair.alignment_if_found(stage, history=record.history)
        refined = refine(pair, stage.transport, self.recipe.refinement, observe=record)
        return pair.alignment_if_found(stage, refined, history=record.history)


def start_stage(start: FoundStart) -> Stage:
    """Make the stage ``start`` of a portfolio's best map."""
    return Stage(
        name="start",
        transport=LinearTransport(start.weight),
        criterion=start.agreement,
        seconds=start.seconds,
    )
