"""Whether the probabilities of translations are true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from isogloss.models.errors import InputError
from isogloss.models.evaluation.precision import evaluable_words
from isogloss.models.retrieval.translator import Translator
from isogloss.models.spaces.lexicon import Lexicon

_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Answers of about the same probability.

    Attributes:
        probability: Mean of what was said.
        precision: Share that is right.
        words: How many they are.

    """

    probability: float
    precision: float
    words: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Probabilities of first answers beside how often they are right.

    Attributes:
        reliability: Ten bins of equally many answers, the least probable first.
        expected_calibration_error: Mean gap between probability and precision over the bins,
            weighted by their words (Guo et al. 2017, equation 3, with bins of equal size).
        precision_of_share: Share of the words that are answered, the most probable first →
            precision among them; the curve of abstention.

    """

    reliability: tuple[Reliability, ...]
    expected_calibration_error: float
    precision_of_share: dict[float, float]

    def as_dict(self) -> dict[str, object]:
        """Give the figures under the names that JSON shows."""
        return {
            "expected_calibration_error": self.expected_calibration_error,
            "mean_probability": float(
                np.average(
                    [one.probability for one in self.reliability],
                    weights=[one.words for one in self.reliability],
                )
            ),
            "reliability": [
                {"probability": one.probability, "precision": one.precision, "words": one.words}
                for one in self.reliability
            ],
            "precision_of_share": {
                f"{share:.1f}": precision for share, precision in self.precision_of_share.items()
            },
        }


def calibration(translator: Translator, lexicon: Lexicon) -> Calibration:
    """Compare the probability of the most probable translation with the lexicon.

    Raises:
        OptionError: The translator has no probabilities.
        InputError: No word of the lexicon can be evaluated.

    """
    words = evaluable_words(translator, lexicon)
    found = translator.ranked(np.array(words.rows, np.int64), 1, "probability")
    right = np.array(
        [row in answers for row, answers in zip(found.rows[:, 0], words.answers, strict=True)]
    )
    return calibration_of(found.scores[:, 0], right)


def calibration_of(
    probabilities: Float32[np.ndarray, " n"], right: Bool[np.ndarray, " n"]
) -> Calibration:
    """Compare probabilities with what came true.

    Raises:
        InputError: There are none.

    """
    if not len(right):
        raise InputError("there is no answer to calibrate")
    order = np.argsort(-probabilities, kind="stable")
    said, true = probabilities[order].astype(np.float64), right[order].astype(np.float64)
    bins = tuple(
        Reliability(
            probability=float(said[part].mean()),
            precision=float(true[part].mean()),
            words=len(part),
        )
        for part in reversed(np.array_split(np.arange(len(said)), min(_BINS, len(said))))
    )
    gaps = [abs(one.probability - one.precision) for one in bins]
    shares = [number / 10 for number in range(1, 11)]
    return Calibration(
        reliability=bins,
        expected_calibration_error=float(np.average(gaps, weights=[one.words for one in bins])),
        precision_of_share={
            share: float(true[: max(1, round(share * len(true)))].mean()) for share in shares
        },
    )
