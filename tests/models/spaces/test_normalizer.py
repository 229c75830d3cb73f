import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from isogloss.models.errors import ShapeError
from isogloss.models.spaces import Normalizer, unit_rows

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
