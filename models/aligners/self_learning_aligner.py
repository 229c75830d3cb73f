"""The linear unsupervised aligner: a portfolio of starts, then refinement."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import final

from isogloss.models.aligners.creation import Ingredients
from isogloss.models.aligners.from_start import fit_from_start
from isogloss.models.aligners.known_pairs import known_pairs
from isogloss.models.aligners.portfolio import find_start
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.progress.observation import Observer, ignore_progress
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

    @classmethod
    def create(cls, ingredients: Ingredients) -> SelfLearningAligner:
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
        """Fit the map; its stages are ``start`` and ``refined``.

        Raises:
            NoAlignmentFoundError: No start was found; carries the best map.

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
            find=find,
            refinement=self.recipe.refinement,
            device=self.device,
            observe=observe,
            known=known,
            lexicon=self.lexicon,
        )
