"""The probability model, estimated from both vocabularies without a dictionary.

How frequent two words are, and how alike they are written, are witnesses that the vectors do not
know of. Where the candidates that CSLS trusts most are also those on which the witnesses agree,
they are right; where CSLS trusts them and the witnesses do not, it trusts too much. This makes the
temperature of CSLS a parameter with a likelihood: with L = g(δ) h(λ), each the density among
translations over that among other candidates, softmax weights w(τ) of the candidates of a word and
a share ν of words without a translation among them,

    ℓ(τ, ν) = mean over words of log( (1 − ν) Σⱼ wⱼ(τ) Lⱼ + ν ).

A witness is heard if ℓ with it alone exceeds what noise would give: frequency tells nothing where
the words are in no order, spelling nothing between two scripts.

The densities are histograms, of δ by bands of frequency, at first of mutual neighbours and of all
other candidates, then of all candidates weighted by their probability (expectation–maximisation).
As the weights so come to agree with the densities they made, the probabilities end too sharp; the
mean of the highest one is therefore brought back to what it was at the first estimate. That is
still too much where many mutual neighbours are wrong, for it took them to be right. What a map that
is fitted on few of them finds again of the others (the held-out agreement) is a modest answer to
the same question; where it is known, the mean over the mutual neighbours that it was measured on is
brought to the middle of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int32, Int64
from scipy.optimize import brentq, minimize_scalar

from isogloss.models.neighbours.device_search import nearest_by_both
from isogloss.models.probability.likeness import LIKENESS_STEPS, likeness_steps
from isogloss.models.probability.translation_posterior import (
    CANDIDATES,
    TranslationPosterior,
    bands_of,
    normalised,
    steps_of,
)

MOST_WORDS = 20_000
"""The most frequent words of each side that the estimate is made from."""
AGREEMENT_WORDS = 5000
"""The most frequent words, whose mutual neighbours the held-out agreement is measured on."""
_STEPS = 61
_FIRST_BAND = 250
"""Words in the first band of frequency; each of the next begins at twice the rank."""
_ROUNDS = 10
_TEMPERATURES = (2e-3, 0.5)
_BACKGROUND = 1e-4
_FIRST_NONE_SHARE = 0.1
_LEAST_NONE_SHARE = 1e-6
_SMOOTHING = np.exp(-0.5 * np.arange(-3.0, 4.0) ** 2)
_SMOOTHING /= _SMOOTHING.sum()


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """Words with their unit vectors in the target's space, the most frequent first.

    Attributes:
        words: The words.
        vectors: Their vectors, or the images of these, of shape [words, d].

    """

    words: Sequence[str]
    vectors: Float32[np.ndarray, "words d"]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What CSLS says of the frequent source words, row by row from the first.

    Attributes:
        rows: Rows of the target vocabulary, of shape [q, c], the best first.
        csls: Their scores, less the same number for a whole row, of shape [q, c].
        mutual: Whether the word is the nearest source word of its first candidate, of shape [q].

    """

    rows: Int64[np.ndarray, "q c"]
    csls: Float32[np.ndarray, "q c"]
    mutual: Bool[np.ndarray, " q"]


def fit_posterior(
    target: Vocabulary,
    mapped: Vocabulary,
    *,
    hubs: int,
    device: torch.device | str,
    spelling: bool = True,
    agreement: float | None = None,
) -> TranslationPosterior | None:
    """Estimate the model from the frequent words of both sides.

    Args:
        target: The target vocabulary, the most frequent word first.
        mapped: The source vocabulary and its images, the most frequent word first.
        hubs: Number of neighbours whose mean corrects for hubs in CSLS.
        device: Where the products are computed.
        spelling: Whether to hear how alike words are written.
        agreement: Held-out agreement of the map, 0 to 1; None where it is not known.

    Returns:
        None where neither the order of the words nor their letters tell which are translations.

    """
    candidates = find_candidates(
        target.vectors[:MOST_WORDS], mapped.vectors[:MOST_WORDS], hubs=hubs, device=device
    )
    return posterior_of(
        candidates,
        likeness_steps(mapped.words[:MOST_WORDS], target.words, candidates.rows)
        if spelling
        else None,
        agreement=agreement,
    )


