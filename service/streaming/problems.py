"""What can be wrong with a single row."""

from __future__ import annotations

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


def unknown_word() -> Problem:
    """Say that a word has no vector."""
    return Problem("unknown_word", "the word has no vector")
