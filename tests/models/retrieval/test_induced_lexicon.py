from __future__ import annotations

import numpy as np
import pytest

from isogloss.models.answers import Score
from isogloss.models.errors import OptionError, ShapeError
from isogloss.models.retrieval import Translator
from isogloss.models.retrieval.induced_lexicon import LexiconEntry, induce_lexicon
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.rotated_spaces import rotated_translator


@pytest.fixture(scope="module")
def translator() -> Translator:
    return rotated_translator(words=40)


@pytest.fixture(scope="module")
def vocabulary() -> EmbeddingSpace:
    """More than a block of words that the map never saw."""
    vectors = np.random.default_rng(4).standard_normal((700, 8)).astype(np.float32)
    return EmbeddingSpace("fr", tuple(f"new-{row}" for row in range(700)), vectors)


def induced(translator: Translator, space: EmbeddingSpace, **options: object) -> list[LexiconEntry]:
    blocks = induce_lexicon(translator, space, **options)  # type: ignore[arg-type]
    return [entry for block in blocks for entry in block]


def test_the_words_of_the_checkpoint_find_their_own(translator: Translator) -> None:
    for mutual in (False, True):
        entries = induced(translator, translator.source, mutual=mutual)
        assert [(entry.source, entry.target) for entry in entries] == [
            (f"fr-{row}", f"es-{row}") for row in range(40)
        ]


@pytest.mark.parametrize("score", ["csls", "cosine"])
def test_entries_are_those_of_a_search(
    translator: Translator, vocabulary: EmbeddingSpace, score: Score
) -> None:
    entries = induced(translator, vocabulary, k=3, score=score)
    expected = translator.search(vocabulary.vectors, 3, score)
    assert [entry.target for entry in entries] == [one.word for each in expected for one in each]
    assert [entry.source for entry in entries[::3]] == list(vocabulary.words)


@pytest.mark.parametrize("score", ["csls", "cosine"])
def test_mutual_entries_are_those_of_the_whole_matrix(
    translator: Translator, vocabulary: EmbeddingSpace, score: Score
) -> None:
    mapped = translator.align(vocabulary.vectors).astype(np.float64)
    target = translator.retriever.target.astype(np.float64)
    cosines = mapped @ target.T
    scores = cosines
    if score == "csls":
        known = translator.align(translator.source.vectors).astype(np.float64)
        of_target = np.sort(known @ target.T, axis=0)[-10:].mean(axis=0)
        of_source = np.sort(cosines, axis=1)[:, -10:].mean(axis=1)
        scores = 2 * cosines - of_source[:, None] - of_target
    best, back = scores.argmax(axis=1), scores.argmax(axis=0)
    expected = [
        (f"new-{row}", translator.target_words[best[row]], scores[row, best[row]])
        for row in range(700)
        if back[best[row]] == row
    ]
    entries = induced(translator, vocabulary, score=score, mutual=True)
    assert 10 < len(entries) <= 40
    assert [(entry.source, entry.target) for entry in entries] == [each[:2] for each in expected]
    np.testing.assert_allclose(
        [entry.score for entry in entries], [each[2] for each in expected], atol=1e-5
    )


def test_wrong_options_are_named(translator: Translator, vocabulary: EmbeddingSpace) -> None:
    with pytest.raises(OptionError):
        induced(translator, vocabulary, k=0)
    short = EmbeddingSpace("fr", ("a",), np.ones((1, 7), np.float32))
    for mutual in (False, True):
        with pytest.raises(ShapeError):
            induced(translator, short, mutual=mutual)
