from __future__ import annotations

import numpy as np
import torch

from isogloss.models.aligners.similarity_profiles import map_from_profiles
from isogloss.models.spaces.normalizer import Normalizer
from tests.models.aligners.samples import hidden_pair, sample
from tests.oracles import brute_force_top_1
from tests.rotated_spaces import isometry


def normalised(vectors: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(Normalizer.fit(vectors)(vectors)).double()


def test_finds_far_more_than_chance_between_turned_and_shuffled_vectors() -> None:
    source, target = hidden_pair(words=500, noise=0.3)
    x, y = normalised(source.vectors), normalised(target.vectors)
    weight = map_from_profiles(x, y, words=500)
    nearest = brute_force_top_1((x @ weight.T).numpy(), y.numpy())
    hits = np.mean(
        [target.words[row] == word for word, row in zip(source.words, nearest, strict=True)]
    )
    assert hits > 0.05  # chance is 0.002


def test_the_order_of_the_rows_tells_nothing() -> None:
    source, target = hidden_pair(words=300, noise=0.3)
    x, y = normalised(source.vectors), normalised(target.vectors)
    weight = map_from_profiles(x, y, words=300)
    generator = torch.Generator().manual_seed(1)
    for rows, columns in (
        (torch.randperm(300, generator=generator), torch.arange(300)),
        (torch.arange(300), torch.randperm(300, generator=generator)),
    ):
        again = map_from_profiles(x[rows], y[columns], words=300)
        torch.testing.assert_close(again, weight, rtol=0, atol=1e-6)


def test_the_axes_tell_nothing() -> None:
    source, target = hidden_pair(words=300, noise=0.3)
    x, y = normalised(source.vectors), normalised(target.vectors)
    weight = map_from_profiles(x, y, words=300)
    rng = np.random.default_rng(2)
    left, right = (torch.from_numpy(np.linalg.qr(rng.normal(size=(60, 60)))[0]) for _ in range(2))
    again = map_from_profiles(x @ left.T, y @ right.T, words=300)
    torch.testing.assert_close(again, right @ weight @ left.T, rtol=0, atol=1e-6)


def test_sides_of_unequal_size_and_dimension() -> None:
    x = normalised(sample().vectors[:200, :30])
    y = x[:150] @ torch.from_numpy(isometry(np.random.default_rng(0), 40, 30)).double().T
    weight = map_from_profiles(x, y, words=1000)
    assert weight.shape == (40, 30)
    torch.testing.assert_close(weight.T @ weight, torch.eye(30, dtype=torch.float64))
