"""Pairs of spaces with a known answer, made of the bundled English vectors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from isogloss.models.aligners.recipe import (
    DiscreteGromovWassersteinRecipe,
    NeuralEntropicRecipe,
    NeuralGromovWassersteinRecipe,
    PortfolioRecipe,
    PushforwardRecipe,
    Recipe,
    RefinementRecipe,
    StartRecipe,
)
from isogloss.models.aligners.self_learning import Phase
from isogloss.models.maps.alignment import Alignment
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.readers import read_space
from tests.oracles import brute_force_top_1
from tests.rotated_spaces import isometry

_SAMPLE = Path(__file__).parents[3] / "scripts" / "sample" / "en.vec.gz"
_WORDS = 2000


@cache
def sample() -> EmbeddingSpace:
    """The most frequent English words of the bundled sample, 300-d."""
    return read_space(_SAMPLE, language="en", limit=_WORDS).space


def hidden_pair(
    *,
    words: int = 800,
    target_words: int | None = None,
    noise: float = 0.0,
    source_dimension: int = 60,
    target_dimension: int = 60,
    shuffled: bool = True,
    seed: int = 0,
) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """English, and English once more: turned, disturbed and in another order.

    Each side keeps so many principal directions of the sample as it has dimensions; a side of more
    dimensions than the sample lies in a subspace.

    Args:
        words: Source words.
        target_words: Target words; None is as many.
        noise: Length of the disturbance of a target vector, as a share of its own.
        source_dimension: Dimension of the source.
        target_dimension: Dimension of the target.
        shuffled: Whether the target words stand in another order.
        seed: Of all three.

    """
    rng = np.random.default_rng(seed)
    source = _principal(words, source_dimension, rng)
    target = _principal(words if target_words is None else target_words, target_dimension, rng)
    disturbance = rng.standard_normal(target.shape) / target.shape[1] ** 0.5
    target = target + noise * disturbance * np.linalg.norm(target, axis=1, keepdims=True)
    order = rng.permutation(len(target)) if shuffled else np.arange(len(target))
    names = sample().words
    return (
        EmbeddingSpace("en", names[:words], source.astype(np.float32)),
        EmbeddingSpace("xx", tuple(names[row] for row in order), target[order].astype(np.float32)),
    )


def unrelated_pair(
    *, words: int = 500, source_dimension: int = 120, target_dimension: int = 120
) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """Two Gaussian clouds that have nothing to do with each other."""
    rng = np.random.default_rng(5)
    names = sample().words[:words]
    return (
        EmbeddingSpace("en", names, _gaussian(rng, words, source_dimension)),
        EmbeddingSpace("xx", names, _gaussian(rng, words, target_dimension)),
    )


def accuracy(alignment: Alignment, source: EmbeddingSpace, target: EmbeddingSpace) -> float:
    """Share of the shared words whose nearest target word by CSLS is the word itself."""
    nearest = brute_force_top_1(
        alignment(source.vectors), alignment.target_normalizer(target.vectors)
    )
    shared = [word for word in source.words if word in target.rows]
    return float(np.mean([nearest[source.rows[word]] == target.rows[word] for word in shared]))


def small_recipe(
    *,
    starts: int = 1,
    start: str = "portfolio",
    steps: int = 6,
    transport_widths: tuple[int, ...] = (32,),
    learning_rate: float = 1e-4,
    assess_every: int = 2,
) -> Recipe:
    """All sections, small enough for seconds."""
    profiles = StartRecipe(kind="similarity-profiles", words=800, search=Phase(5, 1000, 60))
    return Recipe(
        portfolio=PortfolioRecipe(starts=(profiles,) * starts, cooling=(Phase(2, 1000, 5),)),
        discrete_gw=DiscreteGromovWassersteinRecipe(
            words=600, epsilon=0.05, outer_iterations=25, inner_iterations=40
        ),
        neural_gw=NeuralGromovWassersteinRecipe(
            start="random" if start == "random" else "portfolio",
            transport_widths=transport_widths,
            potential_widths=(16,),
            steps=steps,
            batch=128,
            learning_rate=learning_rate,
            assess_every=assess_every,
            patience=steps,
        ),
        neural_egw=NeuralEntropicRecipe(
            softness=0.1, widths=(16,), rounds=3, steps=4, batch=200, anchors=400
        ),
        pushforward=PushforwardRecipe(
            generator_widths=(32,),
            transport_widths=(32,),
            potential_widths=(32,),
            steps=steps,
            batch=64,
            potential_steps=2,
            pairs=2000,
            assess_every=assess_every,
            patience=steps,
        ),
        # The two sides have the same words: their letters would be the answer.
        refinement=RefinementRecipe(
            phases=(Phase(1, 800, 2), Phase(1, 1000, 2, mutual=True)), spelling=False
        ),
    )


@cache
def _principal_directions() -> np.ndarray:
    vectors = sample().vectors.astype(np.float64)
    return np.asarray(np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)[2])


def _principal(words: int, dimension: int, rng: np.random.Generator) -> np.ndarray:
    vectors = sample().vectors[:words].astype(np.float64)
    kept = min(dimension, vectors.shape[1])
    rotation = isometry(rng, dimension, kept).astype(np.float64)
    return np.asarray(vectors @ _principal_directions()[:kept].T @ rotation.T)


def _gaussian(rng: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    return rng.standard_normal((words, dimension)).astype(np.float32)
