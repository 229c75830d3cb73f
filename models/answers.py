"""What a translator answers, in terms that a client can import without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32

from isogloss.models.choices import Ranking, Score

__all__ = ["AlignedWord", "Neighbour", "Ranking", "Reason", "Score", "Translation"]

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
