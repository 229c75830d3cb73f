"""A pair of languages with a known optimum: the target is the source, rotated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from isogloss.models.maps.alignment import Alignment, Stage
from isogloss.models.maps.networks import LinearTransport
from isogloss.models.probability.likeness import LIKENESS_STEPS
from isogloss.models.retrieval import TrainingRecord, TranslationPosterior, Translator
from isogloss.models.spaces.embedding_space import EmbeddingSpace, SubwordModel
from isogloss.models.spaces.normalizer import Normalizer
from isogloss.models.verdict import UNJUDGED, Verdict

LOST = Verdict(
    state="not_found",
    reason="agreement 0.12, where unrelated spaces of these sizes reach 0.05 (p = 0.3); 0.22 is "
    "asked for",
    agreement=0.12,
    chance=0.05,
    bound=0.22,
    p_value=0.3,
)
"""Of a map that is no alignment."""


def isometry(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A random matrix of shape [rows, columns] with orthonormal columns, rows ≥ columns."""
    q, _ = np.linalg.qr(rng.standard_normal((rows, columns)))
    return np.asarray(q, np.float32)


def rotated_translator(
    *,
    words: int = 60,
    source_dimension: int = 8,
    target_dimension: int = 8,
    seed: int = 0,
    languages: tuple[str, str] = ("fr", "es"),
    subwords: SubwordModel | None = None,
    found: bool = True,
    stages: bool = False,
) -> Translator:
    """A translator whose best answer for ``fr-i`` is ``es-i``, with cosine 1.

    With stages, ``start`` is a random map, ``raw`` a disturbed one, ``refined`` the right one.
    """
    rng = np.random.default_rng(seed)
    rotation = isometry(rng, target_dimension, source_dimension)
    # Lengths differ: only the direction may count.
    lengths = rng.uniform(0.5, 4, (words, 1)).astype(np.float32)
    vectors = rng.standard_normal((words, source_dimension)).astype(np.float32)
    source, target = languages
    source_space = EmbeddingSpace(
        source, tuple(f"{source}-{i}" for i in range(words)), vectors * lengths, subwords
    )
    target_space = EmbeddingSpace(
        target, tuple(f"{target}-{i}" for i in range(words)), vectors @ rotation.T
    )
    weight = torch.from_numpy(rotation)
    transport = LinearTransport(weight)
    passed: tuple[Stage, ...] = ()
    if stages:
        noise = torch.from_numpy(isometry(rng, target_dimension, source_dimension))
        maps = (LinearTransport(noise), LinearTransport(weight + noise / 2), transport)
        passed = tuple(
            Stage(name=name, transport=stage, criterion=0.1 * number, seconds=1.5)
            for number, (name, stage) in enumerate(
                zip(("start", "raw", "refined"), maps, strict=True)
            )
        )
    alignment = Alignment(
        source_normalizer=Normalizer.fit(source_space.vectors),
        transport=transport,
        target_normalizer=Normalizer.fit(target_space.vectors),
        verdict=UNJUDGED if found else LOST,
        stages=passed,
    )
    record = TrainingRecord(
        aligner="procrustes",
        recipe={"hubs": 10, "epsilon": 0.1, "sizes": (1000, 2000), "nested": {"on": True}},
        seed=seed,
        input_hashes={"source": "a" * 64},
        metrics={"criterion": 0.625},
    )
    return Translator.build(alignment, source_space, target_space, details=record)


def with_probabilities(translator: Translator, seed: int = 0) -> Translator:
    """Give a translator a model of probability in which frequency and spelling count."""
    rng = np.random.default_rng(seed)
    posterior = TranslationPosterior(
        temperature=0.1,
        none_share=0.1,
        sharpness=0.8,
        band_rows=np.array([0, 20], np.int32),
        log_ratios=rng.normal(size=(2, 61)).astype(np.float32),
        likeness_log_ratios=rng.normal(size=LIKENESS_STEPS).astype(np.float32),
    )
    return replace(translator, posterior=posterior)
