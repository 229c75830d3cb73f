from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.answers import Translation
from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError
from isogloss.models.probability.likeness import likeness_steps
from isogloss.models.spaces.subwords import FastTextSubwords
from tests.oracles import brute_force_csls
from tests.rotated_spaces import rotated_translator, with_probabilities


class PartsOfOneWord:
    """Knows the parts of one word, and gives it the vector of a known one."""

    def __init__(self, word: str, vector: np.ndarray) -> None:
        self.word = word
        self.given = vector

    @property
    def dimension(self) -> int:
        return len(self.given)

    def vector(self, word: str) -> np.ndarray | None:
        return self.given if word == self.word else None


@pytest.mark.parametrize(("source", "target"), [(8, 8), (6, 9)])
@pytest.mark.parametrize("score", ["csls", "cosine"])
def test_every_word_finds_its_image(source: int, target: int, score: str) -> None:
    translator = rotated_translator(source_dimension=source, target_dimension=target)
    assert (translator.source_dimension, translator.target_dimension) == (source, target)
    answers = translator.translate(translator.source.words, k=3, score=score)  # type: ignore[arg-type]
    for number, answer in enumerate(answers):
        assert answer.word == f"fr-{number}"
        assert answer.neighbours[0].word == f"es-{number}"
        assert len(answer.neighbours) == 3
        assert answer.in_vocabulary
        assert answer.reason is None
        if score == "cosine":
            assert answer.neighbours[0].score == pytest.approx(1, abs=1e-5)


def test_scores_are_those_of_the_definition() -> None:
    translator = rotated_translator(words=30, stages=True).at_stage
    disturbed = translator(rotated_translator(words=30, stages=True).alignment.stages[1])
    vectors = disturbed.source.vectors
    expected = brute_force_csls(
        disturbed.align(vectors), disturbed.retriever.target, disturbed.align(vectors)
    )
    for row, neighbours in enumerate(disturbed.search(vectors, k=30)):
        found = {neighbour.word: neighbour.score for neighbour in neighbours}
        for column, word in enumerate(disturbed.target_words):
            assert found[word] == pytest.approx(expected[row, column], abs=1e-5)


def test_unknown_words_do_not_disturb_the_others() -> None:
    translator = rotated_translator()
    one, unknown, two = translator.translate(["fr-1", "???", "fr-2"], k=2)
    assert unknown == Translation("???", (), in_vocabulary=False, reason="unknown_word")
    assert (one.neighbours[0].word, two.neighbours[0].word) == ("es-1", "es-2")
    assert translator.translate(["???"]) == (unknown,)
    assert translator.translate([]) == ()


def test_a_word_gets_a_vector_from_its_parts() -> None:
    plain = rotated_translator()
    parts = PartsOfOneWord("inconnu", plain.source.vectors[7])
    translator = rotated_translator(subwords=parts)
    made, unknown, known = translator.translate(["inconnu", "autre", "fr-7"], k=4)
    assert made.neighbours == known.neighbours
    assert (made.in_vocabulary, unknown.in_vocabulary, known.in_vocabulary) == (False, False, True)
    assert (made.reason, unknown.reason) == (None, "unknown_word")


def test_a_word_that_is_no_text_is_unknown() -> None:
    ngrams = np.ones((50, 8), np.float32)
    translator = rotated_translator(subwords=FastTextSubwords(ngrams, 1, 3))
    made, unknown = translator.translate(["parts", "\ud800"])
    assert (made.reason, unknown.reason) == (None, "unknown_word")


def test_aligned_words_are_aligned_vectors() -> None:
    translator = rotated_translator()
    aligned = translator.align(translator.source.vectors)
    np.testing.assert_allclose(aligned, translator.retriever.target, atol=1e-5)
    first, unknown = translator.align_words(["fr-3", "???"])
    assert first.vector is not None
    np.testing.assert_allclose(first.vector, aligned[3], atol=1e-6)
    assert unknown.vector is None
    assert unknown.reason == "unknown_word"
    assert translator.align_words([]) == ()


@given(exponent=st.integers(-140, 120), row=st.integers(0, 59))
def test_only_the_direction_counts(exponent: int, row: int) -> None:
    translator = TRANSLATOR
    vector = translator.source.vectors[row : row + 1]
    scaled = vector * np.float32(2.0**exponent)
    [neighbours] = translator.search(scaled, k=1)
    assert neighbours[0].word == f"es-{row}"


