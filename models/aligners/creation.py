"""An aligner by its name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from isogloss.models.aligners.aligner import Aligner
from isogloss.models.aligners.recipe import Recipe
from isogloss.models.aligners.registry import AlignerName, find_aligner
from isogloss.models.errors import OptionError
from isogloss.models.progress.journal import Journal, NoJournal
from isogloss.models.spaces.grouped_lexicon import GroupedLexicon
from isogloss.models.spaces.lexicon import Lexicon


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """What every aligner can be made of; the method ``create`` of its class takes what it needs.

    Attributes:
        recipe: Settings of all of them.
        lexicon: Supervision, or a seed; there is one where the registry says that one is needed.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished work, so that the fit can be resumed.

    """

    recipe: Recipe
    lexicon: Lexicon | GroupedLexicon | None
    seed: int
    device: str
    journal: Journal

    @property
    def pairs(self) -> Lexicon | None:
        """The lexicon of an aligner that takes no groups."""
        return cast("Lexicon | None", self.lexicon)


def create_aligner(
    name: AlignerName,
    *,
    recipe: Recipe,
    lexicon: Lexicon | GroupedLexicon | None = None,
    seed: int = 0,
    device: str = "cpu",
    journal: Journal | None = None,
) -> Aligner:
    """Create an aligner by its name.

    Args:
        name: Which one.
        recipe: Settings of all of them.
        lexicon: Supervision of those that need one, a seed for those that take one.
        seed: Of everything random.
        device: Where to compute, ``cpu`` or ``cuda``.
        journal: Remembers finished work, so that the fit can be resumed.

    Raises:
        OptionError: There is no aligner of this name, it needs a lexicon and there is none, it
            would not use one and there is one, or it takes pairs and the lexicon holds groups.

    """
    registered = find_aligner(name)
    registered.check_lexicon(given=lexicon is not None)
    if isinstance(lexicon, GroupedLexicon) and not registered.takes_groups:
        raise OptionError(
            f"lexicon: the aligner {name} takes pairs of words, found groups of words"
        )
    ingredients = Ingredients(
        recipe=recipe,
        lexicon=lexicon,
        seed=seed,
        device=device,
        journal=NoJournal() if journal is None else journal,
    )
    module, _, kind = registered.place.partition(":")
    found: Any = getattr(import_module(f"isogloss.models.aligners.{module}"), kind)
    aligner: Aligner = found.create(ingredients)
    return aligner
