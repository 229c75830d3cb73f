"""The benchmark of random starts: its cases have the answers that they say, at tiny size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from research.benchmarks import random_start
from tests.models.aligners.samples import sample

README = Path(__file__).parents[2] / "models" / "aligners" / "neural_gw" / "README.md"


def test_the_right_map_of_a_turned_space_is_exact() -> None:
    case = random_start.turned(sample().most_frequent(500), 20)
    np.testing.assert_allclose(case.right.numpy() @ case.right.numpy().T, np.eye(20), atol=1e-5)
    right = random_start.look(case, lambda x: x @ case.right.T)
    # Both sides are centred and of unit length again, so that a rotation is all there is.
    assert right["precision_at_1"] == 1
    assert right["sliced_distance"] < 1e-4


def test_the_sliced_distance_of_a_shift_is_its_length() -> None:
    points = torch.randn(2000, 5, generator=torch.Generator().manual_seed(0))
    shift = torch.tensor([0.3, 0.0, 0.0, 0.4, 0.0])
    # The mean square of a direction's part of the shift is |shift|² / n.
    assert random_start.sliced_distance(points + shift, points) == pytest.approx(0.5, rel=0.05)


def test_a_run_is_looked_at_from_its_random_start_on() -> None:
    case = random_start.turned(sample().most_frequent(500), 20)
    recipe = replace(random_start.CONDITIONED, steps=24, batch=128, transport_batch=64)
    row = random_start.measure(case, "conditioned", recipe, seed=0)
    assert [each["step"] for each in row["looks"]] == list(range(0, 25, 2))
    assert row["looks"][0]["precision_at_1"] < 0.2
    assert row["looks"][0]["sliced_distance"] > row["right"]["sliced_distance"]
    again = random_start.measure(case, "conditioned", recipe, seed=0)
    assert again["looks"] == row["looks"]
    (line,) = random_start.table([row]).splitlines()[2:]
    assert line.startswith("| en and itself, turned | 20 | conditioned | 24 |")
