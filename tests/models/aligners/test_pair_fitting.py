"""The best linear map of pairs, against NumPy's answer, and the same to the last bit each time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isogloss.models.aligners.pair_fitting import FittedKind, fit_on_pairs, linear_map


def pairs(rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    directions, _ = torch.linalg.qr(torch.randn(40, rank, generator=generator))
    x = torch.randn(300, rank, generator=generator) @ directions.T
    return x, torch.randn(300, 30, generator=generator)


@pytest.mark.parametrize("rank", [40, 25])
def test_the_linear_map_is_the_shortest_one_of_least_squares(rank: int) -> None:
    x, y = pairs(rank)
    expected, *_ = np.linalg.lstsq(x.double().numpy(), y.double().numpy(), rcond=1e-6)
    np.testing.assert_allclose(linear_map(x, y).numpy(), expected.T, atol=2e-4)


@pytest.mark.parametrize("kind", ["orthogonal", "linear", "residual"])
def test_the_same_pairs_give_the_same_map_to_the_last_bit(kind: FittedKind) -> None:
    x, y = pairs(40)
    maps = []
    for size in range(4):
        # What a solver does not set itself, it would find among what these leave behind.
        _ = [torch.randint(1, 100, (40 * count,)) for count in range(size + 1)]
        fitted = fit_on_pairs(x, y, kind, widths=(8,), seed=3, stage="residual")
        maps.append(torch.cat([weight.flatten() for weight in fitted.state_dict().values()]))
    assert all(torch.equal(each, maps[0]) for each in maps)
