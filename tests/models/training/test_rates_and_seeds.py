from __future__ import annotations

import math

import pytest
import torch

from isogloss.models.training.rates import cosine_decay
from isogloss.models.training.seeding import seeded


def test_rates_fall_from_one_to_nothing_and_are_halved_in_the_middle() -> None:
    assert cosine_decay(0, 8) == 1
    assert cosine_decay(4, 8) == pytest.approx(0.5)
    assert cosine_decay(8, 8) == pytest.approx(0)
    assert cosine_decay(2, 6) == pytest.approx(math.cos(math.pi / 6) ** 2)


def test_a_seed_counts_inside_and_disturbs_nothing_outside() -> None:
    torch.manual_seed(1)
    undisturbed = torch.rand(4)
    torch.manual_seed(1)
    with seeded(7):
        first = torch.rand(4)
    outside = torch.rand(4)
    with seeded(7):
        second = torch.rand(4)
    assert torch.equal(outside, undisturbed)
    assert torch.equal(first, second)
    assert not torch.equal(first, outside)
