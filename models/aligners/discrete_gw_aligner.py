"""The discrete aligner: entropic Gromov-Wasserstein between the most frequent words."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import final

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.criterion import held_out_agreement
from isogloss.models.aligners.discrete_gw import map_from_entropic_gromov_wasserstein
from isogloss.models.aligners.from_start import fit_from_start
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.portfolio import FoundStart
from isogloss.models.aligners.recipe import DiscreteGromovWassersteinRecipe, RefinementRecipe
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Observer, Progress, ignore_progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DiscreteGromovWassersteinAligner:
    """Entropic Gromov-Wasserstein, then refinement.

    Attributes:
        recipe: Settings of the coupling.
        refinement: What follows; without phases the map stays as it is.
        device: Where to compute, ``cpu`` or ``cuda``.

    """

    recipe: DiscreteGromovWassersteinRecipe
    refinement: RefinementRecipe = field(default_factory=lambda: RefinementRecipe(phases=()))
    device: str = "cpu"

    @classmethod
    def create(cls, ingredients: Ingredients) -> DiscreteGromovWassersteinAligner:
        """Make one of what every aligner can be made of."""
        recipe = ingredients.recipe
        return cls(
            recipe=recipe.discrete_gw, refinement=recipe.refinement, device=ingredients.device
        )

    def fit(
        self,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        observe: Observer = ignore_progress,
    ) -> Alignment:
        """Fit the map; its stages are ``start`` and ``refined``.

        Raises:
            NoAlignmentFoundError: The map is no better than chance, or that cannot be told.

        """
        return fit_from_start(
            source,
            target,
            find=self._couple,
            refinement=self.refinement,
            device=self.device,
            observe=observe,
            lost_starts_go_on=True,
        )

    def _couple(self, pair: NormalisedPair, *, observe: Observer) -> FoundStart:
        begin = time.perf_counter()
        total = self.recipe.outer_iterations
        weight = map_from_entropic_gromov_wasserstein(
            pair.x,
            pair.y,
            self.recipe,
            observe=lambda step: observe(Progress(stage="discrete-gw", step=step, total=total)),
        )
        agreement = held_out_agreement(pair.x, pair.y, pair.x @ weight.T)
        return FoundStart(weight, agreement, time.perf_counter() - begin)
