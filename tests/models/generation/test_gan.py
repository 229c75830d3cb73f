"""GW-GAN: relations in another dimension, constraints, adversaries that cannot stretch."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from isogloss.models.errors import DivergenceError, OptionError
from isogloss.models.generation.constraints import (
    AbsoluteValues,
    Style,
    TotalVariation,
    train_classifier,
)
from isogloss.models.generation.gan import train_gan
from isogloss.models.generation.orthogonality import orthogonality_penalty, procrustes_penalty
from isogloss.models.generation.recipe import GanRecipe
from isogloss.models.generation.reference import Reference

RECIPE = GanRecipe(steps=120, batch=48, widths=(32, 32), noise=4)


def two_blobs(dimension: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    points = 0.1 * torch.randn(400, dimension, generator=generator)
    points[::2, 0] += 2.0
    return points + 3.0


def gap_between_near_and_far(points: torch.Tensor) -> tuple[float, float]:
    """Middle of the small and of the large distances."""
    found = torch.cdist(points, points).flatten().sort().values
    found = found[len(points) :]
    return float(found[len(found) // 4]), float(found[3 * len(found) // 4])


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2)])
def test_two_clusters_come_out_in_another_dimension(before: int, after: int) -> None:
    result = train_gan(Reference(two_blobs(before)), after, RECIPE, seed=0)
    points = result.generate(300)
    assert points.shape == (300, after)
    near, far = gap_between_near_and_far(points)
    assert near < 0.6
    assert far == pytest.approx(2.0, abs=0.6)
    assert result.losses[-1] < result.losses[0] / 4


def test_the_same_seed_generates_the_same_points() -> None:
    short = replace(RECIPE, steps=5)
    first, second = (
        train_gan(Reference(two_blobs(2)), 2, short, seed=3).generate(10, seed=4) for _ in range(2)
    )
    torch.testing.assert_close(first, second, rtol=0, atol=0)


def test_absolute_values_centre() -> None:
    free = train_gan(Reference(two_blobs(2)), 2, RECIPE, seed=1).generate(300)
    centred = train_gan(
        Reference(two_blobs(2)), 2, RECIPE, constraints=[(0, AbsoluteValues(0.2))], seed=1
    ).generate(300)
    assert float(centred.abs().sum(dim=1).mean()) < float(free.abs().sum(dim=1).mean())


def test_distances_alone_are_enough() -> None:
    table = torch.cdist(two_blobs(2), two_blobs(2))
    points = train_gan(Reference(table=table), 2, RECIPE, seed=0).generate(200)
    assert gap_between_near_and_far(points)[1] == pytest.approx(2.0, abs=0.6)


def test_the_procrustes_penalty_is_zero_for_a_turn_and_counts_a_stretch() -> None:
    x = two_blobs(3) - 3
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(2)))[0]
    assert float(procrustes_penalty(x, x @ turn)) == pytest.approx(0, abs=1e-9)
    assert float(procrustes_penalty(x, x @ turn[:, :2])) >= 0
    stretched = float(procrustes_penalty(x, 3 * x @ turn))
    assert stretched == pytest.approx(float((2 * x).square().sum(dim=1).mean()), rel=1e-4)


def test_penalties_of_layers() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    for layer in (network[0], network[2]):
        assert isinstance(layer, nn.Linear)
        nn.init.orthogonal_(layer.weight)
    x = two_blobs(3)
    for kind, expected in (("layers", 0.0), ("off-diagonal", 0.0), ("initial", 0.0)):
        found = orthogonality_penalty(kind, network, x, network(x))  # type: ignore[arg-type]
        assert float(found.detach()) == pytest.approx(expected, abs=1e-8)
    first = network[0]
    assert isinstance(first, nn.Linear)
    with torch.no_grad():
        first.weight.mul_(2)
    free = orthogonality_penalty("off-diagonal", network, x, network(x))
    held = orthogonality_penalty("layers", network, x, network(x))
    assert float(free.detach()) == pytest.approx(0, abs=1e-8)  # it lets the layer stretch
    assert float(held.detach()) == pytest.approx(3 * 9.0, rel=1e-4)


def test_total_variation_and_style() -> None:
    flat, striped = torch.ones(1, 16), torch.tensor([[0.0, 1.0] * 8])
    assert float(TotalVariation(2.0)(flat)) == 0
    assert float(TotalVariation(2.0)(striped)) == 2.0 * 4 * 3
    points = two_blobs(2)
    labels = (points[:, 0] > 4).float()
    style = Style(train_classifier(points, labels), 1.0)
    assert float(style(points[labels == 1])) < 0.1 < float(style(points[labels == 0]))


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(OptionError, match="positive"):
        GanRecipe(steps=0)
    with pytest.raises(OptionError, match="neither"):
        Reference()
    with pytest.raises(OptionError, match="distances alone"):
        train_gan(Reference(table=torch.zeros(4, 4)), 2, replace(RECIPE, adversary_widths=(4,)))
    with pytest.raises(DivergenceError, match="gw-gan"):
        train_gan(Reference(torch.full((60, 2), math.nan)), 2, RECIPE)
