"""Checks that JSON types cannot express: what the settings and the pair allow."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from isogloss.models.errors import (
    DirectionsError,
    NonFiniteInputError,
    OptionError,
    ShapeError,
)
from isogloss.service.errors import TooLargeError
from isogloss.service.settings import Settings


def check_k(k: int, settings: Settings) -> None:
    """Refuse more neighbours than the settings allow.

    Raises:
        OptionError: ``k`` is too large.

    """
    if k > settings.max_k:
        raise OptionError(f"k: expected at most {settings.max_k}, found {k}")


def check_words(words: Sequence[str], settings: Settings) -> None:
    """Refuse more or longer words than the settings allow.

    Raises:
        TooLargeError: There are too many, or one is too long.

    """
    if len(words) > settings.max_words:
        raise TooLargeError("words", expected=settings.max_words, found=len(words))
    for position, word in enumerate(words):
        if len(word) > settings.max_word_length:
            raise TooLargeError(
                f"characters of words[{position}]",
                expected=settings.max_word_length,
                found=len(word),
            )


def check_vector_count(count: int, settings: Settings) -> None:
    """Refuse more vectors than the settings allow.

    Raises:
        TooLargeError: There are too many.

    """
    if count > settings.max_vectors:
        raise TooLargeError("vectors", expected=settings.max_vectors, found=count)


def check_vectors(vectors: Sequence[Sequence[float]], dimension: int, settings: Settings) -> None:
    """Refuse more vectors than the settings allow, and vectors of another dimension.

    Raises:
        TooLargeError: There are too many.
        ShapeError: One has the wrong dimension.

    """
    check_vector_count(len(vectors), settings)
    for position, vector in enumerate(vectors):
        if len(vector) != dimension:
            raise ShapeError(
                f"vectors[{position}]",
                expected=f"{dimension} numbers",
                found=f"{len(vector)} numbers",
            )


def matrix_of(
    vectors: Sequence[Sequence[float]], dimension: int
) -> Float32[np.ndarray, "n dimension"]:
    """Make a matrix of checked vectors, of shape [n, dimension].

    Raises:
        NonFiniteInputError: A number is too large for float32.
        DirectionsError: A vector is zero.

    """
    with np.errstate(over="ignore"):
        matrix = np.array(vectors, np.float64).reshape(-1, dimension).astype(np.float32)
    if not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise NonFiniteInputError(
            f"vectors[{row}][{column}]: expected a float32 number, found {vectors[row][column]}"
        )
    check_directions(matrix)
    return matrix


def check_directions(matrix: Float32[np.ndarray, "n dimension"]) -> None:
    """Refuse a zero vector.

    Raises:
        DirectionsError: There is one.

    """
    zeros = np.flatnonzero(~matrix.any(axis=1))
    if len(zeros):
        raise DirectionsError(f"vectors[{zeros[0]}]: is zero, and so has no direction")
