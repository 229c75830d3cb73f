from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from isogloss.models.aligners import refinement
from isogloss.models.aligners.fine_tuning import FineTuningRecipe
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.fitted import FittedMap
from isogloss.models.maps.networks import LinearTransport, Transport
from isogloss.models.progress.observation import Progress
from tests.models.aligners.samples import hidden_pair

RECIPE = RefinementRecipe(
    phases=(Phase(1, 800, 2, mutual=True),),
    spelling=False,
    fine_tuning=FineTuningRecipe(words=800, steps=10),
)


@pytest.fixture(scope="module")
def pair() -> NormalisedPair:
    """Rows translate each other, with noise."""
    return NormalisedPair.of(*hidden_pair(noise=0.8, shuffled=False), device="cpu")


@pytest.fixture(scope="module")
def start(pair: NormalisedPair) -> Transport:
    return LinearTransport(orthogonal_map(pair.x[:100], pair.y[:100]))


def refined_with(
    pair: NormalisedPair, start: Transport, recipe: RefinementRecipe
) -> tuple[Stage, list[str]]:
    seen: list[Progress] = []
    stage = refine(pair, start, recipe, observe=seen.append)
    return stage, [progress.stage for progress in seen]


def is_orthogonal(transport: FittedMap) -> bool:
    weight: Tensor = transport.linear_part.detach()
    return torch.allclose(weight @ weight.T, torch.eye(len(weight)), atol=1e-4)


def test_fine_tuning_follows_and_leaves_the_orthogonal_maps(
    pair: NormalisedPair, start: Transport
) -> None:
    stage, seen = refined_with(pair, start, RECIPE)
    assert seen == ["refinement"] * 2 + ["pairs"] + ["fine-tuning"] * 10
    assert not is_orthogonal(stage.transport)


STRICT = replace(RECIPE, fine_tuning=replace(RECIPE.fine_tuning, least_agreement=1.01))
"""Of pairs that all seem to be wrong."""


@pytest.mark.parametrize(("recipe", "kept"), [(STRICT, False), (RECIPE, True)])
def test_where_pairs_seem_wrong_fine_tuning_must_not_cost_mutual_neighbours(
    pair: NormalisedPair,
    start: Transport,
    monkeypatch: pytest.MonkeyPatch,
    recipe: RefinementRecipe,
    *,
    kept: bool,
) -> None:
    seen: list[Tensor] = []

    def disturb(*arguments: Any, **_: Any) -> Tensor:
        weight: Tensor = arguments[2]
        seen.extend([weight, weight + 0.1 * torch.randn_like(weight)])
        return seen[1]

    monkeypatch.setattr(refinement, "fine_tune", disturb)
    stage, _ = refined_with(pair, start, recipe)
    assert torch.equal(stage.transport.linear_part, seen[1] if kept else seen[0])


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_where_pairs_seem_wrong_fine_tuning_goes_as_far_as_it_helps(
    pair: NormalisedPair, start: Transport, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    right = orthogonal_map(pair.x, pair.y)

    def lead_to_the_right_map(*arguments: Any, **_: Any) -> Tensor:
        weight: Tensor = arguments[2]
        return weight + (right - weight) / share

    monkeypatch.setattr(refinement, "fine_tune", lead_to_the_right_map)
    stage, _ = refined_with(pair, start, STRICT)
    assert torch.allclose(stage.transport.linear_part, right, atol=1e-5)


def test_without_phases_the_map_stays_as_it_is(pair: NormalisedPair, start: Transport) -> None:
    stage, seen = refined_with(pair, start, replace(RECIPE, phases=()))
    assert stage.transport is start
    assert seen == []


def test_the_same_map_is_refined_to_the_same_result(pair: NormalisedPair, start: Transport) -> None:
    first, second = (refined_with(pair, start, RECIPE)[0].transport for _ in range(2))
    assert torch.equal(first.linear_part, second.linear_part)
