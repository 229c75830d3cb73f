"""Distances: zero to itself and a turned copy, growing with noise, large to the unrelated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from isogloss.models.distances.languages import DistanceOptions, language_distances
from isogloss.models.errors import OptionError
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from tests.models.aligners.samples import hidden_pair, sample

OPTIONS = DistanceOptions(words=400)


def unrelated(words: int, dimension: int) -> EmbeddingSpace:
    vectors = np.random.default_rng(7).standard_normal((words, dimension)).astype(np.float32)
    return EmbeddingSpace("zz", sample().words[:words], vectors)


@pytest.fixture(scope="module")
def found() -> np.ndarray:
    source, turned = hidden_pair(words=400)
    _, disturbed = hidden_pair(words=400, noise=0.3)
    spaces = [source, turned, disturbed, unrelated(400, 60)]
    result = language_distances(spaces, OPTIONS)
    assert result.agreements[0, 1] > 0.9
    return result.distances


def test_a_matrix_of_distances(found: np.ndarray) -> None:
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(found.diagonal(), np.zeros(4))
    assert np.isfinite(found).all()


def test_near_is_near_and_far_is_far(found: np.ndarray) -> None:
    assert found[0, 1] < 0.02
    assert 0.1 < found[0, 2] < found[0, 3]
    assert 0.5 < found[0, 3] < 1.3


def test_dimensions_may_differ_and_the_network_agrees_with_sinkhorn() -> None:
    source, target = hidden_pair(words=300, noise=0.1, source_dimension=50, target_dimension=60)
    soft = replace(OPTIONS, words=300, softness=0.5)
    exact = language_distances([source, target], soft).distances[0, 1]
    recipe = NeuralEntropicRecipe(widths=(64,), rounds=6, steps=40, batch=300, learning_rate=3e-3)
    neural = language_distances(
        [source, target], replace(soft, solver="neural", recipe=recipe)
    ).distances[0, 1]
    assert neural == pytest.approx(exact, abs=0.05)


def test_what_makes_no_sense_is_refused() -> None:
    source, target = hidden_pair(words=50)
    for spaces, options, message in (
        ([source], OPTIONS, "two spaces"),
        ([source, target], replace(OPTIONS, words=2), "words"),
        ([source, target], replace(OPTIONS, softness=0.0), "softness"),
    ):
        with pytest.raises(OptionError, match=message):
            language_distances(spaces, options)
