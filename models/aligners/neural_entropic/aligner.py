"""The aligner with a soft plan: a start, NEGW from it, a map of its plan, and refinement."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import final

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.from_start import fit_from_start
from isogloss.models.aligners.neural_entropic.plan import NeuralPlan
from isogloss.models.aligners.neural_entropic.words import estimate_between_words, fitted_transport
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import FoundStart, find_start
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
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

    @classmethod
    def create(cls, ingredients: Ingredients) -> NeuralEntropicAligner:
        """Make one of what every aligner can be made of."""
        return cls(
            recipe=ingredients.recipe,
            seed=ingredients.seed,
            device=ingredients.device,
            journal=ingredients.journal,
        )

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
        return fit_from_start(
            source,
            target,
            find=self._find,
            fit_raw=self._fit_plan,
            refinement=self.recipe.refinement,
            device=self.device,
            observe=observe,
        )

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
        start = self._find(pair, observe=observe).stage()
        pair.alignment_if_found(start)
        return self._plan(pair, start, observe), pair

    def _find(self, pair: NormalisedPair, *, observe: Observer) -> FoundStart:
        return find_start(
            pair, recipe=self.recipe, seed=self.seed, journal=self.journal, observe=observe
        )

    def _fit_plan(self, pair: NormalisedPair, start: Stage, observe: Observer) -> Stage:
        begin = time.perf_counter()
        plan = self._plan(pair, start, observe)
        transport = fitted_transport(
            plan, pair, self.recipe.neural_egw, seed=self.seed, observe=observe
        )
        return pair.stage("raw", transport, begin=begin)

    def _plan(self, pair: NormalisedPair, start: Stage, observe: Observer) -> NeuralPlan:
        return estimate_between_words(
            pair,
            start.transport.linear_part.detach(),
            self.recipe.neural_egw,
            seed=self.seed,
            journal=self.journal,
            observe=observe,
        ).plan
