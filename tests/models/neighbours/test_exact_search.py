from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.neighbours import device_search, exact_search


@given(
    seed=st.integers(0, 2**32 - 1),
    queries=st.integers(0, 7),
    vectors=st.integers(1, 60),
    dimension=st.integers(1, 5),
    data=st.data(),
    order=st.sampled_from(["as it is", "rising", "falling", "equal"]),
    tensors=st.booleans(),
)
def test_the_largest_are_those_of_a_full_sort(
    *,
    seed: int,
    queries: int,
    vectors: int,
    dimension: int,
    data: st.DataObject,
    order: str,
    tensors: bool,
) -> None:
    """Blocks of 8 vectors and 3 queries, so that few vectors already are many blocks."""
    plain, penalised = (data.draw(st.integers(0, vectors)) for _ in range(2))
    rng = np.random.default_rng(seed)
    query = rng.standard_normal((queries, dimension)).astype(np.float32)
    matrix = rng.standard_normal((vectors, dimension)).astype(np.float32)
    penalty = rng.random(vectors).astype(np.float32)
    if order == "equal":
        matrix[:], penalty[:] = matrix[0], penalty[0]
    elif order != "as it is" and queries:
        places = np.argsort(matrix @ query[0])
        matrix = matrix[places if order == "rising" else places[::-1]].copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact_search, "_VECTORS_AT_ONCE", 8)
        patch.setattr(exact_search, "QUERIES_AT_ONCE", 3)
        patch.setattr(device_search, "QUERIES_AT_ONCE", 3)
        if tensors:
            found = device_search.nearest_by_both(
                query,
                torch.from_numpy(matrix),
                torch.from_numpy(penalty),
                plain=plain,
                penalised=penalised,
            )
        else:
            found = exact_search.nearest_by_both(
                query, matrix, penalty, plain=plain, penalised=penalised
            )
    products = query @ matrix.T
    for one, count, expected in zip(
        found, (plain, penalised), (products, products - penalty), strict=True
    ):
        assert one.rows.shape == one.products.shape == (queries, count)
        best = -np.sort(-expected, axis=1)[:, :count]
        np.testing.assert_allclose(one.products, best, atol=1e-5)
        at_rows = np.take_along_axis(expected, one.rows, axis=1)
        np.testing.assert_allclose(at_rows, best, atol=1e-5)
        assert all(len(set(row)) == count for row in one.rows.tolist())


def test_without_penalties_only_products_count() -> None:
    matrix = np.eye(5, dtype=np.float32)
    found, none = exact_search.nearest_by_both(matrix, matrix, None, plain=1, penalised=0)
    assert found.rows.tolist() == [[0], [1], [2], [3], [4]]
    assert none.rows.shape == (5, 0)
