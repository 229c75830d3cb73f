"""The default aligner: a start without a dictionary, NGW from it, and refinement."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import final

import torch

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.from_start import fit_from_start
from isogloss.models.aligners.known_pairs import known_pairs
from isogloss.models.aligners.neural_gw.training import train_neural_gromov_wasserstein
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.portfolio import FoundStart, find_start
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.refined_start import judge_by_refined_start
from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
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

    @classmethod
    def create(cls, ingredients: Ingredients) -> NeuralGromovWassersteinAligner:
        """Make one of what every aligner can be made of."""
        return cls(
            recipe=ingredients.recipe,
            seed=ingredients.seed,
            device=ingredients.device,
            journal=ingredients.journal,
            lexicon=ingredients.pairs,
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
            NoAlignmentFoundError: No start was found, or NGW from a random start found nothing.
            DivergenceError: A loss of NGW is NaN or exploded.

        """
        known = known_pairs(self.lexicon, source, target)
        find = partial(
            find_start,
            recipe=self.recipe,
            seed=self.seed,
            journal=self.journal,
            known=known,
        )
        return fit_from_start(
            source,
            target,
            find=find if self._searched else self._random_start,
            fit_raw=self._play,
            refinement=self.recipe.refinement,
            device=self.device,
            observe=observe,
            lost_starts_go_on=not self._searched,
            known=known,
            lexicon=self.lexicon,
        )

    @property
    def _searched(self) -> bool:
        return self.recipe.neural_gw.start == "portfolio"

    def _play(self, pair: NormalisedPair, start: Stage, observe: Observer) -> Stage:
        """Play NGW; from a start that was searched, its looks are judged by what refines it."""
        return train_neural_gromov_wasserstein(
            pair,
            start.transport.linear_part.detach(),
            self.recipe.neural_gw,
            seed=self.seed,
            journal=self.journal,
            observe=observe,
            judge=judge_by_refined_start(pair, start.transport, self.recipe.refinement)
            if self._searched
            else None,
        )

    def _random_start(self, pair: NormalisedPair, *, observe: Observer) -> FoundStart:
        generator = torch.Generator().manual_seed(self.seed)
        m, n = pair.x.shape[1], pair.y.shape[1]
        noise = torch.randn(max(m, n), m + n, generator=generator).to(pair.x.device)
        weight = orthogonal_map(noise[:, :m], noise[:, m:])
        return FoundStart(weight, held_out_agreement(pair.x, pair.y, pair.x @ weight.T), 0.0)
