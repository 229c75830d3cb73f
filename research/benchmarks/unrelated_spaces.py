"""Spaces that have nothing to do with each other, in which nothing is to be found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace

Draw = Callable[[np.random.Generator, int, int], np.ndarray]
"""Generator, words, dimensions → vectors."""


def gaussian(rng: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    """Draw from an isotropic Gaussian."""
    return rng.normal(size=(words, dimension))


def decaying(rng: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    """Draw from a Gaussian whose k-th axis has the variance 1 / k."""
    return rng.normal(size=(words, dimension)) * np.arange(1, dimension + 1) ** -0.5


def heavy_tailed(rng: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    """Draw every number from Student's t with two degrees of freedom."""
    return rng.standard_t(2, size=(words, dimension))


def clustered(rng: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    """Draw around √words centres that lie twice as far apart as the words of one."""
    centres = 2 * rng.normal(size=(max(2, round(words**0.5)), dimension))
    return centres[rng.integers(len(centres), size=words)] + rng.normal(size=(words, dimension))


def skewed(rng: np.random.Generator, words: int, dimension: int) -> np.ndarray:
    """Draw from an exponential distribution, whose shape tells which way is up."""
    return rng.exponential(size=(words, dimension))


SYNTHETIC: Mapping[str, Draw] = {
    "Gaussian": gaussian,
    "decaying spectrum": decaying,
    "heavy-tailed": heavy_tailed,
    "clustered": clustered,
    "skewed": skewed,
}
"""Kinds of which both sides are drawn alike."""

REAL = ("language, shuffled coordinates", "language, sentences", "language, cells")
"""Kinds whose source is a language, and whose target is something else."""


def unrelated(
    kind: str, words: tuple[int, int], dimensions: tuple[int, int], seed: int, data: Path | None
) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """Draw two spaces that have nothing to do with each other.

    Args:
        kind: One of ``SYNTHETIC`` or ``REAL``.
        words: Of source and target.
        dimensions: Of source and target.
        seed: Of everything random.
        data: Folder of the collections; only for ``REAL``.

    """
    rng = np.random.default_rng(seed)
    if kind in SYNTHETIC:
        draw = SYNTHETIC[kind]
        sides = [draw(rng, n, d) for n, d in zip(words, dimensions, strict=True)]
        return _space("aa", sides[0]), _space("bb", sides[1])
    if data is None:
        raise ValueError(f"{kind}: expected a folder of collections")
    source = _reduced(_language(data, "fr")[: words[0]], dimensions[0])
    if kind == "language, shuffled coordinates":
        target = rng.permuted(_reduced(_language(data, "es")[: words[1]], dimensions[1]), axis=0)
    elif kind == "language, sentences":
        target = _reduced(_sentences(rng, _language(data, "de"), words[1]), dimensions[1])
    else:
        cells = _cells(data)
        target = _reduced(cells[rng.permutation(len(cells))[: words[1]]], dimensions[1])
    return _space("aa", source), _space("bb", target)


def _space(language: str, vectors: np.ndarray) -> EmbeddingSpace:
    words = tuple(f"{language}-{row}" for row in range(len(vectors)))
    return EmbeddingSpace(language, words, np.ascontiguousarray(vectors, np.float32))


def _sentences(rng: np.random.Generator, words: np.ndarray, count: int) -> np.ndarray:
    """Means of 5 to 20 words each, drawn by Zipf's law."""
    weights = 1 / (np.arange(len(words)) + 3.0)
    sizes = rng.integers(5, 21, size=count)
    drawn = rng.choice(len(words), size=(count, 20), p=weights / weights.sum())
    return np.stack(
        [words[row[:size]].mean(axis=0) for row, size in zip(drawn, sizes, strict=True)]
    )


def _reduced(vectors: np.ndarray, dimension: int) -> np.ndarray:
    """Principal components; as many as there are where more are wanted."""
    centred = vectors - vectors.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:dimension]
    reduced: np.ndarray = centred @ axes.T
    return reduced


@cache
def _language(data: Path, language: str) -> np.ndarray:
    return read_space(data / "docs" / f"{language}.vec.gz", language=language).space.vectors


@cache
def _cells(data: Path) -> np.ndarray:
    """Chromatin of 1,047 cells by SNARE-seq, 19 dimensions."""
    cells: np.ndarray = np.load(data / "single_cell" / "SNAREseq" / "SNAREseq_atac_feat.npy")
    return np.asarray(cells, np.float64)
