from __future__ import annotations

import numpy as np
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.retrieval import Retriever, Score, Translator
from isogloss.models.retrieval.back_search import BackSearch
from tests.rotated_spaces import rotated_translator


@pytest.fixture(scope="module")
def translator() -> Translator:
    return rotated_translator(words=60, source_dimension=8, target_dimension=10)


def by_hand(translator: Translator, rows: list[int], score: Score) -> np.ndarray:
    """Scores of all source words for target words, from the definition, of shape [q, n]."""
    mapped = translator.align(translator.source.vectors).astype(np.float64)
    target = translator.retriever.target.astype(np.float64)
    cosines = mapped @ target.T
    if score == "cosine":
        return cosines[:, rows].T
    hubs = translator.retriever.hubs
    of_x = np.sort(cosines, axis=1)[:, -hubs:].mean(axis=1)
    of_y = np.sort(cosines, axis=0)[-hubs:].mean(axis=0)
    return np.asarray((2 * cosines - of_x[:, None] - of_y)[:, rows].T)


@pytest.mark.parametrize("table", [False, True])
@pytest.mark.parametrize("score", ["csls", "cosine"])
def test_scores_are_those_of_the_definition(
    translator: Translator, score: Score, table: bool
) -> None:
    if table:
        translator = translator.with_table(width=12)
    back = BackSearch.build(translator)
    assert (back.hubness is not None) == table
    rows = [3, 59, 3]
    expected = by_hand(translator, rows, score)
    # All words are candidates.
    found = back.search(translator, rows, k=60, score=score)
    order = np.argsort(-expected, axis=1, kind="stable")
    np.testing.assert_array_equal(found.rows, order)
    np.testing.assert_allclose(found.scores, np.take_along_axis(expected, order, axis=1), atol=2e-6)


def test_a_word_of_a_rotated_space_comes_home(translator: Translator) -> None:
    back = BackSearch.build(translator)
    rows = list(range(60))
    assert back.search(translator, rows, k=1).rows[:, 0].tolist() == rows
    assert [back.target_rows[word] for word in translator.target_words] == rows


def test_only_the_most_frequent_words_are_looked_at_and_one_more(translator: Translator) -> None:
    back = BackSearch.build(translator, words=20)
    assert len(back) == 20
    assert back.search(translator, [40], k=1).rows[0, 0] != 40
    image = translator.align(translator.source.vectors[40:41])[0]
    more = back.including("fr-40", image)
    assert more.words[more.search(translator, [40], k=1).rows[0, 0]] == "fr-40"
    assert back.including("fr-3", image) is back


def test_the_same_rank_with_and_without_a_table(translator: Translator) -> None:
    rows = list(range(0, 60, 7))
    with_table = BackSearch.build(translator.with_table(width=12))
    without = BackSearch.build(translator)
    first, second = with_table.search(translator, rows, 5), without.search(translator, rows, 5)
    np.testing.assert_array_equal(first.rows, second.rows)
    np.testing.assert_allclose(first.scores, second.scores, atol=1e-6)


def test_options_are_checked(translator: Translator) -> None:
    back = BackSearch.build(translator)
    with pytest.raises(OptionError, match="k: expected at least 1"):
        back.search(translator, [0], k=0)
    assert back.search(translator, [0], k=500).rows.shape == (1, 60)


def test_a_translator_with_fewer_words_than_hubs(translator: Translator) -> None:
    small = rotated_translator(words=4)
    assert isinstance(small.retriever, Retriever)
    back = BackSearch.build(small.with_table())
    assert back.search(small, [0, 1, 2, 3], k=1).rows[:, 0].tolist() == [0, 1, 2, 3]
