"""What counts as an alignment: unrelated spaces never do, a turned copy does where it can."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import t as student

from isogloss.models.aligners.chance import Chance, measure_chance, shuffle_coordinates
from isogloss.models.aligners.criterion import FOUND_BOUND, agreement_of
from isogloss.models.aligners.judging import judge, judge_map
from isogloss.models.aligners.orthogonal_map import orthogonal_map
from isogloss.models.aligners.self_learning import Phase, self_learn
from isogloss.models.aligners.similarity_profiles import map_from_profiles
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.verdict import LexiconCheck


def normalised(vectors: np.ndarray) -> torch.Tensor:
    single = vectors.astype(np.float32)
    return torch.from_numpy(Normalizer.fit(single)(single))


def searched(x: torch.Tensor, y: torch.Tensor, seed: int) -> torch.Tensor:
    """The images under a map that was searched as a start of the portfolio is."""
    generator = torch.Generator().manual_seed(seed)
    weight = map_from_profiles(x, y, words=1000)
    for phase in (Phase(5, 1000, 30), Phase(2, 1000, 10), Phase(1, 1000, 5)):
        weight = self_learn(x, y, weight, phase, generator=generator)
    return x @ weight.T


@pytest.mark.parametrize("kind", ["gaussian", "clustered", "decaying"])
@pytest.mark.parametrize(
    ("words", "dimension"), [(3, 20), (30, 12), (50, 20), (100, 3), (300, 1), (300, 5), (300, 25)]
)
def test_nothing_is_found_between_unrelated_spaces(words: int, dimension: int, kind: str) -> None:
    rng = np.random.default_rng(words + dimension)
    sides: list[torch.Tensor] = []
    for _ in range(2):
        cloud = rng.normal(size=(words, dimension))
        if kind == "clustered":
            cloud += 2 * rng.normal(size=(6, dimension))[rng.integers(6, size=words)]
        elif kind == "decaying":
            cloud *= np.arange(1, dimension + 1) ** -0.5
        sides.append(normalised(cloud))
    x, y = sides
    verdict = judge_map(x, y, searched(x, y, 0))
    assert verdict.state != "found", verdict.text
    assert verdict.p_value is None or verdict.p_value > 1e-3


@pytest.mark.parametrize(
    ("words", "dimension", "noise"),
    [(50, 10, 0.2), (100, 5, 0.05), (300, 25, 0.6), (300, 100, 1.0)],
)
def test_a_turned_and_disturbed_copy_is_found(words: int, dimension: int, noise: float) -> None:
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(words, dimension))
    turn = np.linalg.qr(rng.normal(size=(dimension, dimension)))[0]
    x = normalised(cloud)
    y = normalised(cloud @ turn + noise * rng.normal(size=cloud.shape))
    verdict = judge_map(x, y, x @ orthogonal_map(x, y).T)
    assert verdict.state == "found", verdict.text
    assert verdict.p_value is not None and verdict.p_value <= 1e-4


def test_where_even_a_copy_could_not_be_told_nothing_is_judged() -> None:
    cloud = normalised(np.random.default_rng(0).normal(size=(300, 1)))
    verdict = judge_map(cloud, cloud, cloud)
    assert verdict.agreement == 1.0
    assert verdict.state == "cannot_be_judged"
    assert "300 words in 1 dimension tell too little" in verdict.reason


@pytest.mark.parametrize("flaw", ["alike", "zero", "two words"])
def test_spaces_without_directions_are_not_judged(flaw: str) -> None:
    x = normalised(np.random.default_rng(0).normal(size=(50, 5)))
    y = {"alike": x[:1].repeat(50, 1), "zero": torch.zeros_like(x), "two words": x[:2]}[flaw]
    verdict = judge_map(x, y, x)
    assert verdict.state == "cannot_be_judged"
    assert "all alike" in verdict.reason


def test_shuffling_keeps_the_spectrum_and_nothing_that_relates_words() -> None:
    rng = np.random.default_rng(0)
    y = normalised(rng.normal(size=(2000, 8)) * np.arange(1, 9) ** -1.0)
    shuffled = shuffle_coordinates(y, torch.Generator().manual_seed(0))
    before, after = (torch.linalg.svdvals(each) for each in (y, shuffled))
    # Unit length again afterwards: the spectrum comes a little nearer to a flat one.
    assert torch.allclose(before, after, rtol=0.15)
    assert float((y * shuffled).sum(dim=1).mean()) == pytest.approx(0, abs=0.05)


def test_the_bound_is_where_the_p_value_reaches_its_level() -> None:
    chance = Chance(samples=(0.30, 0.34, 0.38), pairs=80.0, copy=1.0)
    assert chance.p_value(chance.bound) == pytest.approx(1e-4)
    # Student's t by hand, with the figures of the docstring.
    share = (0.34 * 80 + 1) / 82
    variance = (20 * 0.5 * share * (1 - share) / 80 + 2 * 0.04**2) / 22
    scale = math.sqrt(variance * (1 + 1 / 3) + 0.015**2)
    centre = 0.34 + 0.34 * 0.66 / 2
    assert chance.p_value(0.6) == pytest.approx(student.sf((0.6 - centre) / scale, 22))


def test_no_agreement_below_the_least_one_counts_however_rare() -> None:
    chance = Chance(samples=(0.01, 0.01, 0.01), pairs=2000.0, copy=1.0)
    assert chance.bound == FOUND_BOUND
    assert judge(FOUND_BOUND, chance, sizes="").found
    below = judge(FOUND_BOUND - 0.01, chance, sizes="")
    assert below.state == "not_found"
    assert below.p_value is not None and below.p_value < 1e-4


def test_a_lexicon_that_predicts_itself_is_heard_where_vectors_are_too_few() -> None:
    crowded = Chance(samples=(0.8, 0.8, 0.8), pairs=10.0, copy=1.0)

    def judged(right: int, *, supervised: bool = True) -> str:
        check = LexiconCheck(
            pairs=50,
            usable=50,
            sources_missing=0,
            targets_missing=0,
            dimensions=3,
            held_out=50,
            right=right,
            right_by_chance=1.0,
            p_value=1e-9 if right > 5 else 0.3,
        )
        return judge(0.7, crowded, sizes="", lexicon=check, supervised=supervised).state

    assert judged(30) == "found"
    assert judged(2) == judged(30, supervised=False) == "cannot_be_judged"
    # Better than chance, and yet nothing to work with.
    assert judged(8) == "cannot_be_judged"


def test_chance_is_measured_the_same_every_time() -> None:
    x = normalised(np.random.default_rng(0).normal(size=(60, 8)))
    first, again = measure_chance(x, x.flip(0)), measure_chance(x, x.flip(0))
    assert first is not None and again is not None
    assert first.samples == again.samples


def test_more_draws_are_taken_of_few_words() -> None:
    x = normalised(np.random.default_rng(0).normal(size=(40, 6)))
    y = normalised(np.random.default_rng(1).normal(size=(40, 6)))
    few, many = (agreement_of(x, y, x, draws=draws) for draws in (3, 20))
    assert agreement_of(x, y, x) == many != few
