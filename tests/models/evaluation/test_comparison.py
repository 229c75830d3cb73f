from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from isogloss.models.errors import InputError, OptionError
from isogloss.models.evaluation import (
    WordRanks,
    by_frequency,
    by_label,
    by_spelling,
    compare,
    word_ranks,
)
from isogloss.models.spaces.lexicon import Lexicon
from tests.rotated_spaces import rotated_translator


def ranks_of(
    ranks: list[int], *, words: list[str] | None = None, rows: list[int] | None = None
) -> WordRanks:
    names = tuple(words or [f"word-{i}" for i in range(len(ranks))])
    return WordRanks(
        words=names,
        source_rows=np.array(rows or range(len(ranks)), np.int64),
        ranks=np.array(ranks, np.int64),
        places=100,
        written_alike=np.arange(len(ranks)) % 2 == 0,
        listed=2 * len(ranks),
        skipped={},
    )


def test_a_map_is_no_better_than_itself() -> None:
    same = ranks_of([0, 3, 100, 0, 1])
    found = compare(same, same, draws=200)
    assert [each.difference for each in found.differences] == [0, 0, 0, 0]
    assert {(each.low, each.high, each.better) for each in found.differences} == {(0, 0, 0.5)}
    assert not any(each.significant for each in found.differences)


def test_the_interval_is_that_of_the_mean_difference() -> None:
    generator = np.random.default_rng(0)
    first = (generator.random(2000) > 0.50).astype(int).tolist()
    second = (generator.random(2000) > 0.53).astype(int).tolist()
    found = compare(ranks_of(first), ranks_of(second)).differences[0]
    gaps = np.array(first) - np.array(second)
    error = gaps.std() / np.sqrt(len(gaps))
    assert found.difference == pytest.approx(gaps.mean())
    assert found.low == pytest.approx(gaps.mean() - 1.96 * error, abs=0.1 * error)
    assert found.high == pytest.approx(gaps.mean() + 1.96 * error, abs=0.1 * error)
    assert found.better == pytest.approx(norm.cdf(gaps.mean() / error), abs=0.02)


def test_only_words_that_both_could_be_asked_count() -> None:
    first = ranks_of([0, 9, 0], words=["a", "b", "c"])
    second = ranks_of([0, 0, 1], words=["c", "b", "d"])
    found = compare(first, second, ks=(1,), draws=10)
    assert (found.words, found.only_first, found.only_second) == (2, (), ("b",))
    precision, reciprocal = found.differences
    assert (precision.first, precision.second) == (0.5, 1.0)
    assert [reciprocal.first, reciprocal.second] == pytest.approx([0.55, 1.0])
    with pytest.raises(InputError, match="in common"):
        compare(first, ranks_of([0], words=["z"]))
    with pytest.raises(OptionError, match="draws"):
        compare(first, second, draws=0)


def test_the_draws_follow_the_seed() -> None:
    first, second = ranks_of([0, 1, 2, 0]), ranks_of([1, 0, 0, 0])
    assert compare(first, second, draws=99, seed=3) == compare(first, second, draws=99, seed=3)
    assert compare(first, second, draws=99, seed=3) != compare(first, second, draws=99, seed=4)


def test_words_are_parted_by_frequency_spelling_and_label() -> None:
    ranks = ranks_of([0, 1, 0, 0], rows=[0, 999, 1000, 70_000])
    bands = by_frequency(ranks)
    assert {title: each.words for title, each in bands.items()} == {
        "1–1000": ("word-0", "word-1"),
        "1001–5000": ("word-2",),
        "20001–100000": ("word-3",),
    }
    assert bands["1–1000"].measured().precision_at_1 == 0.5
    assert {title: len(each.words) for title, each in by_spelling(ranks).items()} == {
        "written alike": 2,
        "written differently": 2,
    }
    labelled = by_label(ranks, {"word-0": "noun", "word-2": "noun", "word-3": "verb"})
    assert {title: each.words for title, each in labelled.items()} == {
        "noun": ("word-0", "word-2"),
        "verb": ("word-3",),
    }


def test_what_is_written_alike_is_told_from_the_listed_translations() -> None:
    translator = rotated_translator(words=20, languages=("Es", "es"))
    lexicon = Lexicon({"Es-0": ("es-1", "es-0"), "Es-1": ("es-2",), "gone": ("es-1",)})
    ranks = word_ranks(translator, lexicon)
    assert ranks.words == ("Es-0", "Es-1")
    assert ranks.written_alike.tolist() == [True, False]
    assert ranks.ranks[0] == 0
    assert ranks.measured().coverage == pytest.approx(2 / 3)
