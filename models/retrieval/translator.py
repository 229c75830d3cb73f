"""Words and vectors of the source language to words of the target language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Float32

from models.aligners.aligner import Alignment, Stage, apply_transport
from models.aligners.transports import Transport
from models.answers import AlignedWord, Neighbour, Score, Translation
from models.errors import NonFiniteInputError, ShapeError, UnknownWordError
from models.retrieval.neighbour_table import TABLE_WIDTH, NeighbourTable, build_neighbour_table
from models.retrieval.retriever import Neighbours, Retriever, check_search_options
from models.retrieval.training_record import TrainingRecord
from models.spaces.embedding_space import EmbeddingSpace

_COMFORTABLE_MAGNITUDES = (1e-6, 1e6)
"""Outside of these, squares of float32 numbers may overflow or vanish."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class Translator:
    """A map with all that is needed to use it. Immutable; any number of threads may ask it.

    Attributes:
        alignment: The map, with the normalisation of both sides and its earlier stages.
        source: The source words with their raw vectors.
        target_language: Code of the target language.
        target_words: The target words, row by row as in ``retriever``.
        retriever: Finds target words.
        details: How the map came to be.
        table: Neighbours of the source words, computed beforehand; None where they are not.

    """

    alignment: Alignment
    source: EmbeddingSpace
    target_language: str
    target_words: tuple[str, ...]
    retriever: Retriever
    details: TrainingRecord
    table: NeighbourTable | None = None
    _transport: Transport = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # In float64, an image rounded to float32 is the same whatever it is computed together with.
        object.__setattr__(self, "_transport", deepcopy(self.alignment.transport).double())

    @classmethod
    def build(
        cls,
        alignment: Alignment,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        details: TrainingRecord,
        hubs: int = 10,
        device: torch.device | None = None,
    ) -> Translator:
        """Map the whole source vocabulary and index the target's.

        Raises:
            ShapeError: A space has not the dimension that the alignment was fitted for.

        """
        retriever = Retriever.build(
            alignment.target_normalizer(target.vectors),
            alignment(source.vectors),
            hubs=hubs,
            device=device,
        )
        return cls(
            alignment=alignment,
            source=source,
            target_language=target.language,
            target_words=target.words,
            retriever=retriever,
            details=details,
        )

    @property
    def pair(self) -> str:
        """The languages as the service names them, for instance ``fr-es``."""
        return f"{self.source.language}-{self.target_language}"

    @property
    def found(self) -> bool:
        """Whether the map passes the bound that tells an alignment from chance."""
        return self.alignment.found

    @property
    def source_dimension(self) -> int:
        """Length m of the source vectors."""
        return self.source.dimension

    @property
    def target_dimension(self) -> int:
        """Length d of the target vectors."""
        return self.retriever.dimension

    def translate(
        self, words: Sequence[str], k: int = 10, score: Score = "csls"
    ) -> tuple[Translation, ...]:
        """Translate words, all in one search; one answer per word, in their order.

        A word outside the vocabulary gets a vector from its parts where the source can give one.
        A word without a vector is answered with a reason and does not disturb the others.

        Raises:
            OptionError: ``k`` is less than 1, or ``score`` is unknown.

        """
        check_search_options(k, score)
        rows = [self.source.rows.get(word) for word in words]
        known = self._tabulated(k, score) if self.table is not None else None
        vectors = [
            None if known is not None and row is not None else self.vector(word)
            for word, row in zip(words, rows, strict=True)
        ]
        asked = [vector for vector in vectors if vector is not None]
        found = iter(self.search(np.stack(asked), k, score) if asked else ())
        return tuple(
            Translation(word, known(row), True)
            if known is not None and row is not None
            else Translation(word, (), False, "unknown_word")
            if vector is None
            else Translation(word, next(found), row is not None)
            for word, row, vector in zip(words, rows, vectors, strict=True)
        )

    def search(
        self, vectors: Float32[np.ndarray, "n m"], k: int = 10, score: Score = "csls"
    ) -> tuple[tuple[Neighbour, ...], ...]:
        """Find the target words nearest to raw source vectors, of shape [n, m].

        Raises:
            ShapeError: ``vectors`` is not a matrix of the source dimension.
            NonFiniteInputError: ``vectors`` holds NaN or infinity.
            OptionError: ``k`` is less than 1, or ``score`` is unknown.

        """
        return self._words(self.retriever.search(self.align(vectors), k=k, score=score))

    def search_by_both(
        self, vectors: Float32[np.ndarray, "n m"], *, csls: int, cosine: int
    ) -> tuple[Neighbours, Neighbours]:
        """Find rows of the target words nearest to raw source vectors, by both scores at once.

        Args:
            vectors: Of shape [n, m].
            csls: Number of neighbours by CSLS, 0 where none are wanted.
            cosine: Number of neighbours by cosine, 0 where none are wanted.

        Raises:
            ShapeError: ``vectors`` is not a matrix of the source dimension.
            NonFiniteInputError: ``vectors`` holds NaN or infinity.

        """
        return self.retriever.search_by_both(self.align(vectors), csls=csls, cosine=cosine)

    def vector(self, word: str) -> Float32[np.ndarray, " m"] | None:
        """Raw vector of a word, made of its parts where need be, [m]; None: it has none."""
        try:
            return self.source.vector(word)
        # A lone surrogate is no character; a word with one has no parts either.
        except (UnknownWordError, UnicodeEncodeError):
            return None

    def tabulates(self, k: int) -> bool:
        """Whether the first ``k`` neighbours of every source word are known beforehand."""
        return self.table is not None and min(k, len(self.retriever)) <= self.table.width

    def with_table(
        self, *, width: int = TABLE_WIDTH, observe: Callable[[int, int], None] | None = None
    ) -> Translator:
        """Compute the neighbours of every source word, so that they need not be searched for.

        Always by the exact search, also where there is an approximate index.

        Args:
            width: Neighbours of each word, by each score.
            observe: Told how many words are done, of how many.

        Raises:
            OptionError: ``width`` is less than 1.

        """
        exact = replace(self.retriever, approximate=None)
        table = build_neighbour_table(
            exact, self.source.vectors, self.align, width=width, observe=observe
        )
        return replace(self, table=table)

    def align(self, vectors: Float32[np.ndarray, "n m"]) -> Float32[np.ndarray, "n d"]:
        """Map raw source vectors to unit vectors of the target's normalised space, [n, d].

        Only the direction of a vector counts.

        Raises:
            ShapeError: ``vectors`` is not a matrix of the source dimension.
            NonFiniteInputError: ``vectors`` holds NaN or infinity.

        """
        if vectors.ndim != 2 or vectors.shape[1] != self.source_dimension:
            raise ShapeError(
                "vectors", expected=f"[n, {self.source_dimension}]", found=str(list(vectors.shape))
            )
        if not np.isfinite(vectors).all():
            raise NonFiniteInputError("the vectors hold NaN or infinity")
        normalised = self.alignment.source_normalizer(_with_comfortable_magnitudes(vectors))
        return apply_transport(self._transport, normalised)

    def align_words(self, words: Sequence[str]) -> tuple[AlignedWord, ...]:
        """Map words, all at once; one answer per word, in their order."""
        vectors = [self.vector(word) for word in words]
        known = [vector for vector in vectors if vector is not None]
        mapped = iter(self.align(np.stack(known)) if known else ())
        return tuple(
            AlignedWord(word, None, False, "unknown_word")
            if vector is None
            else AlignedWord(word, next(mapped), word in self.source.rows)
            for word, vector in zip(words, vectors, strict=True)
        )

    def at_stage(self, stage: Stage) -> Translator:
        """Take the map as it was at the end of a stage, with the index that belongs to it.

        The target vectors are the same, but r(y) depends on the mapped source and is computed anew.
        The search is exact.
        """
        if stage.transport is self.alignment.transport:
            return self
        alignment = replace(self.alignment, transport=stage.transport, stages=())
        mapped = apply_transport(stage.transport, alignment.source_normalizer(self.source.vectors))
        retriever = Retriever.build(
            self.retriever.target,
            mapped,
            hubs=self.retriever.hubs,
            device=self.retriever.device,
        )
        return replace(self, alignment=alignment, retriever=retriever, table=None)

    def _tabulated(self, k: int, score: Score) -> Callable[[int], tuple[Neighbour, ...]] | None:
        if self.table is None or not self.tabulates(k):
            return None
        rows, scores = self.table.of(score)

        def neighbours(row: int) -> tuple[Neighbour, ...]:
            return tuple(
                Neighbour(self.target_words[target], value)
                for target, value in zip(
                    rows[row, :k].tolist(), scores[row, :k].tolist(), strict=True
                )
            )

        return neighbours

    def _words(self, neighbours: Neighbours) -> tuple[tuple[Neighbour, ...], ...]:
        return tuple(
            tuple(
                Neighbour(self.target_words[row], score)
                for row, score in zip(rows, scores, strict=True)
            )
            for rows, scores in zip(
                neighbours.rows.tolist(), neighbours.scores.tolist(), strict=True
            )
        )


def _with_comfortable_magnitudes(
    vectors: Float32[np.ndarray, "n m"],
) -> Float32[np.ndarray, "n m"]:
    """Scale the rows whose norm float32 could not hold; the others stay as they are, bit by bit."""
    largest = np.abs(vectors).max(axis=1, initial=0)
    smallest_allowed, largest_allowed = _COMFORTABLE_MAGNITUDES
    extreme = (largest > 0) & ((largest < smallest_allowed) | (largest > largest_allowed))
    if not extreme.any():
        return vectors
    scaled = vectors.copy()
    # In float64: the smallest float32 numbers have too few digits to be divided by.
    rows = vectors[extreme].astype(np.float64) / largest[extreme, None].astype(np.float64)
    scaled[extreme] = rows.astype(np.float32)
    return scaled
