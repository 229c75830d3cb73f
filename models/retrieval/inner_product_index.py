"""An exact FAISS index of inner products, on the CPU or on a GPU."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from jaxtyping import Float32, Int64

from models.retrieval.faiss_build import gpu_is_usable, load_faiss

_LARGEST_GPU_K = 2048
"""FAISS on a GPU selects at most this many neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class InnerProductIndex:
    """Exact inner products between queries and stored vectors.

    CPU indexes allow concurrent reads. GPU ones do not, so searches on a GPU take turns.

    Attributes:
        stored: The ``faiss.IndexFlatIP`` on the CPU: what a checkpoint keeps.
        on_gpu: Its copy on the GPU, where it runs there.

    """

    stored: Any
    on_gpu: Any | None = None
    _turn: AbstractContextManager[Any] = field(init=False, repr=False)
    _resources: Any | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turn", nullcontext() if self.on_gpu is None else Lock())

    @classmethod
    def build(
        cls, vectors: Float32[np.ndarray, "n dimension"], *, use_gpu: bool = False
    ) -> InnerProductIndex:
        """Store the vectors, of shape [n, dimension]."""
        stored = load_faiss().IndexFlatIP(vectors.shape[1])
        stored.add(np.ascontiguousarray(vectors))
        return cls.wrap(stored, use_gpu=use_gpu)

    @classmethod
    def wrap(cls, stored: Any, *, use_gpu: bool = False) -> InnerProductIndex:
        """Take a ``faiss.IndexFlatIP``, and copy it to the GPU if that is asked for and possible.

        With the CPU build of FAISS the index stays on the CPU, though the map may run on the GPU.
        """
        if not (use_gpu and gpu_is_usable()):
            return cls(stored)
        faiss = load_faiss()
        resources = faiss.StandardGpuResources()
        return cls(stored, faiss.index_cpu_to_gpu(resources, 0, stored), resources)

    def __len__(self) -> int:
        return int(self.stored.ntotal)

    @property
    def dimension(self) -> int:
        """Length of the stored vectors."""
        return int(self.stored.d)

    @property
    def vectors(self) -> Float32[np.ndarray, "n dimension"]:
        """A copy of the stored vectors, of shape [n, dimension]."""
        copied: Float32[np.ndarray, "n dimension"] = self.stored.reconstruct_n(0, len(self))
        return copied

    def search(
        self, queries: Float32[np.ndarray, "q dimension"], k: int
    ) -> tuple[Float32[np.ndarray, "q k"], Int64[np.ndarray, "q k"]]:
        """Inner products and rows of the ``k`` nearest vectors, the highest first."""
        queries = np.ascontiguousarray(queries)
        with self._turn:
            index = self.stored if self.on_gpu is None or k > _LARGEST_GPU_K else self.on_gpu
            products, rows = index.search(queries, k)
        return products, rows


def mean_of_nearest(
    vectors: Float32[np.ndarray, "n dimension"],
    others: Float32[np.ndarray, "m dimension"],
    count: int,
    *,
    use_gpu: bool = False,
) -> Float32[np.ndarray, " n"]:
    """Mean inner product of each vector with the ``count`` of ``others`` nearest to it."""
    faiss = load_faiss()
    count = min(count, len(others))
    vectors, others = np.ascontiguousarray(vectors), np.ascontiguousarray(others)
    metric = faiss.METRIC_INNER_PRODUCT
    if use_gpu and gpu_is_usable() and count <= _LARGEST_GPU_K:
        resources = faiss.StandardGpuResources()
        products, _ = faiss.knn_gpu(resources, vectors, others, count, metric=metric)
    else:
        products, _ = faiss.knn(vectors, others, count, metric=metric)
    means: Float32[np.ndarray, " n"] = products.mean(axis=1, dtype=np.float64).astype(np.float32)
    return means
