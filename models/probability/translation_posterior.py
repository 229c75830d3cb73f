"""How probable a candidate translation is, given its CSLS, its frequency and its spelling.

A word and its translation are about equally frequent, and often written alike, so the rank of a
candidate in its vocabulary and its letters are evidence that the vectors do not hold. With
candidates y₁ … y_c of a source word x,

    p(yⱼ | x) ∝ exp(CSLS(x, yⱼ) / τ) · g(δⱼ) · h(λⱼ),    p(none) ∝ ν,

where δⱼ = log(rank yⱼ / rank x), λⱼ is how alike the two are written (`likeness.py`), g(δ) is the
density of δ among translations over that among other candidates and h(λ) that of λ, and ν is the
weight of the case that no candidate is the translation. All are then raised to a power σ and
normalised again. `posterior_fit.py` estimates τ, ν, σ, g and h without a dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32, Int64

CANDIDATES = 30
"""Candidates of a word, by CSLS; what is further down is no translation."""

_FARTHEST = 6.0
"""|δ| from which on all are alike: one word is 400 times as frequent as the other."""
_RANK_OF_THE_FIRST = 10.0
"""Added to every row, so that the few words at the top are about equally frequent."""


@dataclass(frozen=True, slots=True, eq=False)
class TranslationPosterior:
    """The probability of each candidate.

    Attributes:
        temperature: τ, in units of CSLS.
        none_share: Prior probability that no candidate is the translation.
        sharpness: σ, at most 1.
        band_rows: The first source row of each band of frequency, of shape [bands], increasing
            from 0.
        log_ratios: log g in each band, at equal steps of δ from −6 to 6, of shape [bands, steps];
            zeros where frequency tells nothing.
        likeness_log_ratios: log h at equal steps of λ from 0 to 1, of shape [likeness_steps]; zeros
            where spelling tells nothing.

    """

    temperature: float
    none_share: float
    sharpness: float
    band_rows: Int32[np.ndarray, " bands"]
    log_ratios: Float32[np.ndarray, "bands steps"]
    likeness_log_ratios: Float32[np.ndarray, " likeness_steps"]

    @property
    def regards_spelling(self) -> bool:
        """Whether it matters how alike words are written."""
        return bool(self.likeness_log_ratios.any())

    def probabilities(
        self,
        source_rows: Int64[np.ndarray, " q"],
        target_rows: Int64[np.ndarray, "q c"],
        csls: Float32[np.ndarray, "q c"],
        likeness: Int64[np.ndarray, "q c"] | None = None,
    ) -> Float64[np.ndarray, "q c"]:
        """Probability that each candidate is the translation; a row adds up to less than 1.

        Args:
            source_rows: Row of each source word in its vocabulary, of shape [q]; −1 for a vector or
                a word outside the vocabulary, whose frequency nobody knows.
            target_rows: The candidates by CSLS, of shape [q, c].
            csls: Their scores, of the same shape.
            likeness: How alike each is written, as steps, of the same shape; negative or None where
                that is not known.

        """
        logits = csls.astype(np.float64) / self.temperature
        logits -= _log_sum(logits)
        known = source_rows >= 0
        steps = steps_of(source_rows[known], target_rows[known], self.log_ratios.shape[1])
        bands = bands_of(source_rows[known], self.band_rows)
        logits[known] += self.log_ratios[bands[:, None], steps]
        if likeness is not None:
            logits += np.where(likeness < 0, 0, self.likeness_log_ratios[likeness])
        logits += np.log1p(-self.none_share)
        none = np.full((len(logits), 1), np.log(self.none_share))
        return normalised(np.concatenate([logits, none], axis=1), self.sharpness)[:, :-1]


def most_probable(
    posterior: TranslationPosterior,
    source_rows: Int64[np.ndarray, " q"],
    target_rows: Int64[np.ndarray, "q c"],
    csls: Float32[np.ndarray, "q c"],
    likeness: Int64[np.ndarray, "q c"] | None = None,
) -> tuple[Int64[np.ndarray, "q c"], Float32[np.ndarray, "q c"]]:
    """Put candidates in the order of their probability; equal ones stay in that of CSLS.

    Args:
        posterior: The model.
        source_rows: Row of each source word, −1 where it has none, of shape [q].
        target_rows: The candidates by CSLS, of shape [q, c].
        csls: Their scores, of the same shape.
        likeness: How alike each is written, as steps, of the same shape; None: not known.

    Returns:
        Their rows and their probabilities, both of shape [q, c].

    """
    shares = posterior.probabilities(source_rows, target_rows, csls, likeness).astype(np.float32)
    order = np.argsort(-shares, axis=1, kind="stable")
    return np.take_along_axis(target_rows, order, 1), np.take_along_axis(shares, order, 1)


def normalised(logits: Float64[np.ndarray, "q c"], sharpness: float) -> Float64[np.ndarray, "q c"]:
    """Raise probabilities, given by their logarithms, to a power, so that each row adds up to 1."""
    powers = sharpness * logits
    scaled: Float64[np.ndarray, "q c"] = np.exp(powers - _log_sum(powers))
    return scaled


def bands_of(
    source_rows: Int64[np.ndarray, " q"], band_rows: Int32[np.ndarray, " bands"]
) -> Int64[np.ndarray, " q"]:
    """Band of frequency of each source row."""
    return np.searchsorted(band_rows, source_rows, side="right").astype(np.int64) - 1


def steps_of(
    source_rows: Int64[np.ndarray, " q"], target_rows: Int64[np.ndarray, "q c"], steps: int
) -> Int64[np.ndarray, "q c"]:
    """Step of δ at which each candidate lies."""
    ratio = np.log(target_rows + _RANK_OF_THE_FIRST)
    ratio -= np.log(source_rows + _RANK_OF_THE_FIRST)[:, None]
    places = np.rint((ratio / _FARTHEST + 1) / 2 * (steps - 1)).astype(np.int64)
    return np.clip(places, 0, steps - 1)


def _log_sum(logits: Float64[np.ndarray, "q c"]) -> Float64[np.ndarray, "q 1"]:
    highest = logits.max(axis=1, keepdims=True)
    total: Float64[np.ndarray, "q 1"] = highest + np.log(
        np.exp(logits - highest).sum(axis=1, keepdims=True)
    )
    return total