def find_candidates(
    target: Float32[np.ndarray, "n d"],
    mapped: Float32[np.ndarray, "m d"],
    *,
    hubs: int,
    device: torch.device | str,
) -> Candidates:
    """Find the candidates of every source word, and the source word nearest to every target word.

    Args:
        target: Unit vectors, of shape [n, d].
        mapped: Unit vectors, of shape [m, d].
        hubs: Number of neighbours whose mean corrects for hubs in CSLS.
        device: Where the products are computed.

    """
    targets, sources = (
        torch.from_numpy(np.ascontiguousarray(side)).to(device) for side in (target, mapped)
    )

    def hubness(queries: np.ndarray, others: torch.Tensor) -> torch.Tensor:
        near, _ = nearest_by_both(queries, others, None, plain=min(hubs, len(others)), penalised=0)
        return torch.from_numpy(near.products.mean(axis=1) / 2).to(device)

    penalties = hubness(target, sources)
    plain, found = nearest_by_both(
        mapped,
        targets,
        penalties,
        plain=min(hubs, len(target)),
        penalised=min(CANDIDATES, len(target)),
    )
    own = torch.from_numpy(plain.products.mean(axis=1) / 2).to(device)
    _, back = nearest_by_both(target, sources, own, plain=0, penalised=1)
    return Candidates(
        rows=found.rows,
        csls=2 * found.products,
        mutual=back.rows[found.rows[:, 0], 0] == np.arange(len(mapped)),
    )


def posterior_of(
    candidates: Candidates,
    likeness: Int64[np.ndarray, "q c"] | None = None,
    *,
    agreement: float | None = None,
) -> TranslationPosterior | None:
    """Estimate the model from candidates; None where neither frequency nor spelling tells anything.

    Args:
        candidates: What CSLS says of the frequent source words.
        likeness: How alike each candidate is written, as steps, of shape [q, c]; None leaves
            spelling out.
        agreement: Held-out agreement of the map, 0 to 1; None where it is not known.

    """
    rows = candidates.rows
    if not candidates.mutual.any() or rows.shape[1] < 2:
        return None
    relative = candidates.csls.astype(np.float64) - candidates.csls[:, :1]
    translations = np.zeros_like(relative)
    translations[candidates.mutual, 0] = 1
    others = np.ones_like(relative)
    others[:, 0] = 0
    words = np.arange(len(rows))
    band_rows = _band_rows(len(rows))
    witnesses = {
        "frequency": _Witness(
            bands_of(words, band_rows), steps_of(words, rows, _STEPS), len(band_rows), _STEPS
        )
    }
    if likeness is not None:
        witnesses["letters"] = _Witness.of_all_words(likeness, LIKENESS_STEPS)
    heard = {
        name: witness
        for name, witness in witnesses.items()
        if _tells(witness, relative, translations, others)
    }
    if not heard:
        return None
    none_share, first_confidence = _FIRST_NONE_SHARE, np.ones(len(rows))
    for turn in range(_ROUNDS):
        told = {name: each.log_ratios(translations, others) for name, each in heard.items()}
        ratios = np.exp(sum(each.look_up(told[name]) for name, each in heard.items()))
        temperature, none_share, _ = _most_likely(relative, ratios, none_share)
        logits = _logits(relative, ratios, temperature, none_share)
        translations = normalised(logits, 1.0)[:, :-1]
        others = 1 - translations
        if turn == 0:
            first_confidence = translations.max(axis=1)
    judged, confidence = _due_confidence(first_confidence, candidates.mutual, agreement)
    silence = np.zeros((len(band_rows), _STEPS)), np.zeros((1, LIKENESS_STEPS))
    return TranslationPosterior(
        temperature=temperature,
        none_share=none_share,
        sharpness=_sharpness(logits[judged], confidence),
        band_rows=band_rows,
        log_ratios=told.get("frequency", silence[0]).astype(np.float32),
        likeness_log_ratios=told.get("letters", silence[1])[0].astype(np.float32),
    )


def _due_confidence(
    first: Float64[np.ndarray, " q"], mutual: Bool[np.ndarray, " q"], agreement: float | None
) -> tuple[Int64[np.ndarray, " judged"], float]:
    """Words, and what the mean of their highest probabilities is to be."""
    judged = np.flatnonzero(mutual[:AGREEMENT_WORDS])
    if agreement is None or not len(judged):
        return np.arange(len(first)), float(first.mean())
    return judged, (float(first[judged].mean()) + agreement) / 2


