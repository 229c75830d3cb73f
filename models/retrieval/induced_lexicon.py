"""A lexicon from a map: each word of a vocabulary with the target words nearest to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from isogloss.models.answers import Score
from isogloss.models.neighbours.exact_search import mean_product
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace

_ROWS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A word and one of its translations.

    Attributes:
        source: The word.
        target: A target word near it.
        score: The score of the two.

    """

    source: str
    target: str
    score: float


def induce_lexicon(
    translator: Translator,
    space: EmbeddingSpace,
    *,
    k: int = 1,
    score: Score = "csls",
    mutual: bool = False,
) -> Iterator[tuple[LexiconEntry, ...]]:
    """Pair the words of any vocabulary of the source language with target words.

    Args:
        translator: The map, and the target words.
        space: The vocabulary, raw; not only that of the checkpoint.
        k: Target words of each word.
        score: By which they are the nearest.
        mutual: Keep a word and its best target word only where no other word of the vocabulary is
            nearer to that target word; ``k`` is then 1.

    Yields:
        Entries in the order of the words, a block at a time; a block may be empty.

    Raises:
        ShapeError: The vectors have not the source dimension.
        OptionError: ``k`` is less than 1, or ``score`` is unknown.

    """
    if not mutual:
        for begin in range(0, len(space), _ROWS_AT_ONCE):
            yield _entries(translator, space, begin, k, score)
        return
    aligned = np.empty((len(space), translator.target_dimension), np.float32)
    hubness = np.zeros(len(space), np.float32)
    for begin in range(0, len(space), _ROWS_AT_ONCE):
        block = translator.align(space.vectors[begin : begin + _ROWS_AT_ONCE])
        aligned[begin : begin + _ROWS_AT_ONCE] = block
        if score == "csls":
            near = translator.retriever.search(block, k=translator.retriever.hubs, score="cosine")
            hubness[begin : begin + _ROWS_AT_ONCE] = mean_product(near.scores)
        yield ()
    targets = translator.retriever.target
    for begin in range(0, len(space), _ROWS_AT_ONCE):
        found = translator.retriever.search(
            aligned[begin : begin + _ROWS_AT_ONCE], k=1, score=score
        )
        best = found.rows[:, 0]
        back = _nearest_sources(targets[best], aligned, hubness)
        yield tuple(
            LexiconEntry(space.words[row], translator.target_words[target], float(found_score))
            for row, target, found_score, other in zip(
                range(begin, begin + len(best)), best, found.scores[:, 0], back, strict=True
            )
            if row == other
        )


def _entries(
    translator: Translator, space: EmbeddingSpace, begin: int, k: int, score: Score
) -> tuple[LexiconEntry, ...]:
    words = space.words[begin : begin + _ROWS_AT_ONCE]
    found = translator.search(space.vectors[begin : begin + _ROWS_AT_ONCE], k, score)
    return tuple(
        LexiconEntry(word, one.word, one.score)
        for word, neighbours in zip(words, found, strict=True)
        for one in neighbours
    )


def _nearest_sources(
    targets: Float32[np.ndarray, "q d"],
    aligned: Float32[np.ndarray, "n d"],
    hubness: Float32[np.ndarray, " n"],
) -> Int64[np.ndarray, " q"]:
    """Row of the source word nearest to each target vector y.

    By CSLS it is that of the greatest 2 cos(Tx, y) − r(Tx), as r(y) is the same for all; with r = 0
    it is the nearest by cosine.
    """
    scores = 2 * targets @ aligned.T - hubness
    nearest: Int64[np.ndarray, " q"] = scores.argmax(axis=1)
    return nearest
