"""Gathers words and vectors from any reader, and decides what becomes of bad ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from isogloss.models.choices import OnError
from isogloss.models.errors import (
    DuplicateWordError,
    EmptyFileError,
    MalformedLineError,
    NonFiniteVectorError,
    VectorFileError,
    WrongDimensionError,
)
from isogloss.models.spaces.readers.bounds import DEFAULT_BOUNDS, ReadBounds
from isogloss.models.spaces.readers.report import REASONS

_FIRST_CAPACITY = 1 << 24
_GROWTH = 1.125
_SHOWN = 40


class Collector:
    """Words with their vectors, as far as they are read.

    Every reader hands over blocks; whether a word is new and its vector finite is asked here, for
    all formats alike.

    Attributes:
        path: The file, for the errors.
        dimension: Length of the vectors.
        rows: Word → row, in the order of the file.
        skipped: Reason → how many words were left out for it.
        examples: Reason → line or record of the first one.

    """

    def __init__(
        self,
        path: Path,
        *,
        dimension: int,
        promised: int | None,
        limit: int | None,
        on_error: OnError,
        observe: Callable[[int], None] | None,
        bounds: ReadBounds = DEFAULT_BOUNDS,
    ) -> None:
        if dimension > bounds.dimension:
            reason = f"expected at most {bounds.dimension} numbers in a vector, found {dimension}"
            raise WrongDimensionError(path, reason)
        self.path = path
        self.dimension = dimension
        self.rows: dict[str, int] = {}
        self.skipped: dict[str, int] = {}
        self.examples: dict[str, int] = {}
        self._limit = limit
        self._fail = on_error == "fail"
        self._observe = observe
        self._longest = bounds.word_length
        # A header may lie, so it is believed up to a bound only. Untouched pages cost no memory.
        promises = [count for count in (promised, limit) if count is not None]
        capacity = min([*promises, max(1, _FIRST_CAPACITY // dimension)])
        self._vectors = np.empty((capacity, dimension), np.float32)

    @property
    def room(self) -> int | None:
        """Words that may still come under the limit; None without one."""
        return None if self._limit is None else self._limit - len(self.rows)

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self.room == 0

    def refuse(self, error: VectorFileError, *, count: int = 1) -> None:
        """Raise the error, or count it where the user asked to skip.

        Raises:
            VectorFileError: The error itself, unless asked to skip.

        """
        reason = REASONS.get(type(error))
        if self._fail or reason is None:
            raise error
        self.skipped[reason] = self.skipped.get(reason, 0) + count
        if error.line is not None:
            self.examples.setdefault(reason, error.line)

    def take(
        self, words: Sequence[str], vectors: Float[np.ndarray, "n d"], lines: Sequence[int]
    ) -> None:
        """Add a block of words, as many as there is room for.

        Args:
            words: The words.
            vectors: Their vectors, shape [n, dimension].
            lines: Line or record of each, for the errors.

        Raises:
            MalformedLineError: A word is empty, or longer than the bounds allow.
            DuplicateWordError: A word stands twice in the file.
            NonFiniteVectorError: A vector holds NaN, infinity or what float32 cannot hold.

        """
        with np.errstate(over="ignore"):
            block = vectors.astype(np.float32, copy=False)
        room = len(words) if self.room is None else self.room
        if self._flawless(words[:room], block[:room]):
            self._append(words[:room], block[:room])
        else:
            self._take_singly(words, block, lines)
        if self._observe is not None:
            self._observe(len(self.rows))

    def finish(self) -> tuple[tuple[str, ...], Float32[np.ndarray, "words dimension"]]:
        """Give out words and vectors; the collector is spent.

        Raises:
            EmptyFileError: There is none.

        """
        if not self.rows:
            what = ", ".join(f"{reason}: {count}" for reason, count in self.skipped.items())
            reason = f"expected words with vectors, found none{what and f' (skipped: {what})'}"
            raise EmptyFileError(self.path, reason)
        self._resize(len(self.rows))
        return tuple(self.rows), self._vectors

    def _flawless(self, words: Sequence[str], block: Float32[np.ndarray, "n d"]) -> bool:
        return (
            "" not in words
            and max(map(len, words), default=0) <= self._longest
            and self.rows.keys().isdisjoint(words)
            and len(set(words)) == len(words)
            and bool(np.isfinite(block).all())
        )

    def _take_singly(
        self, words: Sequence[str], block: Float32[np.ndarray, "n d"], lines: Sequence[int]
    ) -> None:
        for word, vector, line in zip(words, block, lines, strict=True):
            if self.full:
                return
            if not word:
                self.refuse(MalformedLineError(self.path, "the word is empty", line=line))
            elif len(word) > self._longest:
                reason = f"{word[:_SHOWN]!r}…: expected at most {self._longest} characters, found "
                self.refuse(MalformedLineError(self.path, f"{reason}{len(word)}", line=line))
            elif word in self.rows:
                reason = f"{word!r} stands twice, first as word {self.rows[word] + 1}"
                self.refuse(DuplicateWordError(self.path, reason, line=line))
            elif not np.isfinite(vector).all():
                self.refuse(_non_finite(self.path, word, vector, line))
            else:
                self._append([word], vector[None])

    def _append(self, words: Sequence[str], block: Float32[np.ndarray, "n d"]) -> None:
        begin = len(self.rows)
        end = begin + len(words)
        if end > len(self._vectors):
            self._resize(max(end, int(len(self._vectors) * _GROWTH)))
        self._vectors[begin:end] = block
        self.rows.update(zip(words, range(begin, end), strict=True))

    def _resize(self, count: int) -> None:
        # Reallocates in place where the system can move pages: no second copy of a large matrix.
        self._vectors.resize((count, self.dimension), refcheck=False)


def _non_finite(
    path: Path, word: str, vector: Float32[np.ndarray, " d"], line: int
) -> NonFiniteVectorError:
    field = int(np.flatnonzero(~np.isfinite(vector))[0])
    return NonFiniteVectorError(
        path,
        f"number {field + 1} of {word!r}: expected a finite float32, found {vector[field]}",
        line=line,
    )
