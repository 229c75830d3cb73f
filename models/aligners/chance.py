"""The held-out agreement that unrelated spaces reach: what a map has to exceed to be believed.

Even between unrelated spaces a search finds a map that looks good by its own pairs, the more so the
fewer the dimensions and the words. How good depends on the spectra: axes of different variance can
be laid on each other. So the search itself is asked. The target's coordinates along its principal
axes are shuffled, each by a permutation of its own: spectrum and tails stay, what relates the words
to one another, and to the source, goes. A short search fits a map to each of several such targets,
and the agreement of these maps is a sample of what chance reaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import final

import torch
from jaxtyping import Float
from scipy.stats import t as student
from torch import Tensor

from isogloss.models.aligners.criterion import FOUND_BOUND, agreement_of
from isogloss.models.aligners.self_learning import Phase, self_learn
from isogloss.models.aligners.similarity_profiles import map_from_profiles
from isogloss.models.neighbours.csls import unit

LEVEL = 1e-4
"""An alignment is found where unrelated spaces would reach its agreement more rarely than so."""

_WORDS = 1000
_FEWEST_WORDS = 3
_LEAST_SPREAD = 1e-3
_FEW_SAMPLES = 3
_MANY_SAMPLES = 8
_CHEAP = 100_000
"""Numbers of both sides up to which more samples cost little."""
_SEARCH = (
    Phase(10, _WORDS, 20),
    Phase(5, _WORDS, 8),
    Phase(2, _WORDS, 4),
    Phase(1, _WORDS, 3),
    Phase(1, _WORDS, 2, mutual=True),
)
_PRIOR_DEGREES = 20
_BINOMIAL_SHARE = 0.5
_LEAST_DEVIATION = 0.015
_CLUSTERS = 0.5


@final
@dataclass(frozen=True, eq=False)
class Chance:
    """What unrelated spaces of the same sizes and spectra reach.

    The agreement of a map is compared with the samples by Student's t. Their variance is put
    together of what is seen and of half the binomial variance of a share, as if that had been seen
    20 times; their mean m is raised by m (1 − m) / 2, for what shuffled targets have not: clusters.

    Attributes:
        samples: Agreements of maps that were searched on shuffled targets.
        pairs: Held-out pairs of each, in the mean.
        copy: Agreement of the smaller side with an exact copy of itself, which no map exceeds.

    """

    samples: tuple[float, ...]
    pairs: float
    copy: float

    @cached_property
    def mean(self) -> float:
        """Mean of the samples."""
        return fmean(self.samples)

    @property
    def bound(self) -> float:
        """Agreement from which on a map counts as found."""
        least = float(student.isf(LEVEL, self._degrees))
        return max(FOUND_BOUND, self._centre + least * self._scale)

    @property
    def judges(self) -> bool:
        """Whether any map could pass: where not, sizes and dimensions tell too little."""
        return self.copy >= self.bound

    def p_value(self, agreement: float) -> float:
        """Probability that unrelated spaces reach an agreement."""
        return float(student.sf((agreement - self._centre) / self._scale, self._degrees))

    @property
    def _centre(self) -> float:
        return self.mean + _CLUSTERS * self.mean * (1 - self.mean)

    @property
    def _degrees(self) -> int:
        return _PRIOR_DEGREES + len(self.samples) - 1

    @cached_property
    def _scale(self) -> float:
        share = (self.mean * self.pairs + 1) / (self.pairs + 2)
        binomial = _BINOMIAL_SHARE * share * (1 - share) / max(self.pairs, 1.0)
        seen = sum((each - self.mean) ** 2 for each in self.samples)
        variance = (_PRIOR_DEGREES * binomial + seen) / self._degrees
        scale: float = (variance * (1 + 1 / len(self.samples)) + _LEAST_DEVIATION**2) ** 0.5
        return scale


def measure_chance(x: Float[Tensor, "n m"], y: Float[Tensor, "k d"]) -> Chance | None:
    """Sample the agreement of maps between a source and shuffled targets.

    On the 1,000 most frequent words of each side; for more words it is hardly another.

    Args:
        x: Normalised source vectors, the most frequent first.
        y: Normalised target vectors, the most frequent first.

    Returns:
        None where the vectors of a side are all alike, or there are fewer than three.

    """
    x, y = x[:_WORDS], y[:_WORDS]
    if min(len(x), len(y)) < _FEWEST_WORDS or min(_spread(x), _spread(y)) < _LEAST_SPREAD:
        return None
    samples, pairs = [], []
    many = _MANY_SAMPLES if x.numel() + y.numel() <= _CHEAP else _FEW_SAMPLES
    for seed in range(many):
        generator = torch.Generator().manual_seed(seed)
        shuffled = shuffle_coordinates(y, generator)
        weight = map_from_profiles(x, shuffled, words=_WORDS)
        for phase in _SEARCH:
            weight = self_learn(x, shuffled, weight, phase, generator=generator)
        agreement = agreement_of(x, shuffled, x @ weight.T)
        samples.append(agreement.share)
        pairs.append(agreement.held_out)
    smaller = min((x, y), key=lambda side: min(side.shape))
    copy = agreement_of(smaller, smaller, smaller).share
    return Chance(tuple(samples), fmean(pairs), copy)


def _spread(x: Float[Tensor, "n d"]) -> float:
    """Largest difference between a coordinate of a word and that of the first one."""
    return float((x - x[0]).abs().max())


def shuffle_coordinates(
    y: Float[Tensor, "k d"], generator: torch.Generator
) -> Float[Tensor, "k d"]:
    """Permute each coordinate along the principal axes over the words; unit vectors again."""
    left, singular, axes = torch.linalg.svd(y, full_matrices=False)
    scores = left * singular
    orders = [torch.randperm(len(y), generator=generator) for _ in range(scores.shape[1])]
    order = torch.stack(orders, dim=1).to(y.device)
    return unit(scores.gather(0, order) @ axes)
