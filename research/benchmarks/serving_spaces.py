"""Two vocabularies of any size whose vectors are distributed as those of words are.

Words stand in clusters of very unequal size, the directions have very unequal variance, and all
vectors share a mean. The target is the source, turned, with a disturbance of each word of its own;
the map is the turn. Nothing is fitted: what is measured is what comes after.
"""

from __future__ import annotations

import numpy as np
import torch

from isogloss.models.maps.alignment import Alignment
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.retrieval import TrainingRecord, Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.normalizer import Normalizer

DIMENSION = 300
_WORDS_OF_A_CLUSTER = 50
_DECAY_OF_VARIANCE = 0.7
_SPREAD_IN_A_CLUSTER = 0.8
_DISTURBANCE = 0.6
_MEAN = 2.0


def build_pair(words: int, *, dimension: int = DIMENSION, seed: int = 0) -> Translator:
    """Build a translator between two such vocabularies; the right answer for ``en-i`` is ``fr-i``.

    Args:
        words: Number of words on each side.
        dimension: Length of the vectors.
        seed: Makes the vectors repeatable.

    """
    generator = np.random.default_rng(seed)
    raw = clustered_vectors(generator, words, dimension)
    turn = np.linalg.qr(generator.standard_normal((dimension, dimension)))[0].astype(np.float32)
    noise = _DISTURBANCE * clustered_vectors(generator, words, dimension)
    source = EmbeddingSpace("en", tuple(f"en-{row}" for row in range(words)), raw)
    target = EmbeddingSpace("fr", tuple(f"fr-{row}" for row in range(words)), (raw + noise) @ turn)
    alignment = Alignment(
        source_normalizer=Normalizer.fit(source.vectors),
        transport=LinearTransport(torch.from_numpy(turn.T.copy())),
        target_normalizer=Normalizer.fit(target.vectors),
    )
    return Translator.build(
        alignment, source, target, details=TrainingRecord(aligner="none", seed=seed)
    )


def clustered_vectors(generator: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    """Vectors in clusters whose sizes follow Zipf's law, of unequal variance, with a mean.

    Args:
        generator: Where chance comes from.
        words: Number of vectors.
        dimension: Length of the vectors.

    """
    scale = np.arange(1, dimension + 1, dtype=np.float32) ** np.float32(-_DECAY_OF_VARIANCE / 2)
    clusters = max(2, words // _WORDS_OF_A_CLUSTER)
    sizes = 1 / np.arange(1, clusters + 1)
    members = generator.choice(clusters, words, p=sizes / sizes.sum())
    centres = generator.standard_normal((clusters, dimension), np.float32)
    own = generator.standard_normal((words, dimension), np.float32)
    mean = _MEAN * generator.standard_normal(dimension, np.float32) / np.float32(dimension**0.5)
    vectors: np.ndarray = (centres[members] + _SPREAD_IN_A_CLUSTER * own) * scale + mean
    return vectors
