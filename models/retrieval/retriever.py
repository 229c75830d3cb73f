"""Nearest target words by cosine and by CSLS, both exact, from one index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float32, Int64

from models.errors import InputError, NonFiniteInputError, OptionError, ShapeError
from models.retrieval.inner_product_index import InnerProductIndex, mean_of_nearest

Score = Literal["csls", "cosine"]


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest target words of some queries.

    Attributes:
        rows: Rows of the target vocabulary, of shape [q, k], the best first.
        scores: Their scores, of shape [q, k]: cosines within [−1, 1], CSLS within [−4, 4].

    """

    rows: Int64[np.ndarray, "q k"]
    scores: Float32[np.ndarray, "q k"]


@dataclass(frozen=True, slots=True, eq=False)
class Retriever:
    """Exact cosine and CSLS (Conneau et al. 2018, section 2.3) from one inner-product index.

    CSLS(Tx, y) = 2 cos(Tx, y) − r(Tx) − r(y), where r(Tx) is the mean cosine of Tx to its nearest
    target vectors, and r(y) that of y to its nearest mapped source vectors. The index holds
    [y, −r(y)/2]. The query [Tx, 0] gives the cosine; the query [Tx, 1], doubled, less r(Tx), gives
    CSLS.

    Attributes:
        index: Holds [y, −r(y)/2] for every target word.
        hubs: Number of neighbours whose mean is r.

    """

    index: InnerProductIndex
    hubs: int

    @classmethod
    def build(
        cls,
        target: Float32[np.ndarray, "n d"],
        mapped: Float32[np.ndarray, "m e"],
        *,
        hubs: int = 10,
        use_gpu: bool = False,
    ) -> Retriever:
        """Index the target vectors.

        Args:
            target: Unit vectors of the target vocabulary, of shape [n, d].
            mapped: Unit vectors of the whole mapped source vocabulary, of shape [m, d].
            hubs: Number of neighbours whose mean is r; no more are taken than there are.
            use_gpu: Run on a GPU where the GPU build of FAISS and a GPU are there.

        Raises:
            ShapeError: The two differ in dimension.
            NonFiniteInputError: One of them holds NaN or infinity.
            InputError: One of them is empty.
            OptionError: ``hubs`` is less than 1.

        """
        if hubs < 1:
            raise OptionError(f"hubs: expected at least 1, found {hubs}")
        if mapped.shape[1] != target.shape[1]:
            raise ShapeError(
                "mapped source vectors",
                expected=f"[m, {target.shape[1]}]",
                found=str(list(mapped.shape)),
            )
        for name, vectors in (("target", target), ("mapped source", mapped)):
            if not len(vectors):
                raise InputError(f"there are no {name} vectors")
            if not np.isfinite(vectors).all():
                raise NonFiniteInputError(f"the {name} vectors hold NaN or infinity")
        hubness = mean_of_nearest(target, mapped, hubs, use_gpu=use_gpu)
        augmented = np.concatenate([target, -hubness[:, None] / 2], axis=1, dtype=np.float32)
        return cls(InnerProductIndex.build(augmented, use_gpu=use_gpu), hubs)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def dimension(self) -> int:
        """Length d of the target vectors."""
        return self.index.dimension - 1

    @property
    def target(self) -> Float32[np.ndarray, "n d"]:
        """A copy of the target vectors, of shape [n, d]."""
        return np.ascontiguousarray(self.index.vectors[:, :-1])

    def search(
        self, queries: Float32[np.ndarray, "q d"], *, k: int, score: Score = "csls"
    ) -> Neighbours:
        """Find the ``k`` nearest target words of each query, the best first.

        Equal scores stand in the order of their rows.

        Args:
            queries: Unit vectors in the target space, of shape [q, d].
            k: Number of neighbours; no more are given than there are target words.
            score: ``csls`` or ``cosine``.

        Raises:
            ShapeError: ``queries`` is not a matrix of the target dimension.
            NonFiniteInputError: ``queries`` holds NaN or infinity.
            OptionError: ``k`` is less than 1, or ``score`` is unknown.

        """
        if queries.ndim != 2 or queries.shape[1] != self.dimension:
            raise ShapeError(
                "queries", expected=f"[q, {self.dimension}]", found=str(list(queries.shape))
            )
        check_search_options(k, score)
        if not np.isfinite(queries).all():
            raise NonFiniteInputError("the queries hold NaN or infinity")
        k = min(k, len(self))
        if not len(queries):
            return Neighbours(np.empty((0, k), np.int64), np.empty((0, k), np.float32))
        query = np.concatenate([queries, np.zeros((len(queries), 1), np.float32)], axis=1)
        if score == "cosine":
            scores, rows = self.index.search(query, k)
        else:
            cosines, _ = self.index.search(query, min(self.hubs, len(self)))
            query[:, -1] = 1
            products, rows = self.index.search(query, k)
            scores = 2 * products - cosines.mean(axis=1, keepdims=True, dtype=np.float32)
        order = np.lexsort((rows, -scores))
        return Neighbours(
            np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
        )


def check_search_options(k: int, score: str) -> None:
    """Refuse options that no search can have.

    Raises:
        OptionError: ``k`` is less than 1, or ``score`` is unknown.

    """
    if k < 1:
        raise OptionError(f"k: expected at least 1, found {k}")
    if score not in get_args(Score):
        raise OptionError(f"score: expected {' or '.join(get_args(Score))}, found {score!r}")
