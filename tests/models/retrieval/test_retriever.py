from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.answers import Score
from isogloss.models.errors import InputError, NonFiniteInputError, OptionError, ShapeError
from isogloss.models.retrieval.retriever import Retriever
from isogloss.models.spaces.normalizer import unit_rows
from tests.oracles import brute_force_cosines, brute_force_csls


def unit(seed: int, rows: int, dimension: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return unit_rows(rng.standard_normal((rows, dimension)).astype(np.float32))


@given(
    seed=st.integers(0, 2**32 - 1),
    target_size=st.integers(1, 40),
    mapped_size=st.integers(1, 40),
    queries=st.integers(1, 25),
    dimension=st.integers(1, 12),
    hubs=st.integers(1, 15),
    k=st.integers(1, 50),
)
def test_both_scores_equal_the_definition(
    *,
    seed: int,
    target_size: int,
    mapped_size: int,
    queries: int,
    dimension: int,
    hubs: int,
    k: int,
) -> None:
    target = unit(seed, target_size, dimension)
    mapped = unit(seed + 1, mapped_size, dimension)
    query = unit(seed + 2, queries, dimension)
    retriever = Retriever.build(target, mapped, hubs=hubs)
    oracles: dict[Score, np.ndarray] = {
        "cosine": brute_force_cosines(query, target),
        "csls": brute_force_csls(query, target, mapped, hubs),
    }
    for score, expected in oracles.items():
        found = retriever.search(query, k=k, score=score)
        assert found.rows.shape == found.scores.shape == (queries, min(k, target_size))
        best = -np.sort(-expected, axis=1)[:, :k]
        np.testing.assert_allclose(found.scores, best, atol=1e-5)
        # Rows are compared by their scores: near-equal ones may swap.
        at_rows = np.take_along_axis(expected, found.rows, axis=1)
        np.testing.assert_allclose(at_rows, best, atol=1e-5)
        assert all(len(set(row)) == len(row) for row in found.rows.tolist())


def test_csls_demotes_a_hub() -> None:
    """The first target is near all sources: cosine prefers it, CSLS does not."""
    target = unit_rows(np.array([[1, 1, 1], [1, 0, 0]], np.float32))
    mapped = unit_rows(np.array([[1, 1, 0.9], [0.9, 1, 1], [1, 0.9, 1]], np.float32))
    query = unit_rows(np.array([[1, 0.5, 0.5]], np.float32))
    retriever = Retriever.build(target, mapped, hubs=1)
    assert retriever.search(query, k=1, score="cosine").rows.tolist() == [[0]]
    assert retriever.search(query, k=1, score="csls").rows.tolist() == [[1]]


def test_equal_scores_stand_in_the_order_of_rows() -> None:
    target = np.repeat(unit(0, 1, 4), 6, axis=0)
    retriever = Retriever.build(target, target)
    for score in ("cosine", "csls"):
        assert retriever.search(target[:3], k=6, score=score).rows.tolist() == [[*range(6)]] * 3


def test_target_is_given_back_exactly() -> None:
    target = unit(0, 20, 5)
    np.testing.assert_array_equal(Retriever.build(target, unit(1, 9, 5)).target, target)


def test_no_query_gives_no_neighbours() -> None:
    found = Retriever.build(unit(0, 5, 3), unit(1, 5, 3)).search(np.empty((0, 3), np.float32), k=2)
    assert found.rows.shape == found.scores.shape == (0, 2)


def test_threads_get_the_answers_of_one_thread() -> None:
    retriever = Retriever.build(unit(0, 500, 16), unit(1, 500, 16))
    queries = [unit(seed, 30, 16) for seed in range(2, 34)]
    expected = [retriever.search(query, k=5) for query in queries]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda query: retriever.search(query, k=5), queries))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(one.scores, other.scores)


def test_wrong_queries_are_named() -> None:
    retriever = Retriever.build(unit(0, 5, 3), unit(1, 5, 3))
    with pytest.raises(ShapeError, match=r"expected \[q, 3\], found \[2, 4\]"):
        retriever.search(unit(0, 2, 4), k=1)
    with pytest.raises(OptionError, match="at least 1, found 0"):
        retriever.search(unit(0, 2, 3), k=0)
    for wrong in (np.nan, np.inf):
        query = unit(0, 2, 3)
        query[1, 1] = wrong
        with pytest.raises(NonFiniteInputError):
            retriever.search(query, k=1)


def test_wrong_vectors_are_named() -> None:
    with pytest.raises(ShapeError, match=r"expected \[m, 3\], found \[5, 4\]"):
        Retriever.build(unit(0, 5, 3), unit(1, 5, 4))
    with pytest.raises(InputError, match="no mapped source vectors"):
        Retriever.build(unit(0, 5, 3), np.empty((0, 3), np.float32))
    with pytest.raises(OptionError, match="hubs"):
        Retriever.build(unit(0, 5, 3), unit(1, 5, 3), hubs=0)
    with pytest.raises(NonFiniteInputError, match="target"):
        Retriever.build(np.full((2, 3), np.nan, np.float32), unit(1, 5, 3))
