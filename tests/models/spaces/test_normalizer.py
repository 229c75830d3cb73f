import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from isogloss.models.errors import DirectionsError, ShapeError
from isogloss.models.spaces import EmbeddingSpace, Normalizer, unit_rows

VECTORS = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 20), st.integers(1, 6)),
    elements=st.floats(-100, 100, width=32),
)


@given(VECTORS)
def test_unit_rows_have_length_one_or_stay_zero(vectors: np.ndarray) -> None:
    norms = np.linalg.norm(unit_rows(vectors).astype(np.float64), axis=1)
    own = np.linalg.norm(vectors.astype(np.float64), axis=1)
    np.testing.assert_allclose(norms[own > 1e-6], 1, rtol=1e-5)
    assert (norms[own == 0] == 0).all()


def test_steps_against_double_precision() -> None:
    vectors = np.random.default_rng(0).standard_normal((500, 8)).astype(np.float32) + 1
    exact = vectors.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    mean = exact.mean(axis=0)
    exact -= mean
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    normalizer = Normalizer.fit(vectors)
    np.testing.assert_allclose(normalizer.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(normalizer(vectors), exact, rtol=1e-4, atol=1e-6)
    assert normalizer(vectors).dtype == np.float32


def test_a_new_vector_is_normalised_as_the_vocabulary_was() -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    normalizer = Normalizer.fit(vectors)
    np.testing.assert_array_equal(normalizer(vectors[7:8]), normalizer(vectors)[7:8])
    # The length of a vector is no part of its meaning.
    np.testing.assert_allclose(normalizer(3 * vectors), normalizer(vectors), rtol=1e-4, atol=1e-6)


def test_another_dimension_is_refused() -> None:
    normalizer = Normalizer.fit(np.ones((3, 4), np.float32))
    with pytest.raises(ShapeError, match=r"expected \[n, 4\], found \[2, 5\]"):
        normalizer(np.ones((2, 5), np.float32))


@pytest.mark.parametrize("factor", [1e30, 1e-30, 1e-38])
def test_only_directions_count(factor: float) -> None:
    vectors = np.random.default_rng(0).standard_normal((40, 9)).astype(np.float32)
    scaled = (vectors.astype(np.float64) * factor).astype(np.float32)
    expected = Normalizer.fit(vectors)
    found = Normalizer.fit(scaled)
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-6)
    np.testing.assert_allclose(found(scaled), expected(vectors), atol=2e-6)


def test_a_zero_vector_stays_zero() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, 0], [1, 1]], np.float32)
    normalised = Normalizer.fit(vectors)(vectors)
    assert not normalised[2].any()
    np.testing.assert_allclose(np.linalg.norm(normalised[[0, 1]], axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.zeros((3, 4)), "all 3 fr vectors are zero"),
        (np.eye(3)[[0, 0, 0]], "point the same way"),
        (np.outer([1, 2, 1e30], [1, 2, 3, 4]), "point the same way"),
        (np.array([[1, 2], [0, 0]]), "only one fr word"),
        (np.array([[1.0, 2.0]]), "only one fr word"),
    ],
)
def test_spaces_without_directions_are_refused(vectors: np.ndarray, message: str) -> None:
    words = tuple(f"w{row}" for row in range(len(vectors)))
    with pytest.raises(DirectionsError, match=message):
        Normalizer.of(EmbeddingSpace("fr", words, vectors.astype(np.float32)))
