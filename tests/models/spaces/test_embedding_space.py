import numpy as np
import pytest

from isogloss.models.errors import (
    InputError,
    NonFiniteInputError,
    OptionError,
    ShapeError,
    UnknownWordError,
)
from isogloss.models.spaces import EmbeddingSpace, FastTextSubwords

VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_rows_follow_the_words() -> None:
    space = EmbeddingSpace("fr", ("le", "Le", "la"), VECTORS)
    assert (len(space), space.dimension) == (3, 2)
    assert space.rows == {"le": 0, "Le": 1, "la": 2}
    np.testing.assert_array_equal(space.vector("Le"), [2, 3])


def test_most_frequent_are_the_first() -> None:
    space = EmbeddingSpace("fr", ("le", "Le", "la"), VECTORS)
    assert space.most_frequent(2).words == ("le", "Le")
    assert space.most_frequent(9).words == space.words
    with pytest.raises(OptionError):
        space.most_frequent(0)


def test_unknown_word() -> None:
    space = EmbeddingSpace("fr", ("le", "Le", "la"), VECTORS)
    with pytest.raises(UnknownWordError) as caught:
        space.vector("les")
    assert caught.value.word == "les"


def test_unknown_word_from_its_parts() -> None:
    subwords = FastTextSubwords(np.full((5, 2), 7, np.float32), 3, 6)
    space = EmbeddingSpace("fr", ("le", "Le", "la"), VECTORS, subwords)
    np.testing.assert_array_equal(space.vector("inconnu"), [7, 7])
    np.testing.assert_array_equal(space.vector("la"), [4, 5])
    assert space.most_frequent(1).subwords is subwords
    with pytest.raises(UnknownWordError):
        space.vector("")


def test_subwords_of_another_dimension() -> None:
    subwords = FastTextSubwords(np.ones((5, 3), np.float32), 3, 6)
    with pytest.raises(ShapeError, match="expected dimension 2, found dimension 3"):
        EmbeddingSpace("fr", ("le", "Le", "la"), VECTORS, subwords)


def test_words_and_vectors_have_to_agree() -> None:
    with pytest.raises(ShapeError):
        EmbeddingSpace("fr", ("le", "la"), VECTORS)
    with pytest.raises(InputError, match="no word"):
        EmbeddingSpace("fr", (), VECTORS[:0])
    with pytest.raises(InputError, match="'le' stands twice"):
        EmbeddingSpace("fr", ("le", "la", "le"), VECTORS)


@pytest.mark.parametrize("row", [0, 4095, 4096, 9999])
def test_bad_number_in_any_block(row: int) -> None:
    vectors = np.ones((10000, 2), np.float32)
    vectors[row, 1] = np.nan
    with pytest.raises(NonFiniteInputError):
        EmbeddingSpace("fr", tuple(map(str, range(10000))), vectors)
