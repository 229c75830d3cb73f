"""Trimming against a rotation that is known."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import RobotRecipe
from isogloss.models.aligners.robot_matching import (
    Groups,
    match_pulls,
    match_settings,
    matched_orthogonal_map,
)
from isogloss.models.errors import OptionError
from isogloss.models.maps.networks import LinearTransport
from research.methods.trimmed_procrustes import (
    nearer_than_random,
    nearest,
    trimmed_orthogonal_map,
)
from tests.models.aligners.samples import hidden_pair


def pairs(wrong: int, count: int = 300, dimension: int = 20) -> tuple[Tensor, Tensor, Tensor]:
    """Pairs of a rotation, the first of which are put out of order."""
    generator = torch.Generator().manual_seed(0)
    x = torch.nn.functional.normalize(torch.randn(count, dimension, generator=generator))
    rotation, _ = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator))
    y = x @ rotation.T
    y[:wrong] = y[:wrong].roll(1, dims=0)
    return x, y, rotation


def test_wrong_pairs_are_dropped() -> None:
    x, y, rotation = pairs(wrong=180)
    error = float((orthogonal_map(x, y) - rotation).norm())
    assert error > 0.5
    told = trimmed_orthogonal_map(x, y, nearest(120))
    torch.testing.assert_close(told, rotation, atol=1e-4, rtol=0)
    # Two of a hundred wrong pairs are nearer by chance than the bound.
    untold = trimmed_orthogonal_map(x, y, nearer_than_random(2.0))
    assert float((untold - rotation).norm()) < 0.3 * error


def test_each_round_lowers_the_sum_of_the_kept_squares() -> None:
    x, y, _ = pairs(wrong=250)

    def kept_squares(rounds: int) -> float:
        weight = trimmed_orthogonal_map(x, y, nearest(100), rounds)
        return float((x @ weight.T - y).square().sum(dim=1).topk(100, largest=False).values.sum())

    sums = [kept_squares(rounds) for rounds in range(6)]
    assert all(after <= before + 1e-4 for before, after in itertools.pairwise(sums))
    assert sums[-1] < sums[0]


def test_a_rule_that_keeps_nothing_leaves_the_map_of_all_pairs() -> None:
    x, y, _ = pairs(wrong=100)
    torch.testing.assert_close(
        trimmed_orthogonal_map(x, y, nearer_than_random(1e6)), orthogonal_map(x, y)
    )
    with pytest.raises(OptionError, match="expected to keep at least 1 pair, found 0"):
        nearest(0)


def test_a_plan_that_is_held_fixed_is_the_pull() -> None:
    source, target = hidden_pair(words=60, noise=0.3)
    pair = NormalisedPair.of(source, target, device="cpu")
    rows = torch.tensor([[source.rows[word], target.rows[word]] for word in source.words])
    groups = [Groups(*(rows[:, side].view(-1, 5) for side in (0, 1)))]
    recipe = RobotRecipe(rounds=10, through_plan=False)
    weight = matched_orthogonal_map(pair, groups, recipe)
    settings = match_settings(pair, groups, LinearTransport(weight), recipe)
    _, (held,) = match_pulls(pair, groups, LinearTransport(weight), settings, through_plan=False)
    _, (whole,) = match_pulls(pair, groups, LinearTransport(weight), settings)
    assert float(held.min()) >= 0
    assert float(held.sum(dim=-1).max()) <= 1 + 1e-3
    assert float((held - whole).abs().max()) > 1e-3
    # The plan finds the partners: they stand in the same place of either row.
    assert float((held.argmax(dim=-1) == torch.arange(5)).double().mean()) > 0.9
