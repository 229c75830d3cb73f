"""From target words back to source words, through the same map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64

from isogloss.models.answers import Score
from isogloss.models.neighbours.exact_search import mean_product, nearest
from isogloss.models.retrieval.retriever import Neighbours, check_search_options
from isogloss.models.retrieval.translator import Translator

WORDS_LOOKED_AT = 20_000
"""Most frequent source words among which is searched."""

_SPARE = 16
"""Candidates by cosine beyond those wanted by CSLS."""

_ROWS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class BackSearch:
    """The most frequent source words where the map sends them.

    CSLS is the same sum as forward, read from y: 2 cos(Tx, y) − r(Tx) − r(y). Its candidates are
    the nearest by cosine and 16 more; r(Tx) is taken from the table of neighbours where there is
    one. It holds the map's image, not the translator: who replaces that one frees it.

    Attributes:
        words: The source words, the most frequent first.
        mapped: Unit vectors Tx of these words, of shape [n, d].
        hubness: r(Tx) of these words, of shape [n]; None where it has to be measured.
        target_rows: Row of each target word.

    """

    words: tuple[str, ...]
    mapped: Float32[np.ndarray, "n d"]
    hubness: Float32[np.ndarray, " n"] | None
    target_rows: Mapping[str, int]

    @classmethod
    def build(cls, translator: Translator, *, words: int = WORDS_LOOKED_AT) -> BackSearch:
        """Map the most frequent source words."""
        vectors = translator.source.vectors[:words]
        mapped = np.concatenate(
            [
                translator.align(vectors[begin : begin + _ROWS_AT_ONCE])
                for begin in range(0, len(vectors), _ROWS_AT_ONCE)
            ]
        )
        hubness, table = None, translator.table
        hubs = min(translator.retriever.hubs, len(translator.retriever))
        if table is not None and table.width >= hubs:
            hubness = mean_product(table.cosine_scores[: len(mapped), :hubs]).astype(np.float32)
        rows = {word: row for row, word in enumerate(translator.target_words)}
        return cls(translator.source.words[:words], mapped, hubness, rows)

    def __len__(self) -> int:
        return len(self.words)

    def including(self, word: str, vector: Float32[np.ndarray, " d"]) -> BackSearch:
        """Look at one more word too, unless it is there; ``vector`` is its image, of shape [d]."""
        if word in self.words:
            return self
        return BackSearch(
            (*self.words, word),
            np.concatenate([self.mapped, vector[None]]),
            None,
            self.target_rows,
        )

    def search(
        self, translator: Translator, rows: Sequence[int], k: int = 10, score: Score = "csls"
    ) -> Neighbours:
        """Find the source words nearest to target words, the best first.

        Args:
            translator: That of :meth:`build`.
            rows: Rows of the target words.
            k: Neighbours of each; no more are given than there are words.
            score: ``csls`` or ``cosine``.

        Raises:
            OptionError: ``k`` is less than 1, or ``score`` is unknown.

        """
        check_search_options(k, score)
        queries = translator.retriever.target[list(rows)]
        k = min(k, len(self))
        if score == "cosine":
            return self.nearest(queries, k)
        near = self.nearest(queries, min(k + _SPARE, len(self)))
        own = self._hubness_of(translator, near.rows)
        there = translator.retriever.hubness[list(rows)][:, None].astype(np.float64)
        scores = 2 * near.scores.astype(np.float64) - own - there
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return Neighbours(
            np.take_along_axis(near.rows, order, axis=1),
            np.take_along_axis(scores, order, axis=1).astype(np.float32),
        )

    def nearest(self, queries: Float32[np.ndarray, "q d"], count: int) -> Neighbours:
        """Find the source words nearest by cosine to unit vectors of the target space."""
        found = nearest(queries, self.mapped, min(count, len(self)))
        return Neighbours(found.rows, np.clip(found.products, -1, 1))

    def _hubness_of(
        self, translator: Translator, rows: Int64[np.ndarray, "q c"]
    ) -> Float64[np.ndarray, "q c"]:
        if self.hubness is not None:
            known: Float64[np.ndarray, "q c"] = self.hubness[rows].astype(np.float64)
            return known
        asked, places = np.unique(rows, return_inverse=True)
        retriever = translator.retriever
        _, near = retriever.search_by_both(self.mapped[asked], csls=0, cosine=retriever.hubs)
        own: Float64[np.ndarray, "q c"] = mean_product(near.scores)[places].reshape(rows.shape)
        return own
