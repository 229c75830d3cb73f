"""Words and their vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32

from isogloss.models.errors import (
    InputError,
    NonFiniteInputError,
    OptionError,
    ShapeError,
    UnknownWordError,
)
from isogloss.models.spaces.row_blocks import all_finite


@runtime_checkable
class SubwordModel(Protocol):
    """Gives a vector to any word, also to one outside the vocabulary."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""

    def vector(self, word: str) -> Float32[np.ndarray, " dimension"] | None:
        """Vector of a word from its parts; None where the word has no part that was trained."""


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingSpace:
    """Words of one language with their vectors, the most frequent first; ``isogloss.Space``.

    >>> import numpy as np
    >>> space = EmbeddingSpace("en", ("the", "of"), np.eye(2, dtype=np.float32))
    >>> space
    <Space en, 2 words, 2 dimensions>
    >>> space.vector("of")
    array([0., 1.], dtype=float32)

    Attributes:
        language: Code of the language, for instance ``fr``.
        words: The words, each once, as they stand in the file.
        vectors: Array of shape [words, dimension]; row i belongs to ``words[i]``.
        subwords: Gives vectors to words outside the vocabulary; None where the source cannot.

    Raises:
        ShapeError: ``vectors`` is not a matrix with one row per word, or the subword model gives
            vectors of another dimension.
        NonFiniteInputError: ``vectors`` holds NaN or infinity.
        InputError: There is no word, or a word stands twice.

    """

    language: str
    words: tuple[str, ...]
    vectors: Float32[np.ndarray, "words dimension"]
    subwords: SubwordModel | None = None
    rows: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or len(self.words) != len(self.vectors):
            raise ShapeError(
                f"vectors of {self.language}",
                expected=f"[{len(self.words)}, dimension]",
                found=str(list(self.vectors.shape)),
            )
        if not self.words:
            raise InputError(f"the {self.language} space holds no word")
        if not all_finite(self.vectors):
            raise NonFiniteInputError(f"the {self.language} vectors hold NaN or infinity")
        if self.subwords is not None and self.subwords.dimension != self.dimension:
            raise ShapeError(
                f"n-gram vectors of {self.language}",
                expected=f"dimension {self.dimension}",
                found=f"dimension {self.subwords.dimension}",
            )
        rows = {word: row for row, word in enumerate(self.words)}
        if len(rows) != len(self.words):
            repeated = next(word for row, word in enumerate(self.words) if rows[word] != row)
            raise InputError(f"{repeated!r} stands twice in the {self.language} space")
        object.__setattr__(self, "rows", rows)

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        subwords = "" if self.subwords is None else ", any word by its parts"
        size = f"{len(self):,} words, {self.dimension} dimensions"
        return f"<Space {self.language}, {size}{subwords}>"

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self.vectors.shape[1])

    def most_frequent(self, count: int) -> EmbeddingSpace:
        """Keep the first ``count`` words, or all where there are fewer.

        Raises:
            OptionError: ``count`` is not positive.

        """
        if count < 1:
            raise OptionError(f"most frequent words: expected at least 1, found {count}")
        return EmbeddingSpace(
            self.language, self.words[:count], self.vectors[:count], self.subwords
        )

    def vector(self, word: str) -> Float32[np.ndarray, " dimension"]:
        """Vector of a word, from its parts where it is outside the vocabulary.

        Raises:
            UnknownWordError: The word is outside the vocabulary and has no known part.

        """
        vector: Float32[np.ndarray, " dimension"] | None = None
        if word in self.rows:
            vector = self.vectors[self.rows[word]]
        elif self.subwords is not None:
            vector = self.subwords.vector(word)
        if vector is None:
            raise UnknownWordError(word, self.language)
        return vector
