"""The aligner that samples pairs: a start, SPOT in its frame, a map of the pairs, refinement."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import final

import torch

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.from_start import fit_from_start
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import find_start
from isogloss.models.aligners.pushforward.languages import (
    STAGE,
    fitted_transport,
    game_of_languages,
)
from isogloss.models.aligners.pushforward.solver import PushforwardPlan
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.refined_start import judge_by_refined_start
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.training.playing import play_to_the_end


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PushforwardAligner:
    """SPOT, whose cost is the distance in the frame of the portfolio's best start.

    Attributes:
        recipe: Settings of all stages.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished starts and the state of the game.

    """

    recipe: Recipe
    seed: int = 0
    device: str = "cpu"
    journal: Journal = field(default_factory=NoJournal)

    @classmethod
    def create(cls, ingredients: Ingredients) -> PushforwardAligner:
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
            NoAlignmentFoundError: No start was found, or the pairs lost it.
            DivergenceError: A loss is NaN or exploded.

        """
        find = partial(find_start, recipe=self.recipe, seed=self.seed, journal=self.journal)
        return fit_from_start(
            source,
            target,
            find=find,
            fit_raw=self._play,
            refinement=self.recipe.refinement,
            device=self.device,
            observe=observe,
        )

    def _play(self, pair: NormalisedPair, start: Stage, observe: Observer) -> Stage:
        """Play SPOT; its looks are judged by the map that is fitted on their pairs."""
        recipe = self.recipe.pushforward
        weight = start.transport.linear_part.detach()
        frames = [weight, torch.eye(len(weight), device=weight.device)]
        game, latent = game_of_languages([pair.x, pair.y], frames, recipe, seed=self.seed)
        judge = judge_by_refined_start(pair, start.transport, self.recipe.refinement)
        played = play_to_the_end(
            game,
            recipe,
            stage=STAGE,
            judge=lambda generator: judge(
                fitted_transport(PushforwardPlan(generator, latent, 0.0), recipe, seed=self.seed)
            ),
            journal=self.journal,
            observe=observe,
        )
        begin = time.perf_counter() - played.seconds
        plan = PushforwardPlan(played.solution, latent, played.seconds)
        transport = fitted_transport(plan, recipe, seed=self.seed, observe=observe)
        return pair.stage("raw", transport, begin=begin)
