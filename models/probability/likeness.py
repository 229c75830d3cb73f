"""How alike words of two languages are written: a witness that the vectors do not know of.

Languages share names, loans and roots, and change their endings: *nation* and *nación* are one edit
apart. What such a likeness is worth between two languages is estimated, not assumed
(`posterior_fit.py`); between two scripts it is worth nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from jaxtyping import Int64
from rapidfuzz import process
from rapidfuzz.distance import OSA

from isogloss.models.spaces.folding import folded

LIKENESS_STEPS = 41
"""Steps of likeness, from not a letter in common to written the same."""

UNKNOWN = -1
"""The likeness of what is no word."""

_WORDS_AT_ONCE = 8192


def likeness_steps(
    source: Sequence[str | None],
    target: Sequence[str],
    target_rows: Int64[np.ndarray, "q c"],
) -> Int64[np.ndarray, "q c"]:
    """Step of likeness of each word with each of its candidates.

    The likeness is 1 less the edits that lead from one word to the other (insert, delete, replace
    a letter, or swap two), divided by the length of the longer one; case and marks aside.

    Args:
        source: The words, of length q; None for a vector, whose word nobody knows.
        target: The target vocabulary.
        target_rows: The candidates, of shape [q, c].

    Returns:
        Steps from 0 to ``LIKENESS_STEPS`` − 1, or ``UNKNOWN``.

    """
    steps = np.full(target_rows.shape, UNKNOWN, np.int64)
    known = np.array([row for row, word in enumerate(source) if word is not None], np.int64)
    fold: Callable[[str], str] = cache(folded)
    for begin in range(0, len(known), _WORDS_AT_ONCE):
        rows = known[begin : begin + _WORDS_AT_ONCE]
        words = [fold(word) for row in rows if (word := source[row]) is not None]
        candidates = target_rows[rows]
        likeness = process.cpdist(
            [word for word in words for _ in range(candidates.shape[1])],
            [fold(target[row]) for row in candidates.ravel().tolist()],
            scorer=OSA.normalized_similarity,
            dtype=np.float32,
        )
        places = np.rint(likeness * (LIKENESS_STEPS - 1)).astype(np.int64)
        steps[rows] = places.reshape(candidates.shape)
    return steps