def _band_rows(words: int) -> Int32[np.ndarray, " bands"]:
    starts = [0]
    while (start := _FIRST_BAND * 2 ** (len(starts) - 1)) < words:
        starts.append(start)
    return np.array(starts, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class _Witness:
    """What tells translations from other candidates: where each lies in histograms by bands."""

    bands: Int64[np.ndarray, " q"]
    steps: Int64[np.ndarray, "q c"]
    band_count: int
    step_count: int

    @classmethod
    def of_all_words(cls, steps: Int64[np.ndarray, "q c"], step_count: int) -> _Witness:
        """Put all words into one band."""
        return cls(np.zeros(len(steps), np.int64), steps, 1, step_count)

    @property
    def size(self) -> int:
        return self.band_count * self.step_count

    def log_ratios(
        self, translations: Float64[np.ndarray, "q c"], others: Float64[np.ndarray, "q c"]
    ) -> Float64[np.ndarray, "bands steps"]:
        """Log of the density among translations over that among other candidates."""
        found: Float64[np.ndarray, "bands steps"] = np.log(self._density(translations)) - np.log(
            self._density(others)
        )
        return found

    def look_up(self, values: Float64[np.ndarray, "bands steps"]) -> Float64[np.ndarray, "q c"]:
        found: Float64[np.ndarray, "q c"] = values[self.bands[:, None], self.steps]
        return found

    def _density(self, weights: Float64[np.ndarray, "q c"]) -> Float64[np.ndarray, "bands steps"]:
        """Weighted share of the candidates at each step of their band, smoothed, nowhere zero."""
        cells = (self.bands[:, None] * self.step_count + self.steps).ravel()
        counts = np.bincount(cells, weights.ravel(), self.size)
        counts = counts.reshape(self.band_count, self.step_count)
        smooth = np.stack([np.convolve(row, _SMOOTHING, "same") for row in counts])
        total = smooth.sum(axis=1, keepdims=True)
        empty = total == 0
        uniform = 1 / self.step_count
        shares = np.where(empty, uniform, smooth / np.where(empty, 1, total))
        mixed: Float64[np.ndarray, "bands steps"] = (shares + _BACKGROUND * uniform) / (
            1 + _BACKGROUND
        )
        return mixed


def _tells(
    witness: _Witness,
    relative: Float64[np.ndarray, "q c"],
    translations: Float64[np.ndarray, "q c"],
    others: Float64[np.ndarray, "q c"],
) -> bool:
    """Whether a witness alone tells more than noise, half a nat for each cell of its histograms."""
    ratios = np.exp(witness.look_up(witness.log_ratios(translations, others)))
    _, _, evidence = _most_likely(relative, ratios, _FIRST_NONE_SHARE)
    return evidence >= witness.size / len(relative)


def _most_likely(
    relative: Float64[np.ndarray, "q c"], ratios: Float64[np.ndarray, "q c"], none_share: float
) -> tuple[float, float, float]:
    """Temperature and share of words without a translation of the highest likelihood, and that."""

    def given(log_temperature: float) -> tuple[float, float]:
        weights = np.exp(relative / np.exp(log_temperature))
        agreement = (weights * ratios).sum(axis=1) / weights.sum(axis=1)
        share = none_share
        for _ in range(5):
            share = float(np.mean(share / (share + (1 - share) * agreement)))
        share = max(share, _LEAST_NONE_SHARE)
        return share, float(np.log((1 - share) * agreement + share).mean())

    low, high = np.log(_TEMPERATURES)
    best = minimize_scalar(lambda x: -given(x)[1], bounds=(low, high), method="bounded")
    share, evidence = given(float(best.x))
    return float(np.exp(best.x)), share, evidence


def _logits(
    relative: Float64[np.ndarray, "q c"],
    ratios: Float64[np.ndarray, "q c"],
    temperature: float,
    none_share: float,
) -> Float64[np.ndarray, "q c_and_none"]:
    weights = np.exp(relative / temperature)
    weights = weights / weights.sum(axis=1, keepdims=True) * ratios * (1 - none_share)
    none = np.full((len(weights), 1), none_share)
    return np.log(np.concatenate([weights, none], axis=1) + np.finfo(np.float64).tiny)


def _sharpness(logits: Float64[np.ndarray, "q c"], confidence: float) -> float:
    """Power at which the mean of the highest probability of a word is ``confidence``, at most 1."""

    def excess(power: float) -> float:
        return float(normalised(logits, power)[:, :-1].max(axis=1).mean()) - confidence

    least = 0.1
    if excess(1.0) <= 0:
        return 1.0
    return least if excess(least) >= 0 else float(brentq(excess, least, 1.0, xtol=1e-4))
