from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from isogloss.models.aligners import refinement
from isogloss.models.aligners.dictionary_induction import Pairs
from isogloss.models.aligners.fine_tuning import FineTuningRecipe, held_out_of
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refinement import refine
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.maps.alignment import Stage
from isogloss.models.maps.fitted import FittedMap
from isogloss.models.maps.networks import LinearTransport, Transport
from isogloss.models.neighbours.csls import csls, unit
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


@pytest.mark.parametrize(("disturbance", "share"), [(0.05, 1.0), (0.2, 0.5), (1.0, 0.0)])
def test_fine_tuning_goes_as_far_as_pairs_that_were_held_out_are_found(
    pair: NormalisedPair,
    start: Transport,
    monkeypatch: pytest.MonkeyPatch,
    disturbance: float,
    share: float,
) -> None:
    noise = disturbance * torch.randn(60, 60, generator=torch.Generator().manual_seed(0))
    seen: list[tuple[Tensor, Pairs]] = []

    def disturb(*arguments: Any, pairs: Pairs, **_: Any) -> Tensor:
        weight: Tensor = arguments[2]
        seen.append((weight, held_out_of(pairs)))
        return weight + noise

    monkeypatch.setattr(refinement, "fine_tune", disturb)
    stage, _ = refined_with(pair, start, RECIPE)
    ((weight, held_out),) = seen

    def found(part: float) -> float:
        """By all scores written out."""
        moved = weight + part * noise
        first = csls(unit(pair.x[:800] @ moved.T) @ pair.y[:800].T).argmax(dim=1)
        return float((first[held_out.source] == held_out.target).float().mean())

    assert [part for part in (1.0, 0.5) if found(part) >= RECIPE.fine_tuning.least_found][:1] == (
        [share] if share else []
    )
    expected = weight + share * noise
    assert torch.allclose(stage.transport.linear_part, expected, atol=1e-6)


def test_held_out_pairs_are_a_tenth_and_the_same_each_time() -> None:
    pairs = Pairs(torch.arange(105), torch.arange(105) + 1)
    first, second = held_out_of(pairs), held_out_of(pairs)
    assert len(first.source) == 10
    assert torch.equal(first.source, second.source)
    assert torch.equal(first.target, first.source + 1)


def test_without_phases_the_map_stays_as_it_is(pair: NormalisedPair, start: Transport) -> None:
    stage, seen = refined_with(pair, start, replace(RECIPE, phases=()))
    assert stage.transport is start
    assert seen == []


def test_the_same_map_is_refined_to_the_same_result(pair: NormalisedPair, start: Transport) -> None:
    first, second = (refined_with(pair, start, RECIPE)[0].transport for _ in range(2))
    assert torch.equal(first.linear_part, second.linear_part)
