"""Words and vectors of the source language to words of the target language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32

from models.aligners.aligner import Alignment, Stage, apply_transport
from models.errors import NonFiniteInputError, ShapeError, UnknownWordError
from models.retrieval.retriever import Neighbours, Retriever, Score, check_search_options
from models.retrieval.training_record import TrainingRecord
from models.retrieval.translations import AlignedWord, Neighbour, Translation
from models.spaces.embedding_space import EmbeddingSpace

_COMFORTABLE_MAGNITUDES = (1e-6, 1e6)
"""Outside of these, squares of float32 numbers may overflow or vanish."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Translator:
    """A map with all that is needed to use it. Immutable; any number of threads may ask it.

    Attributes:
        alignment: The map, with the normalisation of both sides and its earlier stages.
        source: The source words with their raw vectors.
        target_language: Code of the target language.
        target_words: The target words, row by row as in ``retriever``.
        retriever: Finds target words.
        details: How the map came to be.

    """

    alignment: Alignment
    source: EmbeddingSpace
    target_language: str
    target_words: tuple[str, ...]
    retriever: Retriever
    details: TrainingRecord

    @classmethod
    def build(
        cls,
        alignment: Alignment,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        details: TrainingRecord,
        hubs: int = 10,
        use_gpu: bool = False,
    ) -> Translator:
        """Map the whole source vocabulary and index the target's.

        Raises:
            ShapeError: A space has not the dimension that the alignment was fitted for.

        """
        retriever = Retriever.build(
            alignment.target_normalizer(target.vectors),
            alignment(source.vectors),
            hubs=hubs,
            use_gpu=use_gpu,
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
        vectors = [self._vector(word) for word in words]
        known = [vector for vector in vectors if vector is not None]
        found = iter(self.search(np.stack(known), k, score) if known else ())
        return tuple(
            Translation(word, (), False, "unknown_word")
            if vector is None
            else Translation(word, next(found), word in self.source.rows)
            for word, vector in zip(words, vectors, strict=True)
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
        return self.alignment(_with_comfortable_magnitudes(vectors))

    def align_words(self, words: Sequence[str]) -> tuple[AlignedWord, ...]:
        """Map words, all at once; one answer per word, in their order."""
        vectors = [self._vector(word) for word in words]
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
        """
        if stage.transport is self.alignment.transport:
            return self
        alignment = replace(self.alignment, transport=stage.transport, stages=())
        mapped = apply_transport(stage.transport, alignment.source_normalizer(self.source.vectors))
        use_gpu = self.retriever.index.on_gpu is not None
        retriever = Retriever.build(
            self.retriever.target, mapped, hubs=self.retriever.hubs, use_gpu=use_gpu
        )
        return replace(self, alignment=alignment, retriever=retriever)

    def _vector(self, word: str) -> Float32[np.ndarray, " m"] | None:
        try:
            return self.source.vector(word)
        # A lone surrogate is no character; a word with one has no parts either.
        except (UnknownWordError, UnicodeEncodeError):
            return None

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
