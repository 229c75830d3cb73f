"""The criterion on maps that are known to be right, and on maps that cannot be."""

from __future__ import annotations

import pytest
import torch

from isogloss.models.aligners.criterion import (
    FOUND_BOUND,
    held_out_agreement,
    mutual_share,
    share_found,
)
from isogloss.models.aligners.dictionary_induction import Pairs, induce_mutual
from isogloss.models.aligners.normalised_pair import NormalisedPair
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.self_learning import Phase, self_learn
from isogloss.models.aligners.similarity_profiles import map_from_profiles
from isogloss.models.neighbours.csls import unit
from tests.models.aligners.samples import hidden_pair, unrelated_pair


def right_map(pair: NormalisedPair) -> torch.Tensor:
    """Fitted on the rows themselves, for pairs that are not shuffled."""
    return orthogonal_map(pair.x, pair.y)


@pytest.mark.parametrize(("source_dimension", "target_dimension"), [(60, 60), (60, 70), (70, 60)])
def test_a_right_map_agrees_with_itself(source_dimension: int, target_dimension: int) -> None:
    source, target = hidden_pair(
        words=500,
        source_dimension=source_dimension,
        target_dimension=target_dimension,
        shuffled=False,
    )
    pair = NormalisedPair.of(source, target, device="cpu")
    assert held_out_agreement(pair.x, pair.y, pair.x @ right_map(pair).T) > 0.95


def test_the_length_of_the_images_does_not_count() -> None:
    pair = NormalisedPair.of(*hidden_pair(words=300, noise=0.5, shuffled=False), device="cpu")
    mapped = pair.x @ right_map(pair).T
    lengths = torch.rand(300, 1, generator=torch.Generator().manual_seed(0)) + 0.1
    expected = held_out_agreement(pair.x, pair.y, mapped)
    assert held_out_agreement(pair.x, pair.y, mapped * lengths) == pytest.approx(expected, abs=0.01)


def test_a_random_map_does_not_agree_with_itself() -> None:
    pair = NormalisedPair.of(*hidden_pair(words=500), device="cpu")
    generator = torch.Generator().manual_seed(0)
    weight = torch.linalg.qr(torch.randn(60, 60, generator=generator))[0]
    assert held_out_agreement(pair.x, pair.y, pair.x @ weight.T) < FOUND_BOUND / 4


def test_unrelated_clouds_stay_far_below_the_bound_even_under_the_best_fit() -> None:
    pair = NormalisedPair.of(*unrelated_pair(), device="cpu")
    fitted = right_map(pair)
    assert held_out_agreement(pair.x, pair.y, pair.x @ fitted.T) < FOUND_BOUND / 4


@pytest.mark.parametrize(("words", "dimension"), [(2000, 40), (5000, 50), (5000, 25)])
def test_unrelated_clouds_stay_below_the_bound_where_words_lie_dense(
    words: int, dimension: int
) -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = (unit(torch.randn(words, dimension, generator=generator)) for _ in range(2))
    weight = map_from_profiles(x, y, words=1000)
    weight = self_learn(x, y, weight, Phase(5, 2000, 30), generator=generator)
    assert held_out_agreement(x, y, x @ weight.T) < FOUND_BOUND / 2


def test_share_found_counts_the_pairs_that_a_map_finds() -> None:
    pair = NormalisedPair.of(*hidden_pair(words=200, noise=0.1, shuffled=False), device="cpu")
    mapped = pair.x @ right_map(pair).T
    rows = torch.arange(100)
    right, wrong = Pairs(rows, rows), Pairs(rows, rows + 100)
    half = Pairs(torch.cat([rows, rows]), torch.cat([rows, rows + 100]))
    assert share_found(right, pair.y, mapped, words=200) == 1.0
    assert share_found(wrong, pair.y, mapped, words=200) == 0.0
    assert share_found(half, pair.y, mapped, words=200) == 0.5


def test_sinks_as_noise_rises() -> None:
    agreements = []
    for noise in (0.3, 1.0, 3.0):
        pair = NormalisedPair.of(*hidden_pair(words=500, noise=noise, shuffled=False), device="cpu")
        agreements.append(held_out_agreement(pair.x, pair.y, pair.x @ right_map(pair).T))
    assert agreements == sorted(agreements, reverse=True)
    assert agreements[0] > FOUND_BOUND > agreements[-1]


def test_one_word_alone_is_no_evidence() -> None:
    one = torch.tensor([[1.0, 0.0]])
    assert held_out_agreement(one, one, one) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_the_mutual_share_is_that_of_the_mutual_neighbours(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    y = unit(torch.randn(70, 5, generator=generator))
    mapped = torch.randn(60, 5, generator=generator)
    assert mutual_share(y, mapped) == pytest.approx(len(induce_mutual(mapped, y).source) / 60)


def test_the_mutual_share_ranks_good_maps() -> None:
    pair = NormalisedPair.of(*hidden_pair(words=800, noise=0.8, shuffled=False), device="cpu")
    few, more, all_of_them = (
        mutual_share(pair.y, pair.x @ orthogonal_map(pair.x[:count], pair.y[:count]).T)
        for count in (100, 200, 800)
    )
    assert few < more < all_of_them
