"""The aligner with a soft plan: a start, NEGW from it, a map of its plan, and refinement."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import final

import torch

from isogloss.models.aligners.aligner import Alignment, Observer, Recorder, Stage, ignore_progress
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.journal import Journal, NoJournal
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_entropic.words import estimate_between_words, fitted_transport
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import FoundStart, find_start
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.self_learning_aligner import start_stage
from isogloss.models.spaces.embedding_space import EmbeddingSpace


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NeuralEntropicAligner:
    """Entropic Gromov-Wasserstein by a network, from the best start of the portfolio.

    Attributes:
        recipe: Settings of all stages.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished starts and the state of the estimator.

    """

    recipe: Recipe
    seed: int = 0
    device: str = "cpu"
    journal: Journal = field(default_factory=NoJournal)

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map; its stages are ``start``, ``raw`` and ``refined``.

        Raises:
            NoAlignmentFoundError: No start was found, or the plan lost it.
            DivergenceError: The objective of the estimator became NaN.

        """
        record = Recorder(observe)
        pair = NormalisedPair.of(source, target, device=self.device)
        start = self._start(pair, record)
        first = start_stage(start)
        if not start.found:
            return pair.alignment_if_found(first, history=record.history)
        begin = time.perf_counter()
        plan = self._plan(pair, start, record)
        transport = fitted_transport(
            plan, pair, self.recipe.neural_egw, seed=self.seed, observe=record
        )
        with torch.inference_mode():
            criterion = held_out_agreement(pair.x, pair.y, transport(pair.x))
        seconds = time.perf_counter() - begin
        raw = Stage(name="raw", transport=transport, criterion=criterion, seconds=seconds)
        refined = refine(pair, transport, self.recipe.refinement, observe=record)
        return pair.alignment_if_found(first, raw, refined, history=record.history)

    def plan(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> tuple[NeuralPlan, NormalisedPair]:
        """Estimate the plan alone, for the probabilities of translations.

        See :func:`isogloss.models.aligners.neural_entropic.words.translation_probabilities`.

        Raises:
            NoAlignmentFoundError: No start was found.

        """
        pair = NormalisedPair.of(source, target, device=self.device)
        start = self._start(pair, observe)
        if not start.found:
            pair.alignment_if_found(start_stage(start))
        return self._plan(pair, start, observe), pair

    def _start(self, pair: NormalisedPair, observe: Observer) -> FoundStart:
        return find_start(
            pair,
            self.recipe.portfolio,
            self.recipe.discrete_gw,
            seed=self.seed,
            journal=self.journal,
            observe=observe,
        )

    def _plan(self, pair: NormalisedPair, start: FoundStart, observe: Observer) -> NeuralPlan:
        return estimate_between_words(
            pair,
            start.weight,
            self.recipe.neural_egw,
            seed=self.seed,
            journal=self.journal,
            observe=observe,
        ).plan
