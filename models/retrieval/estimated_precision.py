"""Estimate how many first answers of a translator are right.

The probability of a first answer is the chance that it is right, so the mean over words is the
share of right answers to be expected. How far this was off where a dictionary told is stated with
it: the probabilities come from the same map, and share its errors.
"""

from __future__ import annotations

import numpy as np

from isogloss.models.estimated_precision import EstimatedPrecision, why_none
from isogloss.models.retrieval.translator import Translator

FREQUENT_WORDS = 5000
"""The most frequent source words that the mean is taken over."""

_QUERIES_AT_ONCE = 2048


def estimated_precision(translator: Translator) -> EstimatedPrecision | None:
    """Give the estimated share of right first answers by probability; None where it is not known.

    A translator that was just fitted, or was saved by this version, holds it. Otherwise it is
    estimated, which searches for 5,000 words. Where it is None, :func:`why_no_estimate` says why.
    """
    if why_no_estimate(translator) is not None:
        return None
    return translator.estimate or _estimate(translator)


def why_no_estimate(translator: Translator) -> str | None:
    """Say why the share of right first answers cannot be estimated; None where it can."""
    return why_none(found=translator.found, has_probabilities=translator.posterior is not None)


def _estimate(translator: Translator) -> EstimatedPrecision:
    words = min(FREQUENT_WORDS, len(translator.source.words))
    best = [
        translator.ranked(np.arange(begin, min(begin + _QUERIES_AT_ONCE, words)), 1, "probability")
        for begin in range(0, words, _QUERIES_AT_ONCE)
    ]
    shares = np.concatenate([found.scores[:, 0] for found in best])
    return EstimatedPrecision(share=float(shares.mean(dtype=np.float64)), words=words)
