"""Compare two maps on the same words: which is better, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from isogloss.models.errors import InputError, OptionError
from isogloss.models.evaluation.precision import WordRanks

BANDS = (1_000, 5_000, 20_000, 100_000)
"""Rows of the source vocabulary at which a new band of frequency begins."""

_DRAWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """By how much the second map is better than the first, in one measure.

    Attributes:
        measure: ``precision_at_1``, for instance, or ``mean_reciprocal_rank``.
        first: Value of the first map on the common words.
        second: Value of the second map on the same words.
        low: Lower end of the 95 % interval of ``second`` − ``first``.
        high: Its upper end.
        better: Share of the draws in which the second map is ahead, draws in which both are equal
            counted by half.

    """

    measure: str
    first: float
    second: float
    low: float
    high: float
    better: float

    @property
    def difference(self) -> float:
        """``second`` − ``first``."""
        return self.second - self.first

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two maps on the words that both could be asked.

    Attributes:
        words: Number of these.
        differences: One of each measure.
        only_first: Words whose first answer is right by the first map alone.
        only_second: Words whose first answer is right by the second map alone.

    """

    words: int
    differences: tuple[Difference, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def compare(
    first: WordRanks,
    second: WordRanks,
    *,
    ks: Sequence[int] = (1, 5, 10),
    draws: int = 10_000,
    seed: int = 0,
) -> Comparison:
    """Compare two maps by a paired bootstrap over words.

    Both answer the same words, so that what counts is the difference on each: words are drawn with
    replacement, and the interval holds the middle 95 % of the mean differences (Koehn 2004).

    Args:
        first: Ranks under the first map.
        second: Ranks under the second map.
        ks: Precision at which k, beside the mean reciprocal rank.
        draws: How often the words are drawn.
        seed: Of the draws.

    Raises:
        OptionError: ``draws`` is less than 1, or a k is.
        InputError: The maps have no evaluated word in common.

    """
    if draws < 1 or not ks or min(ks) < 1:
        raise OptionError(
            f"compare: expected draws ≥ 1 and numbers from 1 as ks, found {draws} and {list(ks)}"
        )
    places = {word: place for place, word in enumerate(second.words)}
    common = [(row, places[word]) for row, word in enumerate(first.words) if word in places]
    if not common:
        raise InputError("the two maps have no evaluated word in common")
    rows_of_first, rows_of_second = np.array(common, np.int64).T
    values = [
        _values(ranks, rows, ks)
        for ranks, rows in ((first, rows_of_first), (second, rows_of_second))
    ]
    gaps = values[1] - values[0]
    drawn = _bootstrap_means(gaps, draws, seed)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    ahead = (drawn > 0).mean(axis=0) + (drawn == 0).mean(axis=0) / 2
    names = [*(f"precision_at_{k}" for k in ks), "mean_reciprocal_rank"]
    right = [
        ranks.ranks[rows] == 0 for ranks, rows in ((first, rows_of_first), (second, rows_of_second))
    ]
    words = [first.words[row] for row in rows_of_first]
    return Comparison(
        words=len(common),
        differences=tuple(
            Difference(
                measure=name,
                first=float(values[0][:, column].mean()),
                second=float(values[1][:, column].mean()),
                low=float(low[column]),
                high=float(high[column]),
                better=float(ahead[column]),
            )
            for column, name in enumerate(names)
        ),
        only_first=tuple(words[row] for row in np.flatnonzero(right[0] & ~right[1])),
        only_second=tuple(words[row] for row in np.flatnonzero(right[1] & ~right[0])),
    )


def by_frequency(ranks: WordRanks, bands: Sequence[int] = BANDS) -> dict[str, WordRanks]:
    """Part the words by how frequent they are; bands without a word are left out.

    Args:
        ranks: Of all words.
        bands: Rows of the source vocabulary at which a new band begins, increasing.

    """
    edges = [0, *bands]
    band_of = np.searchsorted(edges, ranks.source_rows, side="right") - 1
    titles = [f"{low + 1}–{high}" for low, high in zip(edges[:-1], bands, strict=True)]
    titles.append(f"from {edges[-1] + 1}")
    return {
        title: ranks.of(band_of == band)
        for band, title in enumerate(titles)
        if (band_of == band).any()
    }


def by_spelling(ranks: WordRanks) -> dict[str, WordRanks]:
    """Part the words by whether a listed translation is written like them."""
    parts = {"written alike": ranks.written_alike, "written differently": ~ranks.written_alike}
    return {title: ranks.of(chosen) for title, chosen in parts.items() if chosen.any()}


def by_label(ranks: WordRanks, labels: Mapping[str, str]) -> dict[str, WordRanks]:
    """Part the words by a label, their part of speech for instance; others are left out."""
    own = np.array([labels.get(word, "") for word in ranks.words])
    return {label: ranks.of(own == label) for label in sorted(set(own.tolist()) - {""})}


def _values(
    ranks: WordRanks, rows: np.ndarray, ks: Sequence[int]
) -> Float64[np.ndarray, "n measures"]:
    """Give what each word adds to each measure."""
    own = ranks.ranks[rows]
    reciprocal = np.where(own < ranks.places, 1 / (own + 1), 0)
    columns = [*(own < min(k, ranks.places) for k in ks), reciprocal]
    return np.stack(columns, axis=1).astype(np.float64)


def _bootstrap_means(
    gaps: Float64[np.ndarray, "n measures"], draws: int, seed: int
) -> Float64[np.ndarray, "draws measures"]:
    generator = np.random.default_rng(seed)
    count = len(gaps)
    even = np.full(count, 1 / count)
    means = [
        generator.multinomial(count, even, size=min(_DRAWS_AT_ONCE, draws - begin)) @ gaps / count
        for begin in range(0, draws, _DRAWS_AT_ONCE)
    ]
    return np.concatenate(means)
