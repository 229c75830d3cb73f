from __future__ import annotations

import numpy as np
import pandas
import pytest

from isogloss.models.conversion.libraries import (
    to_arrow,
    to_frame,
    to_keyed_vectors,
    to_spacy_vectors,
)
from isogloss.models.conversion.objects import space_of
from isogloss.models.spaces.embedding_space import EmbeddingSpace

WORDS = ("le", "chat", "été", "日本")
SPACE = EmbeddingSpace("fr", WORDS, np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32))


def test_gensim_finds_the_neighbours_that_the_space_has() -> None:
    keyed = to_keyed_vectors(SPACE)
    unit = SPACE.vectors / np.linalg.norm(SPACE.vectors, axis=1, keepdims=True)
    cosines = unit[1:] @ unit[0]
    assert keyed.most_similar("le", topn=1)[0][0] == WORDS[1 + int(cosines.argmax())]


def test_spacy_gives_the_vector_of_a_word_in_a_pipeline() -> None:
    import spacy

    nlp = spacy.blank("xx")
    table = to_spacy_vectors(SPACE)
    nlp.vocab.vectors = table
    assert table.shape == (4, 3)
    assert np.array_equal(np.asarray(nlp("le chat")[1].vector), np.asarray(SPACE.vectors[1]))


def test_pandas_has_a_row_for_each_word() -> None:
    frame = to_frame(SPACE)
    assert isinstance(frame, pandas.DataFrame)
    assert frame.index.tolist() == list(WORDS)
    assert frame.index.name == "fr"
    assert frame.to_numpy()[2].tolist() == SPACE.vectors[2].tolist()


def test_arrow_has_words_vectors_and_the_language() -> None:
    table = to_arrow(SPACE)
    assert table.column_names == ["word", "vector"]
    assert table.schema.metadata[b"language"] == b"fr"
    assert table["vector"].to_pylist()[3] == SPACE.vectors[3].tolist()


@pytest.mark.parametrize("convert", [to_keyed_vectors, to_spacy_vectors, to_frame, to_arrow])
def test_what_was_given_away_can_be_taken_back(convert: object) -> None:
    assert callable(convert)
    again = space_of(convert(SPACE), language="fr").space
    assert again.words == WORDS
    assert np.array_equal(again.vectors, SPACE.vectors)


@pytest.mark.parametrize("convert", [to_keyed_vectors, to_spacy_vectors, to_frame])
def test_changing_what_was_given_away_changes_no_space(convert: object) -> None:
    assert callable(convert)
    before = SPACE.vectors.copy()
    given = convert(SPACE)
    array = given.vectors if hasattr(given, "vectors") else getattr(given, "data", None)
    if hasattr(given, "iloc"):
        given.iloc[:, :] = 0
    else:
        assert array is not None
        array[:] = 0
    assert np.array_equal(SPACE.vectors, before)
