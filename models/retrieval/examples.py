"""Words to begin with: frequent ones whose translation the map is sure of."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from isogloss.models.retrieval.back_search import BackSearch
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.folding import folded

_FREQUENT = 1_000
_TOO_FREQUENT = 100
_SHORTEST = 5
_DIFFERENT = 0.5
"""Edits in proportion to the longer word from which on two words look different."""


def example_words(translator: Translator, back: BackSearch, count: int) -> tuple[str, ...]:
    """Choose source words whose best translation leads back to them, by CSLS the surest first.

    Looks at the thousand most frequent words but the first hundred, which say little by themselves,
    and among these at words of at least five letters. Words that look different from their
    translation come first: they show more. Where too few lead back, others fill up.
    """
    source = translator.source
    rows = [
        row
        for row, word in enumerate(source.words[:_FREQUENT])
        if _TOO_FREQUENT <= row < len(back) and word.isalpha() and len(word) >= _SHORTEST
    ] or list(range(min(_FREQUENT, len(back))))
    # A word whose vector is zero has no answer to show.
    rows = [row for row in rows if translator.has_direction(row)]
    words = [source.words[row] for row in rows]
    best = [found.neighbours[0] for found in translator.translate(words, 1)]
    targets = [back.target_rows[neighbour.word] for neighbour in best]
    returned = back.nearest(translator.retriever.target[targets], 1).rows[:, 0]

    def rank(place: int) -> tuple[bool, bool, float]:
        word, neighbour = words[place], best[place]
        distance = OSA.normalized_distance(folded(word), folded(neighbour.word))
        return bool(returned[place] != rows[place]), distance < _DIFFERENT, -neighbour.score

    order = sorted(range(len(rows)), key=rank)[:count]
    return tuple(words[place] for place in order)
