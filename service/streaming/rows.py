"""Rows on their way through the service, a block at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol, TypeVar

import numpy as np
from jaxtyping import Bool, Float32

from isogloss.models.retrieval import Neighbour
from isogloss.service.errors import ServiceError

Answers_contra = TypeVar("Answers_contra", contravariant=True)


class MalformedStreamError(ServiceError):
    """The stream as a whole cannot be read on; where single rows are wrong, only they are."""

    def __init__(self, message: str, *, expected: str = "", found: str = "") -> None:
        detail = {"expected": expected, "found": found} if expected else {}
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed_stream", message, detail)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row has no answer, in the shape that errors have.

    Attributes:
        code: For machines, for instance ``shape`` or ``unknown_word``.
        message: For people.
        detail: ``expected`` and ``found``, where it is about a value.

    """

    code: str
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def expected(cls, code: str, what: str, *, expected: str, found: str) -> Problem:
        """Say what was expected, and what was found."""
        message = f"{what}: expected {expected}, found {found}"
        return cls(code, message, {"expected": expected, "found": found})


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows that were read: words, vectors, or words that bring their vector.

    Attributes:
        first: Position of the first one in the stream, from 0.
        count: How many they are.
        words: The word of each row, None for a row without; None where no row has one.
        vectors: Raw source vectors, of shape [count, m], finite; None where no row has one.
        given: Which rows have a vector, of shape [count]; None where all have, if any has.
        problems: Offset of a row that cannot be used → why.

    """

    first: int
    count: int
    words: tuple[str | None, ...] | None = None
    vectors: Float32[np.ndarray, "count m"] | None = None
    given: Bool[np.ndarray, " count"] | None = None
    problems: Mapping[int, Problem] = field(default_factory=dict)

    @classmethod
    def of(
        cls, words: Sequence[str] | None, vectors: Float32[np.ndarray, "count m"] | None
    ) -> Rows:
        """Put words or vectors into rows, from the first on."""
        if vectors is not None:
            return cls(0, len(vectors), vectors=vectors)
        return cls(0, len(words or ()), words=tuple(words or ()))

    def pieces(self, most: int) -> Iterator[Rows]:
        """Split into pieces of at most so many rows."""
        if self.count <= most:
            yield self
            return
        for begin in range(0, self.count, most):
            piece = slice(begin, min(begin + most, self.count))
            yield Rows(
                self.first + begin,
                piece.stop - begin,
                None if self.words is None else self.words[piece],
                None if self.vectors is None else self.vectors[piece],
                None if self.given is None else self.given[piece],
                {
                    offset - begin: problem
                    for offset, problem in self.problems.items()
                    if piece.start <= offset < piece.stop
                },
            )


@dataclass(frozen=True, slots=True, eq=False)
class AlignedRows:
    """Answers_contra of ``align``.

    Attributes:
        first: Position of the first one in the stream, from 0.
        words: As in the rows that were asked.
        vectors: Unit vectors of the target's normalised space, of shape [n, d]; NaN in a row that
            has none.
        problems: Offset of a row without an answer → why.

    """

    first: int
    words: tuple[str | None, ...] | None
    vectors: Float32[np.ndarray, "n d"]
    problems: Mapping[int, Problem]


@dataclass(frozen=True, slots=True, eq=False)
class TranslatedRows:
    """Answers_contra of ``translate``.

    Attributes:
        first: Position of the first one in the stream, from 0.
        words: As in the rows that were asked.
        neighbours: Target words of each row, the best first; none in a row without an answer.
        in_vocabulary: Whether a word has a vector of its own; None for a vector.
        problems: Offset of a row without an answer → why.

    """

    first: int
    words: tuple[str | None, ...] | None
    neighbours: tuple[tuple[Neighbour, ...], ...]
    in_vocabulary: tuple[bool | None, ...]
    problems: Mapping[int, Problem]


class Decoder(Protocol):
    """Bytes of a body to rows. What a piece leaves unfinished is kept for the next."""

    @property
    def rows_promised(self) -> int | None:
        """How many rows will come, where the form says so at its beginning."""

    def feed(self, data: bytes) -> Iterator[Rows]:
        """Give out the rows that are complete.

        Raises:
            ServiceError: The stream cannot be read on.

        """

    def end(self) -> Iterator[Rows]:
        """Give out what is left.

        Raises:
            ServiceError: The stream ended too early.

        """


class Encoder(Protocol[Answers_contra]):
    """Answers_contra to bytes of a body."""

    def write(self, answers: Answers_contra) -> bytes:
        """Write the next answers; the first ones behind the head that the form has."""

    def end(self) -> bytes:
        """Write what stands behind the last answers."""

    def fail(self, error: ServiceError) -> bytes:
        """Write why there are no more answers, where the form has a place for it."""
