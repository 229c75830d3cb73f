from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isogloss.models.errors import OptionError
from isogloss.models.retrieval import Score, Translator
from isogloss.models.retrieval.approximate_index import ApproximateIndex
from isogloss.models.retrieval.retriever import Retriever
from tests.rotated_spaces import rotated_translator, with_probabilities


@pytest.fixture(scope="module")
def translator() -> Translator:
    return rotated_translator(words=300, stages=True)


@pytest.mark.parametrize("score", ["csls", "cosine"])
@pytest.mark.parametrize("k", [1, 7, 20])
def test_tabulated_answers_are_the_computed_ones_bit_for_bit(
    translator: Translator, k: int, score: Score
) -> None:
    with_table = translator.with_table(width=20)
    words = translator.source.words
    assert with_table.translate(words, k, score) == translator.translate(words, k, score)
    one_by_one = [translator.translate([word], k, score)[0] for word in words]
    assert list(with_table.translate(words, k, score)) == one_by_one


def test_an_answer_does_not_depend_on_what_is_asked_beside_it(translator: Translator) -> None:
    vectors = np.random.default_rng(3).standard_normal((200, 8)).astype(np.float32)
    together = translator.search(vectors, 12)
    for size in (1, 3, 64):
        apart = [
            neighbours
            for begin in range(0, 200, size)
            for neighbours in translator.search(vectors[begin : begin + size], 12)
        ]
        assert tuple(apart) == together
    fewer = translator.search(vectors, 5)
    assert fewer == tuple(neighbours[:5] for neighbours in together)


def test_known_words_are_not_searched_for(
    translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_table = translator.with_table(width=5)
    expected = with_table.translate(["fr-1"], 5)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("searched")

    monkeypatch.setattr(Retriever, "search_by_both", refuse)
    assert with_table.translate(["fr-1", "???"], 5)[0] == expected[0]
    with pytest.raises(AssertionError, match="searched"):
        with_table.translate(["fr-1"], 6)


def test_a_table_of_all_target_words_answers_any_k() -> None:
    small = rotated_translator(words=9).with_table(width=50)
    assert small.table is not None
    assert (len(small.table), small.table.width) == (9, 9)
    assert small.tabulated(1000, "csls") is not None
    assert len(small.translate(["fr-1"], 1000)[0].neighbours) == 9
    assert rotated_translator(words=9).with_table(width=8).tabulated(9, "csls") is None


def test_another_map_has_no_table(translator: Translator) -> None:
    with_table = translator.with_table(width=5)
    assert with_table.at_stage(translator.alignment.stages[0]).table is None


def test_progress_is_told_and_a_width_of_none_refused(translator: Translator) -> None:
    told: list[tuple[int, int]] = []
    translator.with_table(width=2, observe=lambda done, of: told.append((done, of)))
    assert told == [(256, 300), (300, 300)]
    with pytest.raises(OptionError, match="at least 1, found 0"):
        translator.with_table(width=0)


def test_the_table_is_exact_where_the_index_is_not(
    translator: Translator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first(self: ApproximateIndex, queries: np.ndarray, count: int, **_: bool) -> np.ndarray:
        return np.tile(np.arange(count), (len(queries), 1))

    monkeypatch.setattr(ApproximateIndex, "search", first)
    index = ApproximateIndex(None, "ivf", "fp32", 1)
    blind = replace(translator, retriever=replace(translator.retriever, approximate=index))
    assert blind.translate(["fr-200"], 1)[0].neighbours[0].word != "es-200"
    assert blind.with_table().translate(["fr-200"], 1)[0].neighbours[0].word == "es-200"


def test_the_most_probable_are_tabulated_as_they_are_searched() -> None:
    translator = with_probabilities(rotated_translator(words=80))
    with_table = translator.with_table()
    for k in (1, 7, 30, 50):
        assert with_table.tabulated(k, "probability") is not None
        words = translator.source.words
        expected = translator.translate(words, k, "probability")
        assert with_table.translate(words, k, "probability") == expected
        assert len(expected[0].neighbours) == min(k, 30)
    # A table of fewer than all candidates cannot tell the most probable of them.
    assert translator.with_table(width=29).tabulated(1, "probability") is None
