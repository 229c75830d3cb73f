"""The neighbours of the whole source vocabulary, computed beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int32

from isogloss.models.answers import Ranking
from isogloss.models.errors import OptionError
from isogloss.models.probability.translation_posterior import CANDIDATES, TranslationPosterior
from isogloss.models.probability.weighing import weigh_candidates
from isogloss.models.retrieval.retriever import Retriever

TABLE_WIDTH = 50
"""Neighbours of each word, unless another number is asked for."""

_WORDS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourTable:
    """The first neighbours of each source word, by both scores.

    Attributes:
        csls_rows: Rows of the target vocabulary by CSLS, of shape [words, width], the best first.
        csls_scores: Their scores, of the same shape.
        cosine_rows: Rows of the target vocabulary by cosine, of the same shape.
        cosine_scores: Their scores, of the same shape.
        probability_rows: The candidates by CSLS, the most probable first, of shape [words, c]; None
            where there is no model of their probability.
        probability_scores: Their probabilities, of the same shape.

    """

    csls_rows: Int32[np.ndarray, "words width"]
    csls_scores: Float32[np.ndarray, "words width"]
    cosine_rows: Int32[np.ndarray, "words width"]
    cosine_scores: Float32[np.ndarray, "words width"]
    probability_rows: Int32[np.ndarray, "words candidates"] | None = None
    probability_scores: Float32[np.ndarray, "words candidates"] | None = None

    def __len__(self) -> int:
        return len(self.csls_rows)

    @property
    def width(self) -> int:
        """Number of neighbours of each word."""
        return int(self.csls_rows.shape[1])

    def of(
        self, ranking: Ranking
    ) -> tuple[Int32[np.ndarray, "words width"], Float32[np.ndarray, "words width"]] | None:
        """Rows and scores by one of the rankings; None where it is not in the table."""
        if ranking == "csls":
            return self.csls_rows, self.csls_scores
        if ranking == "cosine":
            return self.cosine_rows, self.cosine_scores
        if self.probability_rows is None or self.probability_scores is None:
            return None
        return self.probability_rows, self.probability_scores

    def with_probabilities(
        self,
        posterior: TranslationPosterior,
        source_words: Sequence[str],
        target_words: Sequence[str],
    ) -> NeighbourTable:
        """Add the first 30 by CSLS in the order of their probability."""
        rows, scores = weigh_candidates(
            posterior,
            self.csls_rows[:, :CANDIDATES].astype(np.int64),
            self.csls_scores[:, :CANDIDATES],
            source_rows=np.arange(len(self)),
            source_words=source_words,
            target_words=target_words,
        )
        return replace(self, probability_rows=rows.astype(np.int32), probability_scores=scores)


def build_neighbour_table(
    retriever: Retriever,
    vectors: Float32[np.ndarray, "words m"],
    align: Callable[[Float32[np.ndarray, "n m"]], Float32[np.ndarray, "n d"]],
    *,
    width: int = TABLE_WIDTH,
    observe: Callable[[int, int], None] | None = None,
) -> NeighbourTable:
    """Compute the neighbours of every source word.

    Args:
        retriever: Finds target words.
        vectors: Raw vectors of the source vocabulary, of shape [words, m].
        align: Maps raw source vectors to unit vectors of the target space.
        width: Neighbours of each word; no more are taken than there are target words.
        observe: Told how many words are done, of how many.

    Raises:
        OptionError: ``width`` is less than 1.

    """
    if width < 1:
        raise OptionError(f"width of the table: expected at least 1, found {width}")
    shape = (len(vectors), min(width, len(retriever)))
    table = NeighbourTable(
        np.empty(shape, np.int32),
        np.empty(shape, np.float32),
        np.empty(shape, np.int32),
        np.empty(shape, np.float32),
    )
    for begin in range(0, len(vectors), _WORDS_AT_ONCE):
        block = slice(begin, begin + _WORDS_AT_ONCE)
        queries = align(vectors[block])
        csls, cosine = retriever.search_by_both(queries, csls=shape[1], cosine=shape[1])
        table.csls_rows[block], table.csls_scores[block] = csls.rows, csls.scores
        table.cosine_rows[block], table.cosine_scores[block] = cosine.rows, cosine.scores
        if observe is not None:
            observe(begin + len(queries), len(vectors))
    return table
