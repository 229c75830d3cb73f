"""Candidates by CSLS put in the order of their probability, by all that the model regards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, Int64

from isogloss.models.probability.likeness import likeness_steps
from isogloss.models.probability.translation_posterior import (
    CANDIDATES,
    TranslationPosterior,
    most_probable,
)


def weigh_candidates(
    posterior: TranslationPosterior,
    candidates: Int64[np.ndarray, "q c"],
    csls: Float32[np.ndarray, "q c"],
    *,
    source_rows: Int64[np.ndarray, " q"],
    source_words: Sequence[str | None],
    target_words: Sequence[str],
) -> tuple[Int64[np.ndarray, "q w"], Float32[np.ndarray, "q w"]]:
    """Weigh the first 30 candidates by vectors, frequency and, where it tells something, letters.

    Args:
        posterior: The model.
        candidates: Rows of the candidates, the best by CSLS first, of shape [q, c].
        csls: Their scores, of the same shape.
        source_rows: Row of each source word, −1 where it has none, of shape [q].
        source_words: The source words, None for a vector, of length q.
        target_words: All target words, row by row.

    Returns:
        Rows and probabilities of the first 30, or of all where there are fewer, the most probable
        first, of shape [q, w].

    """
    candidates, csls = candidates[:, :CANDIDATES], csls[:, :CANDIDATES]
    likeness = (
        likeness_steps(source_words, target_words, candidates)
        if posterior.regards_spelling
        else None
    )
    return most_probable(posterior, source_rows, candidates, csls, likeness)
