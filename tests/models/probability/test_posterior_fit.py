from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isogloss.models.probability.likeness import LIKENESS_STEPS
from isogloss.models.probability.posterior_fit import Candidates, find_candidates, posterior_of
from isogloss.models.probability.translation_posterior import most_probable
from tests.oracles import brute_force_csls

WORDS, SPREAD, TEMPERATURE = 5000, 0.4, 0.05
COUNT = 12


def drawn_from_the_model(seed: int) -> tuple[Candidates, np.ndarray]:
    """Candidates whose true temperature is known, and the column of each word's translation.

    Scores are drawn first; the translation is drawn by their softmax; its rank is near that of the
    word, the other candidates' ranks are anywhere.
    """
    rng = np.random.default_rng(seed)
    scores = np.sort(rng.normal(0, 0.08, (WORDS, COUNT)), axis=1)[:, ::-1]
    weights = np.exp(scores / TEMPERATURE)
    weights /= weights.sum(axis=1, keepdims=True)
    truth = (weights.cumsum(axis=1) < rng.random((WORDS, 1))).sum(axis=1).clip(0, COUNT - 1)
    rows = rng.integers(0, WORDS, (WORDS, COUNT))
    near = (np.arange(WORDS) + 10) * np.exp(rng.normal(0, SPREAD, WORDS)) - 10
    rows[np.arange(WORDS), truth] = near.round().astype(int).clip(0, WORDS - 1)
    # Mutual neighbours are right more often than others.
    mutual = (truth == 0) & (rng.random(WORDS) < 0.9) | (rng.random(WORDS) < 0.1)
    return Candidates(rows, scores.astype(np.float32), mutual), truth


@pytest.mark.parametrize("seed", [0, 1])
def test_the_temperature_of_the_model_is_found_without_its_translations(seed: int) -> None:
    candidates, truth = drawn_from_the_model(seed)
    posterior = posterior_of(candidates)
    assert posterior is not None
    assert posterior.temperature == pytest.approx(TEMPERATURE, rel=0.25)
    assert posterior.none_share < 0.05

    words = np.arange(WORDS)
    rows, shares = most_probable(posterior, words, candidates.rows, candidates.csls)
    right = rows[:, 0] == candidates.rows[words, truth]
    assert right.mean() > (truth == 0).mean() + 0.1
    order = np.array_split(np.argsort(shares[:, 0]), 10)
    gaps = [abs(right[part].mean() - shares[part, 0].mean()) for part in order]
    assert np.mean(gaps) < 0.08


def letters(truth: np.ndarray, *, share: float, seed: int) -> np.ndarray:
    """Likeness of every candidate: a share of the translations are written alike, others not."""
    rng = np.random.default_rng(seed)
    likeness = rng.integers(0, 15, (WORDS, COUNT))
    alike = np.flatnonzero(rng.random(WORDS) < share)
    likeness[alike, truth[alike]] = rng.integers(25, LIKENESS_STEPS, len(alike))
    return likeness


def in_no_order(candidates: Candidates) -> Candidates:
    shuffled = np.random.default_rng(0).permutation(WORDS)
    return replace(candidates, rows=shuffled[candidates.rows])


def test_words_in_no_order_say_nothing() -> None:
    candidates, truth = drawn_from_the_model(0)
    assert posterior_of(in_no_order(candidates)) is None
    chance = letters(truth, share=0.0, seed=1)
    assert posterior_of(in_no_order(candidates), chance) is None


def test_where_one_witness_tells_nothing_the_other_is_heard_alone() -> None:
    candidates, truth = drawn_from_the_model(0)
    by_letters = posterior_of(in_no_order(candidates), letters(truth, share=0.5, seed=1))
    assert by_letters is not None
    assert by_letters.regards_spelling
    assert not by_letters.log_ratios.any()
    by_frequency = posterior_of(candidates, letters(truth, share=0.0, seed=1))
    assert by_frequency is not None
    assert not by_frequency.regards_spelling
    assert by_frequency.log_ratios.any()


@pytest.mark.parametrize("seed", [0, 1])
def test_two_witnesses_find_more_translations_than_one(seed: int) -> None:
    candidates, truth = drawn_from_the_model(seed)
    likeness = letters(truth, share=0.3, seed=seed)
    words = np.arange(WORDS)

    def share_right(likeness: np.ndarray | None) -> float:
        posterior = posterior_of(candidates, likeness)
        assert posterior is not None
        rows, _ = most_probable(posterior, words, candidates.rows, candidates.csls, likeness)
        return float((rows[:, 0] == candidates.rows[words, truth]).mean())

    assert share_right(likeness) > share_right(None) + 0.05


def test_the_held_out_agreement_tempers_what_the_first_estimate_believes() -> None:
    candidates, _ = drawn_from_the_model(0)
    words = np.flatnonzero(candidates.mutual)

    def mean_highest(agreement: float | None) -> float:
        posterior = posterior_of(candidates, agreement=agreement)
        assert posterior is not None
        rows, csls = candidates.rows[words], candidates.csls[words]
        return float(most_probable(posterior, words, rows, csls)[1][:, 0].mean())

    lower, higher = mean_highest(0.3), mean_highest(0.5)
    # Half of what the agreement differs by; the other half of the weight is the first estimate's.
    assert higher - lower == pytest.approx(0.1, abs=0.002)
    first = 2 * lower - 0.3
    assert mean_highest(first) == pytest.approx(first, abs=0.002)
    assert mean_highest(None) == pytest.approx(first, abs=0.05)


def test_without_mutual_neighbours_among_the_frequent_words_the_agreement_is_not_heard() -> None:
    candidates, truth = drawn_from_the_model(0)
    doubled = Candidates(
        np.concatenate([candidates.rows] * 2),
        np.concatenate([candidates.csls] * 2),
        np.concatenate([np.zeros(WORDS, bool), candidates.mutual]),
    )
    likeness = np.concatenate([letters(truth, share=0.5, seed=1)] * 2)
    told, untold = posterior_of(doubled, likeness, agreement=0.1), posterior_of(doubled, likeness)
    assert told is not None
    assert untold is not None
    assert told.sharpness == untold.sharpness


def test_without_mutual_neighbours_there_is_nothing_to_start_from() -> None:
    candidates, _ = drawn_from_the_model(0)
    assert posterior_of(replace(candidates, mutual=np.zeros(WORDS, bool))) is None


def test_candidates_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    target = rng.standard_normal((60, 8)).astype(np.float32)
    mapped = rng.standard_normal((50, 8)).astype(np.float32)
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    mapped /= np.linalg.norm(mapped, axis=1, keepdims=True)
    found = find_candidates(target, mapped, hubs=10, device="cpu")
    forward = brute_force_csls(mapped, target, mapped)
    backward = brute_force_csls(target, mapped, target)
    expected = np.argsort(-forward, axis=1)[:, :30]
    assert np.array_equal(found.rows, expected)
    scores = np.take_along_axis(forward, expected, axis=1)
    assert found.csls - found.csls[:, :1] == pytest.approx(scores - scores[:, :1], abs=1e-5)
    nearest = backward.argmax(axis=1)
    assert np.array_equal(found.mutual, nearest[expected[:, 0]] == np.arange(50))
