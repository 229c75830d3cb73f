from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError
from isogloss.models.spaces import FastTextSubwords, read_space
from tests.models.spaces.conftest import TrainedModel, train

WORDS = (
    "inconnu",
    "cafés",
    "étés",
    "ß",
    "日本人",
    "🙂🙂🙂",
    "x",
    "нигде",
    "a\u00a0b",
    "with space",
    "",
)
ANY_WORD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def _subwords(model: TrainedModel) -> FastTextSubwords:
    subwords = read_space(model.path, language="fr").space.subwords
    assert isinstance(subwords, FastTextSubwords)
    return subwords


def _oracle_rows(model: TrainedModel, word: str) -> list[int]:
    _, rows = model.model.get_subwords(word)
    words = len(model.model.get_words())
    return [int(row) - words for row in rows if row >= words]


@pytest.mark.parametrize("word", WORDS)
def test_rows_are_those_of_fasttext(trained: TrainedModel, word: str) -> None:
    assert _subwords(trained).rows(word).tolist() == _oracle_rows(trained, word)


@pytest.mark.parametrize("word", WORDS)
def test_vector_is_that_of_fasttext(trained: TrainedModel, word: str) -> None:
    vector = _subwords(trained).vector(word)
    expected = trained.model.get_word_vector(word)
    if vector is None:
        assert not expected.any()
        assert _oracle_rows(trained, word) == []
    else:
        np.testing.assert_allclose(vector, expected, rtol=1e-6, atol=1e-8)


@given(word=ANY_WORD)
def test_any_word_has_the_rows_of_fasttext(trained: TrainedModel, word: str) -> None:
    if trained.model.get_word_id(word) < 0:
        assert _subwords(trained).rows(word).tolist() == _oracle_rows(trained, word)


@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 3), (3, 6), (6, 6)])
def test_lengths_of_ngrams(tmp_path: Path, shortest: int, longest: int) -> None:
    model = train(tmp_path, minn=shortest, maxn=longest, epoch=1)
    subwords = _subwords(model)
    for word in ("inconnu", "ß", "日本人", "abcdefghijk"):
        assert subwords.rows(word).tolist() == _oracle_rows(model, word)


def test_vector_is_that_of_gensim(trained: TrainedModel) -> None:
    from gensim.models.fasttext import load_facebook_vectors

    oracle = load_facebook_vectors(str(trained.path))
    for word in ("inconnu", "cafés", "日本人"):
        vector = _subwords(trained).vector(word)
        assert vector is not None
        np.testing.assert_allclose(vector, oracle.get_vector(word), rtol=1e-6, atol=1e-8)


def test_word_without_ngrams_has_no_vector() -> None:
    subwords = FastTextSubwords(np.ones((7, 3), np.float32), 3, 6)
    assert subwords.vector("") is None
    assert subwords.vector("</s>") is None
    assert subwords.vector("\ud800 half of a pair") is None


def test_average_with_counts_the_own_vector_once() -> None:
    subwords = FastTextSubwords(np.full((5, 2), 4, np.float32), 3, 3)
    vectors = np.zeros((3, 2), np.float32)
    # "<ab>" has two n-grams of three characters, "<a>" one, the end of a sentence none.
    subwords.average_with(["ab", "a", "</s>"], vectors)
    np.testing.assert_allclose(vectors[:, 0], [8 / 3, 2, 0], rtol=1e-6)


def test_average_with_crosses_batches() -> None:
    generator = np.random.default_rng(0)
    subwords = FastTextSubwords(generator.standard_normal((97, 4)).astype(np.float32), 2, 4)
    words = [f"mot{number}" for number in range(600)]
    own = generator.standard_normal((600, 4)).astype(np.float32)
    averaged = own.copy()
    subwords.average_with(words, averaged)
    for row in (0, 255, 256, 511, 512, 599):
        parts = [own[row], *subwords.ngrams[subwords.rows(words[row])]]
        np.testing.assert_allclose(averaged[row], np.mean(parts, axis=0), rtol=1e-5, atol=1e-6)


def test_bad_parts_are_refused() -> None:
    good = np.ones((3, 2), np.float32)
    with pytest.raises(OptionError):
        FastTextSubwords(good, 4, 3)
    with pytest.raises(OptionError):
        FastTextSubwords(good, 0, 3)
    with pytest.raises(ShapeError):
        FastTextSubwords(good[:0], 3, 6)
    with pytest.raises(NonFiniteInputError):
        FastTextSubwords(np.full((3, 2), np.nan, np.float32), 3, 6)
