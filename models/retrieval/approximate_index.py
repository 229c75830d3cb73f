"""FAISS indexes that find most of the nearest vectors, and find them sooner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from isogloss.models.choices import ApproximateKind, Storage
from isogloss.models.errors import OptionError
from isogloss.models.retrieval.faiss_build import load_faiss

_LINKS = 32
_EFFORT_OF_BUILDING = 200
_VECTORS_OF_A_CELL = 200
_TRAINING_VECTORS_OF_A_CELL = 64

_NUMBERS_AT_ONCE = 16
"""FAISS reads fp16 and sq8 number by number, unless the dimension is a multiple of this."""


def stored_dimension(dimension: int) -> int:
    """Length of the vectors of an index: [y, −r(y)/2], and zeros up to a length that is fast.

    With 301 numbers of fp16 or sq8 a vector takes FAISS ten to twenty times as long as with 304.
    """
    return -(-(dimension + 1) // _NUMBERS_AT_ONCE) * _NUMBERS_AT_ONCE


@dataclass(frozen=True, slots=True, eq=False)
class ApproximateIndex:
    """A graph (HNSW) or cells (IVF) over [y, −r(y)/2, 0, …], searched by inner product.

    The query [Tx, 0] ranks by cosine, the query [Tx, 1] by cos(Tx, y) − r(y)/2, which is the order
    of CSLS. What is found are candidates: the retriever computes their scores exactly.

    Attributes:
        index: The ``faiss.Index``.
        kind: ``hnsw`` or ``ivf``.
        storage: How the index keeps its vectors: float32, float16 or 8 bits a number.
        effort: Candidates that HNSW keeps (efSearch), or cells that IVF visits (nprobe).
        recall: Share of the exact 10 nearest by CSLS that are found, where measured.

    """

    index: Any
    kind: ApproximateKind
    storage: Storage
    effort: int
    recall: float | None = None

    @property
    def most_effort(self) -> int:
        """The effort beyond which no more can be found."""
        return int(self.index.nlist) if self.kind == "ivf" else int(self.index.ntotal)

    def search(
        self, queries: Float32[np.ndarray, "q d"], count: int, *, penalised: bool
    ) -> Int64[np.ndarray, "q count"]:
        """Rows of about the ``count`` nearest vectors, in no order that counts.

        Where fewer are found than are wanted, rows not found stand in for them: an answer always
        has ``count`` different rows.
        """
        if not count:
            return np.empty((len(queries), 0), np.int64)
        dimension = queries.shape[1]
        asked = np.zeros((len(queries), int(self.index.d)), np.float32)
        asked[:, :dimension] = queries
        asked[:, dimension] = penalised
        _, rows = self.index.search(asked, count, params=self._parameters(count))
        for query in np.flatnonzero((rows < 0).any(axis=1)):
            row = rows[query]
            missing = np.flatnonzero(row < 0)
            found = set(row.tolist())
            free = (number for number in range(int(self.index.ntotal)) if number not in found)
            row[missing] = [next(free) for _ in missing]
        filled: Int64[np.ndarray, "q count"] = rows
        return filled

    def _parameters(self, count: int) -> Any:
        faiss = load_faiss()
        if self.kind == "hnsw":
            return faiss.SearchParametersHNSW(efSearch=max(self.effort, count))
        return faiss.SearchParametersIVF(nprobe=self.effort)


def build_approximate_index(
    target: Float32[np.ndarray, "n d"],
    hubness: Float32[np.ndarray, " n"],
    *,
    kind: ApproximateKind,
    storage: Storage,
    effort: int,
    seed: int = 0,
) -> ApproximateIndex:
    """Index unit vectors with their hubness.

    Args:
        target: Unit vectors, of shape [n, d].
        hubness: r(y) of each, of shape [n].
        kind: ``hnsw`` (Malkov and Yashunin 2018) or ``ivf`` (cells of k-means).
        storage: How the vectors are kept.
        effort: See :class:`ApproximateIndex`.
        seed: Of the k-means, and of the levels of the graph.

    Raises:
        OptionError: The kind or the storage is unknown.

    """
    faiss = load_faiss()
    length = target.shape[1]
    dimension = stored_dimension(length)
    vectors = np.zeros((len(target), dimension), np.float32)
    vectors[:, :length] = target
    vectors[:, length] = -hubness / 2
    product = faiss.METRIC_INNER_PRODUCT
    storages = {"fp16": faiss.ScalarQuantizer.QT_fp16, "sq8": faiss.ScalarQuantizer.QT_8bit}
    if storage not in ("fp32", *storages):
        raise OptionError(f"storage: expected fp32, fp16 or sq8, found {storage!r}")
    match kind, storage:
        case "hnsw", "fp32":
            index = faiss.IndexHNSWFlat(dimension, _LINKS, product)
        case "hnsw", _:
            index = faiss.IndexHNSWSQ(dimension, storages[storage], _LINKS, product)
        case "ivf", _:
            cells = max(1, len(vectors) // _VECTORS_OF_A_CELL)
            coarse = faiss.IndexFlatIP(dimension)
            if storage == "fp32":
                index = faiss.IndexIVFFlat(coarse, dimension, cells, product)
            else:
                index = faiss.IndexIVFScalarQuantizer(
                    coarse, dimension, cells, storages[storage], product, False
                )
            index.cp.seed = seed + 1
            index.cp.min_points_per_centroid = 1
            index.cp.max_points_per_centroid = _TRAINING_VECTORS_OF_A_CELL
        case _:
            raise OptionError(f"kind: expected hnsw or ivf, found {kind!r}")
    if kind == "hnsw":
        index.hnsw.efConstruction = _EFFORT_OF_BUILDING
        index.hnsw.rng = faiss.RandomGenerator(seed + 1)
    index.train(vectors)
    index.add(vectors)
    return ApproximateIndex(index, kind, storage, effort)
