"""How many first answers are right, estimated without a dictionary: the figure and its error.

Light, so that a manifest can be shown without PyTorch.
"""

from __future__ import annotations

from dataclasses import dataclass

MEDIAN_ERROR = 0.109
LARGEST_ERROR = 0.372
MEASURED_PAIRS = 8
"""Directions of `research/results/estimates.json` on which the errors were measured.

The estimate over the 5,000 most frequent words, less the precision on the train lexicon. The
largest errors are those into Russian, whose dictionary lists few inflected forms.
"""


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


def why_none(*, found: bool, has_probabilities: bool) -> str | None:
    """Say why the share of right first answers is not known; None where it can be."""
    if not found:
        return "no alignment was found, so the answers are no better than chance"
    if not has_probabilities:
        return (
            "the words tell nothing beside their vectors: they stand in no order of frequency, and "
            "translations are not written alike"
        )
    return None
