"""The judge of T: a better map gets a better judgement, and the start a fair one."""

from __future__ import annotations

import pytest
import torch

from isogloss.models.aligners.criterion import share_found
from isogloss.models.aligners.dictionary_induction import induce_mutual
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.recipe import RefinementRecipe
from isogloss.models.aligners.refined_start import judge_by_refined_start
from isogloss.models.aligners.refinement import refine
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.progress.observation import ignore_progress
from tests.models.aligners.samples import hidden_pair, small_recipe


@pytest.fixture(scope="module")
def pair() -> NormalisedPair:
    source, target = hidden_pair(words=600, noise=0.4, shuffled=False)
    return NormalisedPair.of(source, target, device="cpu")


def _fitted_on(pair: NormalisedPair, words: int, noise: float = 0.0) -> LinearTransport:
    """The orthogonal map of some true pairs, moved at random."""
    weight = orthogonal_map(pair.x[:words], pair.y[:words])
    generator = torch.Generator().manual_seed(0)
    disturbed = weight + noise * torch.randn(weight.shape, generator=generator)
    u, _, v = torch.linalg.svd(disturbed)
    return LinearTransport(u @ v)


def test_a_better_map_is_judged_better(pair: NormalisedPair) -> None:
    best, start, worse = _fitted_on(pair, 600), _fitted_on(pair, 600, 0.2), _fitted_on(pair, 20)
    judge = judge_by_refined_start(pair, start, small_recipe().refinement)
    assert judge(best) > judge(start) > judge(worse)
    assert judge(best) > 0.9


def test_the_refined_start_itself_finds_nearly_all_of_the_pairs(pair: NormalisedPair) -> None:
    start, recipe = _fitted_on(pair, 600, 0.2), small_recipe().refinement
    judge = judge_by_refined_start(pair, start, recipe)
    refined = refine(pair, start, recipe, observe=ignore_progress).transport
    assert judge(refined) > 0.9 > judge(start)
    # Beside itself it changes no answer, and the judgement is the share alone.
    assert judge_by_refined_start(pair, refined, recipe)(refined) > 0.95


def test_without_refinement_the_start_judges_itself(pair: NormalisedPair) -> None:
    start = _fitted_on(pair, 600, 0.2)
    judge = judge_by_refined_start(pair, start, RefinementRecipe(phases=()))
    assert judge(start) == 1
    assert judge(_fitted_on(pair, 20)) < 0.9


def test_every_answer_that_differs_from_those_of_the_start_costs(pair: NormalisedPair) -> None:
    """The start finds all of its own pairs, so that other answers are those that are lost."""
    start, other = _fitted_on(pair, 600, 0.2), _fitted_on(pair, 100)
    judge = judge_by_refined_start(pair, start, RefinementRecipe(phases=()))
    with torch.inference_mode():
        pairs = induce_mutual(start(pair.x), pair.y)
        share = share_found(pairs, pair.y, other(pair.x), words=5000)
    count = len(pairs.source)
    assert 0.3 < share < 0.99
    expected = share - 3 * ((1 - share) * count) ** 0.5 / count
    assert judge(other) == pytest.approx(expected, abs=1e-6)
