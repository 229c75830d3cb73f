"""Words and vectors of the source language to words of the target language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import get_args

import numpy as np
from jaxtyping import Float32, Int32, Int64

from isogloss.models.answers import AlignedWord, Neighbour, Reason, Translation, named_neighbours
from isogloss.models.choices import Ranking
from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError, UnknownWordError
from isogloss.models.estimated_precision import EstimatedPrecision
from isogloss.models.maps.alignment import Alignment, Stage, apply_transport
from isogloss.models.maps.fitted import FittedMap
from isogloss.models.probability.translation_posterior import CANDIDATES, TranslationPosterior
from isogloss.models.probability.weighing import weigh_candidates
from isogloss.models.retrieval.neighbour_table import (
    TABLE_WIDTH,
    NeighbourTable,
    build_neighbour_table,
)
from isogloss.models.retrieval.retriever import Neighbours, Retriever
from isogloss.models.retrieval.training_record import TrainingRecord
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.word_forms import known_form
from isogloss.models.verdict import Verdict

_COMFORTABLE_MAGNITUDES = (1e-6, 1e6)
"""Outside of these, squares of float32 numbers may overflow or vanish."""

_NO_PROBABILITIES = (
    "they come from words in the order of frequency or written alike, and from a map that was found"
)


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
        posterior: How probable a candidate is; None where that is not known.
        estimate: The estimated share of right first answers; None where it was not estimated.

    """

    alignment: Alignment
    source: EmbeddingSpace
    target_language: str
    target_words: tuple[str, ...]
    retriever: Retriever
    details: TrainingRecord
    table: NeighbourTable | None = None
    posterior: TranslationPosterior | None = None
    estimate: EstimatedPrecision | None = None
    _transport: FittedMap = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # In float64, an image rounded to float32 is the same whatever it is computed together with.
        object.__setattr__(self, "_transport", self.alignment.transport.in_double())

    @classmethod
    def build(
        cls,
        alignment: Alignment,
        source: EmbeddingSpace,
        target: EmbeddingSpace,
        *,
        details: TrainingRecord,
        hubs: int = 10,
        device: str = "cpu",
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
        """Whether the map is an alignment."""
        return self.alignment.found

    @property
    def verdict(self) -> Verdict:
        """Whether the map is an alignment, and how that is known."""
        return self.alignment.verdict

    @property
    def source_dimension(self) -> int:
        """Length m of the source vectors."""
        return self.source.dimension

    @property
    def target_dimension(self) -> int:
        """Length d of the target vectors."""
        return self.retriever.dimension

    def translate(
        self, words: Sequence[str], k: int = 10, score: Ranking = "csls"
    ) -> tuple[Translation, ...]:
        """Translate words, all in one search; one answer per word, in their order.

        A word outside the vocabulary gets a vector from its parts where the source can give one.
        A word without a vector is answered with a reason and does not disturb the others.

        Raises:
            OptionError: ``k`` is less than 1, or ``score`` is unknown, or is ``probability`` and
                the translator has no model of it.

        """
        self.check_search_options(k, score)
        rows = [self.source.rows.get(word) for word in words]
        known = self._tabulated(k, score)
        vectors = [
            None if known is not None and row is not None else self.vector(word)
            for word, row in zip(words, rows, strict=True)
        ]
        asked = [vector for vector in vectors if vector is not None]
        own = [word for word, vector in zip(words, vectors, strict=True) if vector is not None]
        found = iter(self._search(np.stack(asked), k, score, own) if asked else ())
        return tuple(
            Translation(word, known(row), True)
            if known is not None and row is not None and self.has_direction(row)
            else Translation(word, (), row is not None, _why_none(row), self.hint(word))
            if vector is None
            else Translation(word, next(found), row is not None)
            for word, row, vector in zip(words, rows, vectors, strict=True)
        )

    def search(
        self, vectors: Float32[np.ndarray, "n m"], k: int = 10, score: Ranking = "csls"
    ) -> tuple[tuple[Neighbour, ...], ...]:
        """Find the target words nearest to raw source vectors, of shape [n, m].

        By probability, at most 30 are found for each, without regard to frequency and spelling.

        Raises:
            ShapeError: ``vectors`` is not a matrix of the source dimension.
            NonFiniteInputError: ``vectors`` holds NaN or infinity.
            OptionError: ``k`` is less than 1, or ``score`` is unknown, or is ``probability`` and
                the translator has no model of it.

        """
        self.check_search_options(k, score)
        return self._search(vectors, k, score, [None] * len(vectors))

    def ranked(
        self, source_rows: Int64[np.ndarray, " q"], k: int = 10, score: Ranking = "csls"
    ) -> Neighbours:
        """Find rows of the target words nearest to words of the source vocabulary, by their rows.

        Always by a search, also where a table knows them.

        Raises:
            OptionError: ``k`` is less than 1, or ``score`` is unknown, or is ``probability`` and
                the translator has no model of it.

        """
        self.check_search_options(k, score)
        words = [self.source.words[row] for row in source_rows.tolist()]
        return self._nearest(self.source.vectors[source_rows], k, score, words)

    def weighed(self, candidates: Neighbours, words: Sequence[str | None], k: int) -> Neighbours:
        """Put candidates by CSLS in the order of their probability.

        Args:
            candidates: The first 30 by CSLS, or more; the others are left out.
            words: The source word of each, None for a vector, of length q.
            k: How many of each are wanted.

        Raises:
            OptionError: The translator has no model of the probability.

        """
        posterior = self.posterior
        if posterior is None:
            raise OptionError(f"score: {self.pair} has no probabilities; {_NO_PROBABILITIES}")
        find = self.source.rows.get
        ranked, shares = weigh_candidates(
            posterior,
            candidates.rows,
            candidates.scores,
            source_rows=np.array(
                [-1 if word is None else find(word, -1) for word in words], np.int64
            ),
            source_words=words,
            target_words=self.target_words,
        )
        return Neighbours(ranked[:, :k], shares[:, :k])

    def check_search_options(self, k: int, score: str) -> None:
        """Refuse options that no search of this translator can have.

        Raises:
            OptionError: ``k`` is less than 1, or ``score`` is unknown, or is ``probability`` and
                the translator has no model of it.

        """
        if k < 1:
            raise OptionError(f"k: expected at least 1, found {k}")
        if score not in get_args(Ranking):
            raise OptionError(f"score: expected {', '.join(get_args(Ranking))}; found {score!r}")
        if score not in self.rankings:
            raise OptionError(f"score: {self.pair} has no probabilities; {_NO_PROBABILITIES}")

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        """By what the answers can be ranked."""
        scores: tuple[Ranking, ...] = ("csls", "cosine")
        return scores if self.posterior is None else (*scores, "probability")

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
        """Raw vector of a word, made of its parts where need be, [m].

        None where it has none, or one of zeros, which points nowhere.
        """
        try:
            vector = self.source.vector(word)
        # A lone surrogate is no character; a word with one has no parts either.
        except (UnknownWordError, UnicodeEncodeError):
            return None
        return vector if vector.any() else None

    def hint(self, word: str) -> str | None:
        """Say how the vocabulary writes a word that it lacks as it stands; None: not at all.

        Tried are other compositions and cases, and the prefixes of ConceptNet.
        """
        if word in self.source.rows:
            return None
        found = known_form(word, self.source.rows, self.source.language)
        return None if found is None else f"{found[1]}: {found[0]}"

    def has_direction(self, row: int) -> bool:
        """Whether the vector of a source word, by its row, is not zero."""
        return bool(self.source.vectors[row].any())

    def tabulated(
        self, k: int, score: Ranking
    ) -> tuple[Int32[np.ndarray, "words w"], Float32[np.ndarray, "words w"]] | None:
        """Rows and scores of at least the first ``k`` neighbours of every source word.

        None where they are not known beforehand.
        """
        known = None if self.table is None else self.table.of(score)
        most = CANDIDATES if score == "probability" else len(self.retriever)
        return None if known is None or min(k, most) > known[0].shape[1] else known

    def with_posterior(self, *, spelling: bool = True) -> Translator:
        """Estimate how probable each candidate is, from the frequencies and letters of the words.

        Takes both vocabularies to be in the order of frequency, the most frequent word first; where
        they are not, this shows, and frequency does not count. Where letters tell nothing either,
        the translator stays without probabilities.

        Args:
            spelling: Whether it may matter how alike words are written.

        """
        from isogloss.models.probability.posterior_fit import (  # noqa: PLC0415 (needs PyTorch)
            MOST_WORDS,
            Vocabulary,
            fit_posterior,
        )
        from isogloss.models.retrieval.estimated_precision import (  # noqa: PLC0415 (needs this)
            estimated_precision,
        )

        frequent = self.source.most_frequent(MOST_WORDS)
        posterior = fit_posterior(
            Vocabulary(self.target_words, self.retriever.target),
            Vocabulary(frequent.words, self.align(frequent.vectors)),
            hubs=self.retriever.hubs,
            device=self.retriever.device,
            spelling=spelling,
            agreement=self._agreement,
        )
        weighed = replace(self, posterior=posterior, estimate=None)
        if weighed.table is not None:
            weighed = replace(weighed, table=weighed._weighed(weighed.table))
        return replace(weighed, estimate=estimated_precision(weighed))

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
        return replace(self, table=self._weighed(table))

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
            AlignedWord(word, None, row is not None, _why_none(row))
            if vector is None
            else AlignedWord(word, next(mapped), row is not None)
            for word, row, vector in zip(
                words, map(self.source.rows.get, words), vectors, strict=True
            )
        )

    def at_stage(self, stage: Stage) -> Translator:
        """Take the map as it was at the end of a stage, with the index that belongs to it.

        The target vectors are the same, but r(y) depends on the mapped source and is computed anew.
        The search is exact. Probabilities are those of the last stage, and left out.
        """
        if stage.transport is self.alignment.transport:
            return self
        alignment = replace(self.alignment, transport=stage.transport, stages=(stage,))
        # In float64 as in `align`: the same before it was saved and after, bit by bit.
        normalised = alignment.source_normalizer(self.source.vectors)
        mapped = apply_transport(stage.transport.in_double(), normalised)
        retriever = Retriever.build(
            self.retriever.target,
            mapped,
            hubs=self.retriever.hubs,
            device=self.retriever.device,
        )
        return replace(
            self,
            alignment=alignment,
            retriever=retriever,
            table=None,
            posterior=None,
            estimate=None,
        )

    @property
    def _agreement(self) -> float | None:
        """Held-out agreement of the map, where it was measured."""
        stages = self.alignment.stages
        return stages[-1].criterion if stages and isfinite(stages[-1].criterion) else None

    def _tabulated(self, k: int, score: Ranking) -> Callable[[int], tuple[Neighbour, ...]] | None:
        known = self.tabulated(k, score)
        if known is None:
            return None
        rows, scores = known

        return lambda row: named_neighbours(self.target_words, rows[row, :k], scores[row, :k])

    def _weighed(self, table: NeighbourTable) -> NeighbourTable:
        """Add the probabilities to a table that holds all candidates."""
        if self.posterior is None or table.width < min(CANDIDATES, len(self.retriever)):
            return table
        return table.with_probabilities(self.posterior, self.source.words, self.target_words)

    def _search(
        self,
        vectors: Float32[np.ndarray, "n m"],
        k: int,
        score: Ranking,
        words: Sequence[str | None],
    ) -> tuple[tuple[Neighbour, ...], ...]:
        return self._words(self._nearest(vectors, k, score, words))

    def _nearest(
        self,
        vectors: Float32[np.ndarray, "n m"],
        k: int,
        score: Ranking,
        words: Sequence[str | None],
    ) -> Neighbours:
        queries = self.align(vectors)
        if score != "probability":
            return self.retriever.search(queries, k=k, score=score)
        candidates = self.retriever.search(queries, k=CANDIDATES, score="csls")
        return self.weighed(candidates, words, k)

    def _words(self, neighbours: Neighbours) -> tuple[tuple[Neighbour, ...], ...]:
        return tuple(
            named_neighbours(self.target_words, rows, scores)
            for rows, scores in zip(neighbours.rows, neighbours.scores, strict=True)
        )


def _why_none(row: int | None) -> Reason:
    return "unknown_word" if row is None else "zero_vector"


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
