from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.aligners.orthogonal_map import orthogonal_map
from tests.rotated_spaces import isometry


def cloud(rows: int, dimension: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(rows, dimension)))


def agreement(weight: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> float:
    return float(((x @ weight.T) * y).sum())


@given(m=st.integers(1, 8), more=st.integers(0, 4), seed=st.integers(0, 999))
def test_finds_the_isometry_between_rotated_clouds(m: int, more: int, seed: int) -> None:
    x = cloud(30, m, seed)
    rotation = torch.from_numpy(isometry(np.random.default_rng(seed + 1), m + more, m)).double()
    torch.testing.assert_close(orthogonal_map(x, x @ rotation.T), rotation, rtol=0, atol=1e-5)


@given(n=st.integers(1, 8), more=st.integers(0, 4), seed=st.integers(0, 999))
def test_finds_the_projection_that_made_a_smaller_cloud(n: int, more: int, seed: int) -> None:
    y = cloud(30, n, seed)
    embedding = torch.from_numpy(isometry(np.random.default_rng(seed + 1), n + more, n)).double()
    torch.testing.assert_close(orthogonal_map(y @ embedding.T, y), embedding.T, rtol=0, atol=1e-5)


@given(m=st.integers(1, 8), n=st.integers(1, 8), seed=st.integers(0, 999))
def test_is_semi_orthogonal(m: int, n: int, seed: int) -> None:
    weight = orthogonal_map(cloud(20, m, seed), cloud(20, n, seed + 1))
    assert weight.shape == (n, m)
    product = weight @ weight.T if n <= m else weight.T @ weight
    torch.testing.assert_close(product, torch.eye(min(m, n), dtype=torch.float64))


@given(d=st.integers(1, 8), pairs=st.integers(8, 30), seed=st.integers(0, 999))
def test_agrees_with_scipy_where_dimensions_are_equal(d: int, pairs: int, seed: int) -> None:
    x, y = cloud(pairs, d, seed), cloud(pairs, d, seed + 1)
    expected, _ = scipy.linalg.orthogonal_procrustes(x.numpy(), y.numpy())
    np.testing.assert_allclose(orthogonal_map(x, y).numpy(), expected.T, atol=1e-8)


@pytest.mark.parametrize(("m", "n"), [(5, 5), (7, 4), (4, 7)])
def test_no_random_orthogonal_matrix_agrees_better(m: int, n: int) -> None:
    rng = np.random.default_rng(m)
    x, y = cloud(12, m, 0), cloud(12, n, 1)
    best = orthogonal_map(x, y)
    tall = [isometry(rng, max(m, n), min(m, n)).astype(np.float64) for _ in range(200)]
    # Small turns of the best as well: far away a random one is no rival.
    turns = [scipy.linalg.expm(1e-3 * (a - a.T)) for a in rng.normal(size=(200, n, n))]
    rivals = [torch.from_numpy(q if n >= m else q.T) for q in tall]
    rivals += [torch.from_numpy(turn) @ best for turn in turns]
    assert agreement(best, x, y) >= max(agreement(rival, x, y) for rival in rivals)
