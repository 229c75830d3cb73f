from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from models.aligners import refinement
from models.aligners.aligner import Progress, Stage
from models.aligners.fine_tuning import FineTuningRecipe
from models.aligners.normalised_pair import NormalisedPair
from models.aligners.orthogonal_map import orthogonal_map
from models.aligners.recipe import RefinementRecipe
from models.aligners.refinement import refine
from models.aligners.self_learning import Phase
from models.aligners.transports import LinearTransport, Transport
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


def is_orthogonal(transport: Transport) -> bool:
    weight: Tensor = transport.linear_part.detach()
    return torch.allclose(weight @ weight.T, torch.eye(len(weight)), atol=1e-4)


def test_fine_tuning_follows_and_leaves_the_orthogonal_maps(
    pair: NormalisedPair, start: Transport
) -> None:
    stage, seen = refined_with(pair, start, RECIPE)
    assert seen == ["refinement"] * 2 + ["fine-tuning"] * 10
    assert not is_orthogonal(stage.transport)


def test_fine_tuning_that_leaves_fewer_mutual_neighbours_is_not_kept(
    pair: NormalisedPair, start: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    disturbed: list[Tensor] = []

    def disturb(*arguments: Any, **_: Any) -> Tensor:
        weight: Tensor = arguments[2]
        disturbed.append(weight + 0.1 * torch.randn_like(weight))
        return disturbed[0]

    monkeypatch.setattr(refinement, "fine_tune", disturb)
    stage, _ = refined_with(pair, start, RECIPE)
    assert len(disturbed) == 1
    assert is_orthogonal(stage.transport)


def test_without_phases_the_map_stays_as_it_is(pair: NormalisedPair, start: Transport) -> None:
    stage, seen = refined_with(pair, start, replace(RECIPE, phases=()))
    assert stage.transport is start
    assert seen == []


def test_the_same_map_is_refined_to_the_same_result(pair: NormalisedPair, start: Transport) -> None:
    first, second = (refined_with(pair, start, RECIPE)[0].transport for _ in range(2))
    assert torch.equal(first.linear_part, second.linear_part)
