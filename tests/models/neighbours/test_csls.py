"""The geometry of the aligners against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.neighbours import csls as neighbours
from isogloss.models.neighbours.csls import csls, hubness, unit
from tests.oracles import brute_force_cosines, csls_of

SIZES = st.integers(1, 12)
# Also more hubs than there are words.
COUNTS = st.integers(1, 15)


def cloud(rows: int, dimension: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, dimension))


def directions(points: np.ndarray) -> torch.Tensor:
    return unit(torch.from_numpy(points))


@given(n=SIZES, d=SIZES, scale=st.floats(1e-6, 1e6), seed=st.integers(0, 999))
def test_unit_keeps_the_direction_alone(n: int, d: int, scale: float, seed: int) -> None:
    points = scale * cloud(n, d, seed)
    expected = np.array([point / np.sqrt(sum(point**2)) for point in points])
    np.testing.assert_allclose(directions(points).numpy(), expected, rtol=1e-12)


def test_unit_leaves_zero_where_it_is() -> None:
    assert torch.equal(unit(torch.zeros(2, 3)), torch.zeros(2, 3))


@given(n=SIZES, m=SIZES, d=SIZES, count=COUNTS, seed=st.integers(0, 999))
def test_hubness_is_the_mean_of_the_nearest_cosines(
    n: int, m: int, d: int, count: int, seed: int
) -> None:
    x, y = cloud(n, d, seed), cloud(m, d, seed + 1)
    cosines = brute_force_cosines(x, y)
    expected = [np.mean(sorted(row, reverse=True)[:count]) for row in cosines]
    found = hubness(directions(x), directions(y), count)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@given(n=SIZES, m=SIZES, count=COUNTS, seed=st.integers(0, 999))
def test_csls_follows_its_definition(n: int, m: int, count: int, seed: int) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, (n, m))
    found = csls(torch.from_numpy(cosines), count)
    np.testing.assert_allclose(found.numpy(), csls_of(cosines, count), atol=1e-12)


@given(batch=SIZES, n=SIZES, m=SIZES, count=COUNTS, seed=st.integers(0, 999))
def test_csls_takes_each_matrix_of_a_stack_by_itself(
    batch: int, n: int, m: int, count: int, seed: int
) -> None:
    cosines = np.random.default_rng(seed).uniform(-1, 1, (batch, n, m))
    found = csls(torch.from_numpy(cosines), count)
    expected = np.array([csls_of(matrix, count) for matrix in cosines])
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_blocks_do_not_show(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = directions(cloud(7, 4, 0)), directions(cloud(20, 4, 1))
    expected = hubness(x, y)
    monkeypatch.setattr(neighbours, "_ROWS_AT_ONCE", rows)
    torch.testing.assert_close(hubness(x, y), expected)
