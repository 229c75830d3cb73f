"""The default aligner: a start without a dictionary, NGW from it, and refinement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from jaxtyping import Int64

from isogloss.models.aligners.aligner import Alignment, Observer, Recorder, ignore_progress
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.first_maps import known_pairs
from isogloss.models.aligners.journal import Journal, NoJournal
from isogloss.models.aligners.neural_gw.training import train_neural_gromov_wasserstein
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.portfolio import FoundStart, find_start
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.refined_start import judge_by_refined_start
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.self_learning_aligner import start_stage
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralGromovWassersteinAligner:
    """NGW, from the best start of the portfolio or from a random one as in the paper.

    Attributes:
        recipe: Settings of all stages.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished starts and the state of the game.
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
        """Fit the map; its stages are ``start``, ``raw`` and ``refined``.

        Raises:
            NoAlignmentFoundError: No start was found, or NGW from a random start found nothing.
            DivergenceError: A loss of NGW is NaN or exploded.

        """
        record = Recorder(observe)
        pair = NormalisedPair.of(source, target, device=self.device)
        start = self._start(pair, known_pairs(self.lexicon, source, target), record)
        first = start_stage(start)
        searched = self.recipe.neural_gw.start == "portfolio"
        if searched and not start.found:
            return pair.alignment_if_found(first, history=record.history)
        raw = train_neural_gromov_wasserstein(
            pair,
            start.weight,
            self.recipe.neural_gw,
            seed=self.seed,
            journal=self.journal,
            observe=record,
            judge=judge_by_refined_start(pair, first.transport, self.recipe.refinement)
            if searched
            else None,
        )
        refined = refine(pair, raw.transport, self.recipe.refinement, observe=record)
        return pair.alignment_if_found(first, raw, refined, history=record.history)

    def _start(
        self,
        pair: NormalisedPair,
        known: Int64[np.ndarray, "pairs 2"] | None,
        observe: Observer,
    ) -> FoundStart:
        if self.recipe.neural_gw.start == "portfolio":
            return find_start(
                pair,
                self.recipe.portfolio,
                self.recipe.discrete_gw,
                seed=self.seed,
                journal=self.journal,
                observe=observe,
                known=known,
            )
        generator = torch.Generator().manual_seed(self.seed)
        m, n = pair.x.shape[1], pair.y.shape[1]
        noise = torch.randn(max(m, n), m + n, generator=generator).to(pair.x.device)
        weight = orthogonal_map(noise[:, :m], noise[:, m:])
        return FoundStart(weight, held_out_agreement(pair.x, pair.y, pair.x @ weight.T), 0.0)
