from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isogloss.models.probability.likeness import LIKENESS_STEPS, UNKNOWN
from isogloss.models.probability.translation_posterior import TranslationPosterior, most_probable

STEPS = 13  # one step for each whole δ from −6 to 6
SEEDS = st.integers(0, 2**32 - 1)


def random_posterior(rng: np.random.Generator) -> TranslationPosterior:
    return TranslationPosterior(
        temperature=float(rng.uniform(0.01, 0.5)),
        none_share=float(rng.uniform(0.01, 0.9)),
        sharpness=float(rng.uniform(0.1, 1)),
        band_rows=np.array([0, 50], np.int32),
        log_ratios=rng.normal(size=(2, STEPS)).astype(np.float32),
        likeness_log_ratios=rng.normal(size=LIKENESS_STEPS).astype(np.float32),
    )


def by_definition(
    posterior: TranslationPosterior,
    source: int,
    targets: np.ndarray,
    csls: np.ndarray,
    likeness: np.ndarray,
) -> list[float]:
    """The formula of the module, word for word, with plain numbers."""
    weights = [math.exp((score - max(csls)) / posterior.temperature) for score in csls]
    shares = [weight / sum(weights) * (1 - posterior.none_share) for weight in weights]
    if source >= 0:
        band = 0 if source < 50 else 1
        for place, target in enumerate(targets):
            ratio = math.log((target + 10) / (source + 10))
            step = round(min(max(ratio, -6), 6)) + 6
            shares[place] *= math.exp(posterior.log_ratios[band, step])
    for place, step in enumerate(likeness):
        if step != UNKNOWN:
            shares[place] *= math.exp(posterior.likeness_log_ratios[step])
    powers = [share**posterior.sharpness for share in (*shares, posterior.none_share)]
    return [power / sum(powers) for power in powers[:-1]]


@given(seed=SEEDS)
def test_probabilities_are_those_of_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    posterior = random_posterior(rng)
    source = rng.integers(-1, 100, 7)
    targets = rng.integers(0, 100_000, (7, 5))
    csls = rng.uniform(-1, 1, (7, 5)).astype(np.float32)
    likeness = rng.integers(0, LIKENESS_STEPS, (7, 5))
    likeness[rng.random(7) < 0.3] = UNKNOWN
    found = posterior.probabilities(source, targets, csls, likeness)
    for row in range(7):
        expected = by_definition(
            posterior, int(source[row]), targets[row], csls[row], likeness[row]
        )
        assert found[row] == pytest.approx(expected, rel=1e-5)
    assert (found.sum(axis=1) < 1).all()


@given(seed=SEEDS)
def test_the_most_probable_comes_first_and_none_is_lost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    posterior = random_posterior(rng)
    source = rng.integers(-1, 100, 4)
    targets = np.stack([rng.permutation(1000)[:6] for _ in range(4)])
    csls = np.sort(rng.uniform(-1, 1, (4, 6)).astype(np.float32))[:, ::-1].copy()
    rows, shares = most_probable(posterior, source, targets, csls)
    assert (np.diff(shares, axis=1) <= 0).all()
    assert np.array_equal(np.sort(rows, axis=1), np.sort(targets, axis=1))
    # Of a word whose frequency nobody knows, the order is that of CSLS.
    assert np.array_equal(rows[source < 0], targets[source < 0])
    expected = posterior.probabilities(source, targets, csls)
    for row, place in np.ndindex(rows.shape):
        column = int(np.flatnonzero(targets[row] == rows[row, place])[0])
        assert shares[row, place] == np.float32(expected[row, column])
