from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gensim.models
import numpy as np
import pandas
import pyarrow
import pytest
import spacy
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.conversion.objects import space_of
from isogloss.models.errors import (
    DuplicateWordError,
    InputError,
    MalformedLineError,
    NonFiniteVectorError,
    OptionError,
    ShapeError,
    TextEncodingError,
)
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.models.spaces.readers.writing import spaces

WORDS = ["the", "été", "日本"]
MATRIX = np.arange(12, dtype=np.float32).reshape(3, 4) / 7


def keyed_vectors() -> Any:
    keyed = gensim.models.KeyedVectors(4)
    keyed.add_vectors(WORDS, MATRIX)
    return keyed


def spacy_pipeline() -> Any:
    nlp = spacy.blank("xx")
    for word, vector in zip(WORDS, MATRIX, strict=True):
        nlp.vocab.set_vector(word, vector)
    return nlp


def arrow_table(list_type: Any) -> Any:
    return pyarrow.table(
        {"count": [3, 2, 1], "word": WORDS, "vector": pyarrow.array(MATRIX.tolist(), list_type)}
    )


SOURCES: dict[str, Callable[[], object]] = {
    "space": lambda: EmbeddingSpace("xx", tuple(WORDS), MATRIX),
    "words and matrix": lambda: (WORDS, MATRIX),
    "words and lists": lambda: [tuple(WORDS), MATRIX.tolist()],
    "arrays": lambda: (np.array(WORDS), MATRIX.astype(np.float64)),
    "a tensor": lambda: (WORDS, torch.from_numpy(MATRIX)),
    "a generator of words": lambda: ((word for word in WORDS), MATRIX),
    "dictionary": lambda: dict(zip(WORDS, MATRIX, strict=True)),
    "dictionary of lists": lambda: dict(zip(WORDS, MATRIX.tolist(), strict=True)),
    "dictionary of tensors": lambda: dict(zip(WORDS, torch.from_numpy(MATRIX), strict=True)),
    "gensim": keyed_vectors,
    "a gensim model": lambda: SimpleNamespace(wv=keyed_vectors()),
    "a spaCy pipeline": spacy_pipeline,
    "a spaCy vocab": lambda: spacy_pipeline().vocab,
    "spaCy vectors": lambda: spacy_pipeline().vocab.vectors,
    "Arrow lists": lambda: arrow_table(pyarrow.list_(pyarrow.float32())),
    "Arrow lists of one length": lambda: arrow_table(pyarrow.list_(pyarrow.float32(), 4)),
    "chunked Arrow": lambda: pyarrow.concat_tables(
        [arrow_table(pyarrow.list_(pyarrow.float64())).slice(i, 1) for i in range(3)]
    ),
    "pandas lists": lambda: pandas.DataFrame({"token": WORDS, "embedding": MATRIX.tolist()}),
    "pandas arrays": lambda: pandas.DataFrame({"word": WORDS, "vector": list(MATRIX)}),
    "pandas numbers": lambda: pandas.DataFrame(MATRIX, index=WORDS),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_kind_of_object_gives_the_same_space(name: str) -> None:
    read = space_of(SOURCES[name](), language="en")
    assert read.space.language == "en"
    assert read.space.words == tuple(WORDS)
    assert np.array_equal(read.space.vectors, MATRIX)
    assert (read.report.kept, read.report.dimension) == (3, 4)


@given(drawn=spaces(), limit=st.integers(1, 15))
def test_words_and_numbers_are_kept_as_they_are(
    drawn: tuple[list[str], np.ndarray], limit: int
) -> None:
    words, vectors = drawn
    space = space_of((words, vectors), language="en", limit=limit).space
    assert space.words == tuple(words[:limit])
    assert space.vectors.tobytes() == vectors[:limit].tobytes()


def test_the_vectors_are_copied() -> None:
    matrix = MATRIX.copy()
    space = space_of((WORDS, matrix), language="en").space
    matrix[:] = 0
    assert np.array_equal(space.vectors, MATRIX)


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (42, InputError, "expected the path of a file, a Space, .*; found int"),
        (None, InputError, "found NoneType"),
        (MATRIX, InputError, "found ndarray"),
        ({}, InputError, "the dictionary holds no word"),
        ((WORDS, MATRIX[:2]), ShapeError, r"expected \[3, dimension\], a row for each word, found"),
        ((WORDS, MATRIX[0]), ShapeError, r"found \[4\]"),
        (([], np.empty((0, 4))), ShapeError, "expected"),
        (("the", MATRIX), InputError, "words: expected a sequence of words, found str"),
        ((WORDS, [["a"], ["b"], ["c"]]), InputError, "expected numbers, found <U1"),
        ((WORDS, [[1, 2], [3], [4, 5]]), InputError, "all vectors of one length"),
        ({"a": [1.0], "b": [1.0, 2.0]}, ShapeError, "vector of 'b' .en.: expected 1 numbers"),
        ({"a": 1.0}, ShapeError, "vector of 'a' .en.: expected a list of numbers"),
        ({"a": ["x"]}, InputError, "vector of 'a' .en.: expected numbers"),
        ((["the", 3, "a"], MATRIX), InputError, "<vectors of en>:2: expected a word, found 3"),
        ((["a", "b", "a"], MATRIX), DuplicateWordError, "<vectors of en>:3: 'a' stands twice"),
        ((["a", "", "b"], MATRIX), MalformedLineError, "<vectors of en>:2: the word is empty"),
        ((["a", "\ud800", "b"], MATRIX), TextEncodingError, "<vectors of en>:2: expected a word"),
        ((WORDS, MATRIX * np.nan), NonFiniteVectorError, "number 1 of 'the'"),
        ((WORDS, MATRIX.astype(np.float64) * 1e300), NonFiniteVectorError, "number 2 of 'the'"),
        (pandas.DataFrame({"word": WORDS}), InputError, "found the columns word"),
        (
            pandas.DataFrame({"a": WORDS, "b": WORDS, "v": MATRIX.tolist()}),
            InputError,
            "one column of words and one of lists of numbers",
        ),
        (
            pyarrow.table({"word": ["a", None], "vector": [[1.0], [2.0]]}),
            InputError,
            "empty cells in word or vector",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_what_was_expected(
    source: object, kind: type[InputError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        space_of(source, language="en")


def test_bad_rows_are_counted_where_that_is_asked_for() -> None:
    matrix = np.ones((5, 2))
    matrix[3] = np.inf
    words = ["a", "a", "\ud800", "b", "c"]
    read = space_of((words, matrix), language="en", on_error="skip")
    assert read.space.words == ("a", "c")
    assert read.report.skipped == {"duplicate": 1, "encoding": 1, "non-finite": 1}
    assert read.report.examples == {"duplicate": 2, "encoding": 3, "non-finite": 4}


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(OptionError, match="limit: expected at least 1, found 0"):
        space_of((WORDS, MATRIX), language="en", limit=0)


def test_vectors_of_spacy_that_belong_to_no_words_are_refused() -> None:
    floret = SimpleNamespace(key2row={}, data=MATRIX, mode="floret", strings={})
    with pytest.raises(InputError, match="floret vectors belong to no list of words"):
        space_of(floret, language="en")


def test_words_that_share_a_row_in_spacy_share_the_vector() -> None:
    nlp = spacy_pipeline()
    nlp.vocab.vectors.add(nlp.vocab.strings.add("THE"), row=0)
    space = space_of(nlp, language="en").space
    assert space.words == ("the", "THE", "été", "日本")
    assert np.array_equal(space.vectors[1], MATRIX[0])
