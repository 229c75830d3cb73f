"""The aligner that samples pairs: a start, SPOT in its frame, a map of the pairs, refinement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

import torch

from isogloss.models.aligners.aligner import Alignment, Observer, Recorder, Stage, ignore_progress
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.journal import Journal, NoJournal
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.playing import play_to_the_end
from isogloss.models.aligners.portfolio import find_start
from isogloss.models.aligners.pushforward.languages import (
    STAGE,
    fitted_transport,
    game_of_languages,
)
from isogloss.models.aligners.pushforward.solver import PushforwardPlan
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.refined_start import judge_by_refined_start
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.self_learning_aligner import start_stage
from isogloss.models.spaces.embedding_space import EmbeddingSpace


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
        record = Recorder(observe)
        pair = NormalisedPair.of(source, target, device=self.device)
        start = find_start(
            pair,
            self.recipe.portfolio,
            self.recipe.discrete_gw,
            seed=self.seed,
            journal=self.journal,
            observe=record,
        )
        first = start_stage(start)
        if not start.found:
            return pair.alignment_if_found(first, history=record.history)
        raw = self._raw(pair, first, record)
        refined = refine(pair, raw.transport, self.recipe.refinement, observe=record)
        return pair.alignment_if_found(first, raw, refined, history=record.history)

    def _raw(self, pair: NormalisedPair, start: Stage, observe: Observer) -> Stage:
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
        plan = PushforwardPlan(played.solution, latent, played.seconds)
        transport = fitted_transport(plan, recipe, seed=self.seed, observe=observe)
        with torch.inference_mode():
            criterion = held_out_agreement(pair.x, pair.y, transport(pair.x))
        return Stage(name="raw", transport=transport, criterion=criterion, seconds=played.seconds)
