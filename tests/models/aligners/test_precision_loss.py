"""The soft precision against the hard one counted by hand, and its gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from isogloss.models.aligners.contrasts import Contrasts
from isogloss.models.aligners.precision_loss import soft_precision_loss
from isogloss.models.neighbours.csls import hubness, unit


def clouds(seed: int) -> tuple[Tensor, Tensor, Tensor, Contrasts]:
    """Two unrelated clouds, some map, pairs by row, and what they are taken for, in part itself."""
    generator = torch.Generator().manual_seed(seed)
    x = unit(torch.randn(40, 5, generator=generator, dtype=torch.float64))
    y = unit(torch.randn(40, 4, generator=generator, dtype=torch.float64))
    weight = torch.randn(4, 5, generator=generator, dtype=torch.float64)
    rows = torch.arange(12)
    mapped = unit(x @ weight.T)
    near_target = (mapped @ y.T).topk(6, dim=1).indices[:12]
    near_source = (y @ mapped.T).topk(6, dim=1).indices[:12]
    return x, y, weight, Contrasts(rows, rows, near_source, near_target)


def precision(x: Tensor, y: Tensor, weight: Tensor, pairs: Contrasts, places: int) -> float:
    """Share of pairs whose right word is among the first places by CSLS, over both ways."""
    mapped = unit(x @ weight.T)
    scores = 2 * mapped @ y.T - hubness(y, mapped)
    backward = 2 * mapped @ y.T - hubness(mapped, y)[:, None]
    hits = 0
    for pair in range(len(pairs.source)):
        i, j = int(pairs.source[pair]), int(pairs.target[pair])
        rivals = [scores[i, k] for k in pairs.near_target[pair].tolist() if k != j]
        hits += sum(bool(rival > scores[i, j]) for rival in rivals) < places
        rivals = [backward[k, j] for k in pairs.near_source[pair].tolist() if k != i]
        hits += sum(bool(rival > backward[i, j]) for rival in rivals) < places
    return hits / (2 * len(pairs.source))


@pytest.mark.parametrize("places", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_without_entropy_it_is_the_precision(seed: int, places: int) -> None:
    x, y, weight, pairs = clouds(seed)
    loss = soft_precision_loss(x, y, weight, places=places, epsilon=1e-4)
    expected = 1 - precision(x, y, weight, pairs, places)
    assert float(loss(weight, pairs)) == pytest.approx(expected, abs=0.02)


def test_the_gradient_agrees_with_finite_differences() -> None:
    x, y, weight, pairs = clouds(4)
    loss = soft_precision_loss(x, y, weight, places=2, epsilon=0.3)
    moved = weight.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda w: loss(w, pairs), moved, atol=1e-6)
