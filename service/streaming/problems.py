"""What can be wrong with a single row."""

from __future__ import annotations

from isogloss.models.answers import Reason
from isogloss.service.streaming.rows import Problem


def check_word(word: str, most_length: int) -> Problem | None:
    """Say whether a word is too long."""
    if len(word) <= most_length:
        return None
    return Problem.expected(
        "too_large",
        "characters of the word",
        expected=f"at most {most_length}",
        found=f"{len(word)}",
    )


def missing() -> Problem:
    """Say that a row has neither word nor vector."""
    return Problem.expected("malformed_row", "row", expected="a word or a vector", found="neither")


def wrong_length(dimension: int, found: int) -> Problem:
    """Say that a vector has another dimension."""
    return Problem.expected(
        "shape", "vector", expected=f"{dimension} numbers", found=f"{found} numbers"
    )


WITHOUT_VECTOR = ("unknown_word", "zero_vector")
"""Codes of words that have no answer of their own."""


def without_vector(reason: Reason) -> Problem:
    """Say that a word has no vector, or one of zeros."""
    if reason == "zero_vector":
        return Problem(reason, "the word's vector is zero: it has no direction")
    return Problem(reason, "the word has no vector")


def zero_vector() -> Problem:
    """Say that a vector points nowhere."""
    return Problem("zero_vector", "the vector is zero: it has no direction")