TRANSLATOR = rotated_translator()


def test_wrong_input_is_named() -> None:
    translator = rotated_translator()
    with pytest.raises(ShapeError, match=r"expected \[n, 8\], found \[2, 5\]") as caught:
        translator.search(np.ones((2, 5), np.float32))
    assert (caught.value.expected, caught.value.found) == ("[n, 8]", "[2, 5]")
    with pytest.raises(ShapeError):
        translator.align(np.ones((1, 9), np.float32))
    for wrong in (np.nan, np.inf, -np.inf):
        with pytest.raises(NonFiniteInputError):
            translator.search(np.full((1, 8), wrong, np.float32))
    for ask in (translator.translate, translator.align_words):
        assert ask([]) == ()
    with pytest.raises(OptionError, match="k"):
        translator.translate(["???"], k=0)


def test_k_is_clipped_to_the_vocabulary() -> None:
    [answer] = rotated_translator(words=5).translate(["fr-0"], k=1000)
    assert len(answer.neighbours) == 5


def test_stages_are_the_maps_on_the_way() -> None:
    translator = rotated_translator(stages=True)
    start, raw, refined = translator.alignment.stages
    assert translator.at_stage(refined) is translator
    first = [
        sum(
            answer.neighbours[0].word[3:] == answer.word[3:]
            for answer in translator.at_stage(stage).translate(translator.source.words, k=1)
        )
        for stage in (start, raw, refined)
    ]
    assert first[0] < first[1] <= first[2] == 60


def test_translator_cannot_be_changed() -> None:
    translator = rotated_translator()
    with pytest.raises(FrozenInstanceError):
        translator.target_language = "de"  # type: ignore[misc]
    assert translator.pair == "fr-es"
    assert translator.found
    assert translator.details.created.tzinfo is UTC
    assert "torch" in translator.details.versions


def test_probabilities_regard_the_frequency_and_the_letters_of_words_and_not_of_vectors() -> None:
    translator = with_probabilities(rotated_translator(words=60))
    assert translator.rankings == ("csls", "cosine", "probability")
    words, vectors = translator.source.words, translator.source.vectors
    assert translator.posterior is not None
    near = translator.retriever.search(translator.align(vectors), k=30)
    likeness = likeness_steps(words, translator.target_words, near.rows)
    for rows, letters, answers in (
        (
            np.arange(60),
            likeness,
            [answer.neighbours for answer in translator.translate(words, 30, "probability")],
        ),
        (np.full(60, -1), None, translator.search(vectors, 30, "probability")),
    ):
        expected = translator.posterior.probabilities(rows, near.rows, near.scores, letters)
        for row, neighbours in enumerate(answers):
            found = {neighbour.word: neighbour.score for neighbour in neighbours}
            for column, target in enumerate(near.rows[row]):
                word = translator.target_words[target]
                assert found[word] == pytest.approx(expected[row, column], rel=1e-6)


def test_a_word_outside_the_vocabulary_has_letters_though_no_rank() -> None:
    subwords = FastTextSubwords(np.ones((40, 8), np.float32), 2, 4)
    translator = with_probabilities(rotated_translator(words=60, subwords=subwords))
    assert translator.posterior is not None
    vector = translator.vector("es-17")
    assert vector is not None
    near = translator.retriever.search(translator.align(vector[None]), k=30)
    likeness = likeness_steps(["es-17"], translator.target_words, near.rows)
    expected = translator.posterior.probabilities(np.array([-1]), near.rows, near.scores, likeness)
    [answer] = translator.translate(["es-17"], 30, "probability")
    assert not answer.in_vocabulary
    found = {neighbour.word: neighbour.score for neighbour in answer.neighbours}
    for target, share in zip(near.rows[0], expected[0], strict=True):
        assert found[translator.target_words[target]] == pytest.approx(share, rel=1e-6)


def test_without_a_model_nothing_is_said_of_probability() -> None:
    translator = rotated_translator()
    assert translator.rankings == ("csls", "cosine")
    with pytest.raises(OptionError, match="fr-es has no probabilities"):
        translator.translate(["fr-1"], score="probability")
    with pytest.raises(OptionError, match="fr-es has no probabilities"):
        translator.search(translator.source.vectors, score="probability")
    assert with_probabilities(rotated_translator(stages=True)).at_stage(
        rotated_translator(stages=True).alignment.stages[0]
    ).rankings == ("csls", "cosine")
