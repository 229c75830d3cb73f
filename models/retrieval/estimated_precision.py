"""How many first answers are right, estimated without a dictionary.

The probability of a first answer is the chance that it is right, so the mean over words is the
share of right answers to be expected. How far this was off where a dictionary told is stated with
it: the probabilities come from the same map, and share its errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from isogloss.models.retrieval.translator import Translator

FREQUENT_WORDS = 5000
"""The most frequent source words that the mean is taken over."""

MEDIAN_ERROR = 0.051
LARGEST_ERROR = 0.227
MEASURED_PAIRS = 26
"""Directions of `research/results/reliability.json` on which the errors were measured."""

_QUERIES_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedPrecision:
    """The share of words whose most probable answer is right, estimated without a dictionary.

    Attributes:
        share: The estimate, 0 to 1.
        words: The most frequent source words that it is the mean over.
        median_error: By how much it was off in the middle of the pairs on which it was measured.
        largest_error: By how much it was off at most.
        measured_pairs: The number of these pairs.

    """

    share: float
    words: int
    median_error: float = MEDIAN_ERROR
    largest_error: float = LARGEST_ERROR
    measured_pairs: int = MEASURED_PAIRS

    @property
    def short(self) -> str:
        """A few words, for instance ``about 84 % of first answers right``."""
        return f"about {self.share:.0%} of first answers right".replace("%", " %")

    @property
    def text(self) -> str:
        """A sentence that says how it was estimated, and by how much it may be off."""
        return (
            f"{self.short}, estimated without a dictionary from the {self.words:,} most frequent "
            f"words; on {self.measured_pairs} measured pairs such estimates were off by "
            f"{100 * self.median_error:.0f} points in the middle and {100 * self.largest_error:.0f}"
            " at most"
        )


def estimated_precision(translator: Translator) -> EstimatedPrecision | None:
    """Estimate the share of right first answers by probability; None where that is not known.

    Kept for as long as the translator lives: the first call searches for 5,000 words, later ones
    cost nothing. Where it is None, :func:`why_no_estimate` says why.
    """
    if why_no_estimate(translator) is not None:
        return None
    if translator not in _known:
        _known[translator] = _estimate(translator)
    return _known[translator]


def why_no_estimate(translator: Translator) -> str | None:
    """Say why the share of right first answers cannot be estimated; None where it can."""
    if not translator.found:
        return "no alignment was found, so the answers are no better than chance"
    if translator.posterior is None:
        return (
            "the words tell nothing beside their vectors: they stand in no order of frequency, and "
            "translations are not written alike"
        )
    return None


_known: WeakKeyDictionary[Translator, EstimatedPrecision] = WeakKeyDictionary()


def _estimate(translator: Translator) -> EstimatedPrecision:
    words = min(FREQUENT_WORDS, len(translator.source.words))
    best = [
        translator.ranked(np.arange(begin, min(begin + _QUERIES_AT_ONCE, words)), 1, "probability")
        for begin in range(0, words, _QUERIES_AT_ONCE)
    ]
    shares = np.concatenate([found.scores[:, 0] for found in best])
    return EstimatedPrecision(share=float(shares.mean(dtype=np.float64)), words=words)
