"""FAISS indexes that find most of the nearest vectors, and find them sooner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
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
        return INDEX_KINDS[self.kind].most_effort(self.index)

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
        return INDEX_KINDS[self.kind].parameters(load_faiss(), self.effort, count)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexKind:
    """What an index of FAISS is made of, and how hard it looks.

    Attributes:
        faiss_class: Name of its class in FAISS, by which a saved one is recognised.
        first_effort: Where the search for an effort begins.
        make: Makes an empty one: module `faiss`, dimension, number of vectors, code of the scalar
            quantiser (None: float32), seed.
        parameters: Of a search: module `faiss`, effort, number of neighbours.
        most_effort: The effort beyond which no more can be found.

    """

    faiss_class: str
    first_effort: int
    make: Callable[[Any, int, int, int | None, int], Any]
    parameters: Callable[[Any, int, int], Any]
    most_effort: Callable[[Any], int]


def _graph(faiss: Any, dimension: int, count: int, quantiser: int | None, seed: int) -> Any:
    product = faiss.METRIC_INNER_PRODUCT
    if quantiser is None:
        index = faiss.IndexHNSWFlat(dimension, _LINKS, product)
    else:
        index = faiss.IndexHNSWSQ(dimension, quantiser, _LINKS, product)
    index.hnsw.efConstruction = _EFFORT_OF_BUILDING
    index.hnsw.rng = faiss.RandomGenerator(seed + 1)
    return index


def _cells(faiss: Any, dimension: int, count: int, quantiser: int | None, seed: int) -> Any:
    product = faiss.METRIC_INNER_PRODUCT
    cells = max(1, count // _VECTORS_OF_A_CELL)
    coarse = faiss.IndexFlatIP(dimension)
    if quantiser is None:
        index = faiss.IndexIVFFlat(coarse, dimension, cells, product)
    else:
        index = faiss.IndexIVFScalarQuantizer(coarse, dimension, cells, quantiser, product, False)
    index.cp.seed = seed + 1
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _TRAINING_VECTORS_OF_A_CELL
    return index


INDEX_KINDS: Mapping[ApproximateKind, IndexKind] = MappingProxyType(
    {
        # Malkov and Yashunin 2018.
        "hnsw": IndexKind(
            faiss_class="IndexHNSW",
            first_effort=32,
            make=_graph,
            parameters=lambda faiss, effort, count: faiss.SearchParametersHNSW(
                efSearch=max(effort, count)
            ),
            most_effort=lambda index: int(index.ntotal),
        ),
        # Cells of k-means.
        "ivf": IndexKind(
            faiss_class="IndexIVF",
            first_effort=4,
            make=_cells,
            parameters=lambda faiss, effort, count: faiss.SearchParametersIVF(nprobe=effort),
            most_effort=lambda index: int(index.nlist),
        ),
    }
)
"""All that are known. A new one is an entry here and its name in `ApproximateKind`."""


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
        kind: A key of :data:`INDEX_KINDS`.
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
    storages = {
        "fp32": None,
        "fp16": faiss.ScalarQuantizer.QT_fp16,
        "sq8": faiss.ScalarQuantizer.QT_8bit,
    }
    if storage not in storages:
        raise OptionError(f"storage: expected fp32, fp16 or sq8, found {storage!r}")
    if kind not in INDEX_KINDS:
        raise OptionError(f"kind: expected {' or '.join(INDEX_KINDS)}, found {kind!r}")
    index = INDEX_KINDS[kind].make(faiss, dimension, len(vectors), storages[storage], seed)
    index.train(vectors)
    index.add(vectors)
    return ApproximateIndex(index, kind, storage, effort)
