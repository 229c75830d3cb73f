"""Which look at T is kept, and when the stage ends, under a judge whose verdicts are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from isogloss.models.aligners.neural_gw.training import (
    game_of_words,
    train_neural_gromov_wasserstein,
)
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.networks import Transport
from isogloss.models.progress.journal import NoJournal
from isogloss.models.progress.observation import Progress
from tests.models.aligners.samples import hidden_pair, small_recipe

RECIPE: NeuralGromovWassersteinRecipe = replace(
    small_recipe(steps=8, learning_rate=1e-3, assess_every=2).neural_gw, patience=10
)


@pytest.fixture(scope="module")
def pair() -> NormalisedPair:
    return NormalisedPair.of(*hidden_pair(words=200, shuffled=False), device="cpu")


def verdicts(values: Sequence[float]) -> Callable[[Transport], float]:
    """Gives out values in their order, whatever the map."""
    remaining = iter(values)
    return lambda _: next(remaining)


def train(
    pair: NormalisedPair,
    values: Sequence[float],
    recipe: NeuralGromovWassersteinRecipe = RECIPE,
) -> tuple[Stage, list[Progress]]:
    seen: list[Progress] = []
    stage = train_neural_gromov_wasserstein(
        pair,
        orthogonal_map(pair.x, pair.y),
        recipe,
        seed=3,
        journal=NoJournal(),
        observe=seen.append,
        judge=verdicts(values),
    )
    return stage, seen


def averaged_after(pair: NormalisedPair, steps: int) -> Transport:
    game = game_of_words(pair, orthogonal_map(pair.x, pair.y), RECIPE, seed=3)
    for _ in range(steps):
        game.play()
    return game.averaged


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ((0.5, 0.4, 0.7, 0.6, 0.65), 4),
        ((0.5, 0.4, 0.3, 0.2, 0.6), 8),
        # The start is a look too, and a later one as good does not replace it.
        ((0.5, 0.5, 0.4, 0.5, 0.1), 0),
    ],
)
def test_the_best_look_is_kept(values: tuple[float, ...], kept: int, pair: NormalisedPair) -> None:
    stage, seen = train(pair, values)
    assert len(seen) == 8
    expected = averaged_after(pair, kept)
    for name, array in expected.arrays().items():
        assert np.array_equal(stage.transport.arrays()[name], array), name


def test_ends_when_looks_bring_nothing(pair: NormalisedPair) -> None:
    _, seen = train(pair, (0.5, 0.6, 0.4, 0.3, 0.2), replace(RECIPE, patience=2))
    # The best look is at step 2; two looks later, at step 6, it is over.
    assert [progress.step for progress in seen] == [1, 2, 3, 4, 5, 6]


def test_the_last_step_is_looked_at_too(pair: NormalisedPair) -> None:
    stage, _ = train(pair, (0.1, 0.2, 0.9), replace(RECIPE, steps=5, assess_every=3))
    assert stage.name == "raw"
    game = game_of_words(pair, orthogonal_map(pair.x, pair.y), replace(RECIPE, steps=5), seed=3)
    for _ in range(5):
        game.play()
    assert torch.equal(stage.transport.linear_part, game.averaged.linear_part)
