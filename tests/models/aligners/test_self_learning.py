"""Self-learning and the portfolio of starts, on spaces whose answer is known and hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from isogloss.models.aligners.portfolio import JUDGED
from isogloss.models.aligners.recipe import PortfolioRecipe, Recipe, StartRecipe
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.aligners.self_learning_aligner import SelfLearningAligner
from isogloss.models.errors import InputError, NoAlignmentFoundError
from isogloss.models.maps.alignment import Alignment
from isogloss.models.progress.observation import Progress
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from tests.models.aligners.samples import accuracy, hidden_pair, small_recipe, unrelated_pair

NOISE = 0.5
RECIPE = small_recipe()


def fit(
    pair: tuple[EmbeddingSpace, EmbeddingSpace], *, recipe: Recipe = RECIPE, seed: int = 0
) -> Alignment:
    return SelfLearningAligner(recipe=recipe, seed=seed).fit(*pair)


@pytest.mark.parametrize(("source_dimension", "target_dimension"), [(60, 60), (60, 80), (80, 60)])
def test_recovers_a_rotation_hidden_by_noise_and_order(
    source_dimension: int, target_dimension: int
) -> None:
    pair = hidden_pair(
        noise=NOISE, source_dimension=source_dimension, target_dimension=target_dimension
    )
    alignment = fit(pair)
    assert accuracy(alignment, *pair) > 0.9
    assert alignment.found
    assert [stage.name for stage in alignment.stages] == ["start", "refined"]
    assert alignment.transport is alignment.stages[-1].transport


def test_recovers_it_in_all_the_dimensions_of_the_sample_and_more() -> None:
    pair = hidden_pair(words=800, noise=0.2, source_dimension=300, target_dimension=320)
    assert accuracy(fit(pair), *pair) > 0.9


@pytest.mark.parametrize(("words", "target_words"), [(700, 900), (900, 700)])
def test_recovers_it_between_unequal_vocabularies(words: int, target_words: int) -> None:
    pair = hidden_pair(words=words, target_words=target_words, noise=NOISE)
    assert accuracy(fit(pair), *pair) > 0.85


def test_the_order_of_the_rows_leaks_no_pairing() -> None:
    aligned = hidden_pair(noise=NOISE, shuffled=False)
    shuffled = hidden_pair(noise=NOISE, shuffled=True)
    in_order, disordered = (accuracy(fit(pair), *pair) for pair in (aligned, shuffled))
    assert disordered == pytest.approx(in_order, abs=0.03)


def test_the_seed_decides_bit_for_bit() -> None:
    pair = hidden_pair(words=500, noise=NOISE)
    first, again, other = (fit(pair, seed=seed) for seed in (3, 3, 4))
    weights = [alignment.stages[0].transport.linear_part for alignment in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(first.transport.linear_part, again.transport.linear_part)
    assert [stage.criterion for stage in first.stages] == [
        stage.criterion for stage in again.stages
    ]


def test_says_that_it_found_nothing_between_unrelated_spaces() -> None:
    with pytest.raises(NoAlignmentFoundError) as caught:
        fit(unrelated_pair(), recipe=small_recipe(starts=2))
    error = caught.value
    assert isinstance(error.alignment, Alignment)
    assert not error.alignment.found
    verdict = error.verdict
    assert verdict.state == "not_found"
    assert verdict.agreement is not None and verdict.bound is not None
    assert verdict.agreement < verdict.bound
    assert error.alignment.verdict is verdict
    # The map can be looked at all the same.
    source, _ = unrelated_pair()
    assert error.alignment(source.vectors).shape == (len(source), 120)


def test_a_start_that_is_lost_is_followed_by_the_next() -> None:
    # One round from profiles of ten words leads nowhere.
    hopeless = StartRecipe(kind="similarity-profiles", words=10, search=Phase(20, 1000, 1))
    portfolio = PortfolioRecipe(
        starts=(hopeless, *RECIPE.portfolio.starts), cooling=RECIPE.portfolio.cooling
    )
    pair = hidden_pair(noise=NOISE)
    seen: list[Progress] = []
    SelfLearningAligner(recipe=replace(RECIPE, portfolio=portfolio)).fit(*pair, observe=seen.append)
    searched = [each.stage for each in seen if not each.stage.endswith(JUDGED)]
    stages = list(dict.fromkeys(searched))
    assert stages[0].startswith("start 1 of 2")
    assert stages[1].startswith("start 2 of 2")
    assert all(1 <= progress.step <= progress.total for progress in seen)


def test_a_start_that_is_found_ends_the_search() -> None:
    seen: list[Progress] = []
    SelfLearningAligner(recipe=small_recipe(starts=3)).fit(
        *hidden_pair(noise=NOISE), observe=seen.append
    )
    assert all("start 1 of 3" in progress.stage for progress in seen if "start" in progress.stage)


def test_a_lost_start_is_cut_short() -> None:
    long = StartRecipe(kind="similarity-profiles", words=300, search=Phase(5, 1000, 4000))
    recipe = replace(RECIPE, portfolio=PortfolioRecipe(starts=(long,)))
    seen: list[Progress] = []
    with pytest.raises(NoAlignmentFoundError):
        SelfLearningAligner(recipe=recipe).fit(*unrelated_pair(words=300), observe=seen.append)
    assert 0 < len(seen) < 1000


def test_an_entropic_start_finds_it_too() -> None:
    start = StartRecipe(kind="entropic-gw", words=500, epsilon=0.05, search=Phase(5, 1000, 40))
    portfolio = PortfolioRecipe(starts=(start,), cooling=RECIPE.portfolio.cooling)
    pair = hidden_pair(words=500, noise=0.2)
    assert accuracy(fit(pair, recipe=replace(RECIPE, portfolio=portfolio)), *pair) > 0.9


def test_words_written_the_same_find_what_is_lost_without_them() -> None:
    source, target = hidden_pair(noise=NOISE)
    hopeless = StartRecipe(kind="similarity-profiles", words=10, search=Phase(20, 1000, 1))
    identical = StartRecipe(kind="identical-words", words=1000, search=Phase(5, 1000, 10))
    portfolio = PortfolioRecipe(starts=(hopeless, identical), cooling=RECIPE.portfolio.cooling)
    recipe = replace(RECIPE, portfolio=portfolio)
    for share, found in ((10, True), (len(target), False)):
        # One word in so many keeps its letters.
        words = tuple(
            word if row % share == 0 and row else word.upper() + "!"
            for row, word in enumerate(target.words)
        )
        foreign = replace(target, words=words)
        if not found:
            with pytest.raises(NoAlignmentFoundError):
                fit((source, foreign), recipe=recipe)
            continue
        alignment = fit((source, foreign), recipe=recipe)
        assert accuracy(alignment, source, target) > 0.9


def test_a_seed_dictionary_finds_what_is_lost_without_it() -> None:
    source, target = hidden_pair(noise=NOISE)
    # A search of a few rounds from a start that is right by chance alone.
    hurried = replace(
        RECIPE,
        portfolio=PortfolioRecipe(
            starts=(StartRecipe(kind="similarity-profiles", words=20, search=Phase(5, 1000, 10)),),
            cooling=RECIPE.portfolio.cooling,
        ),
    )
    with pytest.raises(NoAlignmentFoundError):
        SelfLearningAligner(recipe=hurried).fit(source, target)
    chosen = source.words[::10]
    right = {word: (word,) for word in chosen}
    partly_wrong = {word: (chosen[place // 2],) for place, word in enumerate(chosen)}
    for entries in (right, right | dict(list(partly_wrong.items())[::3])):
        seeded = SelfLearningAligner(recipe=hurried, lexicon=Lexicon(entries))
        alignment = seeded.fit(source, target)
        assert alignment.found
        assert accuracy(alignment, source, target) > 0.9
    with pytest.raises(InputError, match="no pair of the lexicon"):
        SelfLearningAligner(recipe=hurried, lexicon=Lexicon({"?": ("?",)})).fit(source, target)
