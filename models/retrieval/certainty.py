"""How sure a translation is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from isogloss.models.answers import Neighbour, named_neighbours
from isogloss.models.errors import OptionError
from isogloss.models.retrieval.translator import Translator


@dataclass(frozen=True, slots=True)
class WeighedTranslation:
    """The first answer for a word, with what speaks for it.

    Attributes:
        word: The source word.
        first: The best target word.
        second: The next one.
        certainty: The larger, the surer: the probability of the first, or where the translator
            knows none, the margin of CSLS between the two.

    """

    word: str
    first: Neighbour
    second: Neighbour
    certainty: float


def weigh_translations(translator: Translator, *, words: int) -> tuple[WeighedTranslation, ...]:
    """Translate the most frequent words, and say how sure each answer is.

    Where the translator knows probabilities, they rank the answers and are the certainty. Else it
    is the margin of CSLS: no probability, and not comparable between translators. Neither needs a
    dictionary. The search is exact.

    Args:
        translator: The translator.
        words: Number of source words, the most frequent ones.

    Returns:
        One per word, the most frequent first; none where there are no two target words.

    Raises:
        OptionError: ``words`` is less than 1.

    """
    if words < 1:
        raise OptionError(f"words: expected at least 1, found {words}")
    if len(translator.target_words) < 2:
        return ()
    source = translator.source.words[:words]
    exact = replace(translator, retriever=replace(translator.retriever, approximate=None))
    probable = translator.posterior is not None
    found = exact.ranked(np.arange(len(source)), 2, "probability" if probable else "csls")
    target = translator.target_words
    named = map(partial(named_neighbours, target), found.rows, found.scores)
    return tuple(
        WeighedTranslation(
            word,
            first,
            second,
            first.score if probable else first.score - second.score,
        )
        for word, (first, second) in zip(source, named, strict=True)
    )
