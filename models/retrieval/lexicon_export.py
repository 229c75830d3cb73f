"""A bilingual lexicon made of a translator: pairs of words with their scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import torch

from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.one_to_one_matching import ScoredPairs, match_one_to_one
from isogloss.models.choices import Matching
from isogloss.models.errors import OptionError
from isogloss.models.neighbours.csls import csls
from isogloss.models.probability.translation_posterior import CANDIDATES
from isogloss.models.retrieval.translator import Translator

_WORDS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A pair of words.

    Attributes:
        source: The source word.
        target: Its translation.
        score: CSLS of the two among the words that took part.
        probability: That the one is the translation of the other; None where that is not known, or
            the target word is none of the 30 nearest.

    """

    source: str
    target: str
    score: float
    probability: float | None = None


def export_lexicon(
    translator: Translator,
    *,
    matching: Matching = "mutual",
    words: int = 5000,
    least_score: float | None = None,
    observe: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[LexiconEntry, ...]:
    """Pair the most frequent words of both sides; the best pairs first.

    Args:
        translator: Whose map is used.
        matching: ``mutual`` pairs the words that are each other's nearest by CSLS; ``ipot`` matches
            one to one, see :func:`isogloss.models.aligners.one_to_one_matching.match_one_to_one`.
        words: Most frequent words of each side that take part.
        least_score: Leave out pairs of a lower score; None keeps all.
        observe: Is told the steps of the matching that are done, and of how many at most.

    Raises:
        OptionError: ``words`` is less than 1, or ``matching`` is unknown.

    """
    if words < 1:
        raise OptionError(f"words: expected at least 1, found {words}")
    if matching not in get_args(Matching):
        known = " or ".join(get_args(Matching))
        raise OptionError(f"matching: expected {known}, found {matching!r}")
    mapped = torch.from_numpy(translator.align(translator.source.vectors[:words]))
    target = torch.from_numpy(translator.retriever.target[:words])
    if matching == "ipot":
        found = match_one_to_one(mapped, target, observe=observe)
    else:
        pairs = induce_mutual(mapped, target)
        scores = csls(mapped @ target.T)[pairs.source, pairs.target]
        found = ScoredPairs(Pairs(*pairs), scores)
    entries = [
        LexiconEntry(translator.source.words[row], translator.target_words[column], score)
        for row, column, score in zip(
            found.pairs.source.tolist(),
            found.pairs.target.tolist(),
            found.scores.tolist(),
            strict=True,
        )
        if least_score is None or score >= least_score
    ]
    # Sorting keeps the order of equal scores: the more frequent source word first.
    return _with_probabilities(translator, sorted(entries, key=lambda entry: -entry.score))


def _with_probabilities(
    translator: Translator, entries: Sequence[LexiconEntry]
) -> tuple[LexiconEntry, ...]:
    if translator.posterior is None or not entries:
        return tuple(entries)
    rows = np.array([translator.source.rows[entry.source] for entry in entries], np.int64)
    known: list[LexiconEntry] = []
    for begin in range(0, len(rows), _WORDS_AT_ONCE):
        block = slice(begin, begin + _WORDS_AT_ONCE)
        found = translator.ranked(rows[block], CANDIDATES, "probability")
        for entry, columns, shares in zip(
            entries[block], found.rows.tolist(), found.scores.tolist(), strict=True
        ):
            of = {
                translator.target_words[column]: share
                for column, share in zip(columns, shares, strict=True)
            }
            known.append(replace(entry, probability=of.get(entry.target)))
    return tuple(known)
