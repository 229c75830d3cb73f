"""Reduced vocabularies: relations beside PCA's, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from isogloss.models.errors import OptionError
from isogloss.models.generation.vocabulary import (
    ReductionRecipe,
    rank_correlation,
    reduce_vocabulary,
)
from tests.models.aligners.samples import sample

RECIPE = ReductionRecipe(steps=40, batch=200)


def test_relations_are_kept_as_well_as_by_pca() -> None:
    vectors = sample().vectors[:1200]
    found = reduce_vocabulary(vectors, 32, RECIPE)
    assert found.vectors.shape == (1200, 32)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, rtol=1e-5)
    assert found.rank_correlation >= found.rank_correlation_of_pca
    assert found.rank_correlation >= found.rank_correlation_of_svd
    again = reduce_vocabulary(vectors, 32, RECIPE)
    np.testing.assert_array_equal(again.vectors, found.vectors)


def test_the_rank_correlation_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    before = rng.standard_normal((60, 8)).astype(np.float32)
    after = before[:, :5]
    cosines = []
    for points in (before, after):
        unit = points / np.linalg.norm(points, axis=1, keepdims=True)
        cosines.append((unit @ unit.T)[np.triu_indices(60, 1)])
    found = rank_correlation(torch.from_numpy(before), torch.from_numpy(after))
    assert found == pytest.approx(spearmanr(*cosines).statistic, abs=0.01)


def test_what_makes_no_sense_is_refused() -> None:
    vectors = sample().vectors[:50]
    for dimension in (0, 300):
        with pytest.raises(OptionError, match="dimension"):
            reduce_vocabulary(vectors, dimension, RECIPE)
    with pytest.raises(OptionError, match="more than 60 words"):
        reduce_vocabulary(vectors, 60, RECIPE)
