"""What a translator answers, in terms that a client can import without PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, Integer

from isogloss.models.choices import Ranking, Score

__all__ = [
    "AlignedWord",
    "Neighbour",
    "Ranking",
    "Reason",
    "Score",
    "Translation",
    "named_neighbours",
]

Reason = Literal["unknown_word", "zero_vector"]
"""Why a word has no answer; for machines."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A target word near a query.

    Attributes:
        word: The target word.
        score: Its score by cosine or CSLS, or its probability; a float32 held exactly.

    """

    word: str
    score: float


def named_neighbours(
    words: Sequence[str], rows: Integer[np.ndarray, " k"], scores: Float32[np.ndarray, " k"]
) -> tuple[Neighbour, ...]:
    """Name the target words that a search found for one query.

    Args:
        words: All target words, row by row.
        rows: Those found, the best first, of shape [k].
        scores: Their scores, of the same shape.

    """
    return tuple(
        Neighbour(words[row], score)
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
    )


@dataclass(frozen=True, slots=True)
class Translation:
    """The answer for one word.

    Attributes:
        word: The source word as it was asked.
        neighbours: Target words, the best first; none where the word is unknown.
        in_vocabulary: Whether the word has a vector of its own, not one made of its parts.
        reason: Why there is no answer; None where there is one.
        hint: How the vocabulary writes an unknown word, such as ``composed (NFC): café``; None
            where it has none like it but for case, composition or a prefix.

    """

    word: str
    neighbours: tuple[Neighbour, ...]
    in_vocabulary: bool
    reason: Reason | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class AlignedWord:
    """A source word in the target space.

    Attributes:
        word: The source word as it was asked.
        vector: Its unit vector in the target's normalised space, of shape [d]; None where the word
            is unknown.
        in_vocabulary: Whether the word has a vector of its own, not one made of its parts.
        reason: Why there is no vector; None where there is one.

    """

    word: str
    vector: Float32[np.ndarray, " d"] | None
    in_vocabulary: bool
    reason: Reason | None = None
