"""The largest inner products, all of them looked at, in blocks that stay in the cache.

One product of matrices serves two rankings: by q·y, and by q·y less a penalty of y. The products
are float32. Their last digits depend on how many queries are asked together; who needs digits that
do not, takes a few rows more than are wanted and computes their products again.

Arrays are searched here; tensors, on a processor or a GPU, by `device_search.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32, Float64, Int64

QUERIES_AT_ONCE = 256
_VECTORS_AT_ONCE = 4096
_CROWDED = 4
"""Entries of a block over the threshold, as a multiple of the wanted ones, beyond which the block
is sorted as a whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The rows with the largest products of each query, the largest first.

    Attributes:
        rows: Rows of the vectors, of shape [q, k].
        products: Their products less their penalties, of shape [q, k].

    """

    rows: Int64[np.ndarray, "q k"]
    products: Float32[np.ndarray, "q k"]


def mean_product(products: Float32[np.ndarray, "q k"]) -> Float64[np.ndarray, " q"]:
    """Mean over what was found for each query: r of CSLS, where products are cosines."""
    mean: Float64[np.ndarray, " q"] = products.mean(axis=1, dtype=np.float64)
    return mean


def nearest(
    queries: Float32[np.ndarray, "q d"], vectors: Float32[np.ndarray, "n d"], count: int
) -> Nearest:
    """Find the ``count`` vectors of the largest inner product with each query; at most n."""
    found, _ = nearest_by_both(queries, vectors, None, plain=count, penalised=0)
    return found


def nearest_by_both(
    queries: Float32[np.ndarray, "q d"],
    vectors: Float32[np.ndarray, "n d"],
    penalties: Float32[np.ndarray, " n"] | None,
    *,
    plain: int,
    penalised: int,
) -> tuple[Nearest, Nearest]:
    """Find the vectors of the largest product, and those of the largest product less a penalty.

    Args:
        queries: Of shape [q, d].
        vectors: Of shape [n, d].
        penalties: Of shape [n]; None where no penalised rows are wanted.
        plain: Number of rows wanted by product alone; at most n.
        penalised: Number of rows wanted by product less penalty; at most n.

    """
    parts = []
    for begin in range(0, len(queries), QUERIES_AT_ONCE):
        block = np.ascontiguousarray(queries[begin : begin + QUERIES_AT_ONCE], np.float32)

        def multiply(start: int, out: np.ndarray, block: np.ndarray = block) -> None:
            np.matmul(block, vectors[start : start + out.shape[1]].T, out=out)

        parts.append(
            search_in_blocks(multiply, len(block), len(vectors), penalties, (plain, penalised))
        )
    return joined(parts, plain, penalised)


def search_in_blocks(
    multiply: Callable[[int, np.ndarray], None],
    queries: int,
    vectors: int,
    penalties: Float32[np.ndarray, " n"] | None,
    counts: tuple[int, int],
) -> tuple[Nearest, Nearest]:
    """Find the rows of the largest products of a few queries, block by block.

    Args:
        multiply: Given the first row of a block, writes its products into an array of shape [q, b].
        queries: Number of queries q.
        vectors: Number of vectors n.
        penalties: Of shape [n]; None where no penalised rows are wanted.
        counts: Numbers of rows wanted by product alone, and by product less penalty.

    """
    best = [_Best(queries, count) for count in counts]
    products = np.empty((queries, min(_VECTORS_AT_ONCE, vectors)), np.float32)
    for begin in range(0, vectors, _VECTORS_AT_ONCE):
        width = min(_VECTORS_AT_ONCE, vectors - begin)
        here = products if width == products.shape[1] else np.empty((queries, width), np.float32)
        multiply(begin, here)
        best[0].offer(here, begin)
        if penalties is not None:
            here -= penalties[begin : begin + width]
            best[1].offer(here, begin)
    return best[0].result(), best[1].result()


def joined(
    parts: list[tuple[Nearest, Nearest]], plain: int, penalised: int
) -> tuple[Nearest, Nearest]:
    """Join what was found for one block of queries after the other."""
    return _joined([first for first, _ in parts], plain), _joined(
        [second for _, second in parts], penalised
    )


def _joined(parts: list[Nearest], count: int) -> Nearest:
    if not parts:
        return Nearest(np.empty((0, count), np.int64), np.empty((0, count), np.float32))
    return Nearest(
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.products for part in parts]),
    )


@dataclass(slots=True, eq=False)
class _Best:
    """The largest entries of each query, while blocks of entries are offered.

    Most blocks hold few entries that are larger than the smallest one kept so far. These few are
    set aside, and sorted only when they have become many.
    """

    queries: int
    count: int
    threshold: Float32[np.ndarray, "q 1"] = field(init=False)
    # Query, row and value of each entry set aside.
    aside: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        self.threshold = np.full((self.queries, 1), -np.inf, np.float32)

    def offer(self, products: Float32[np.ndarray, "q b"], begin: int) -> None:
        """Take what is large enough of a block whose first row is ``begin``."""
        if self.count == 0:
            return
        width = products.shape[1]
        over = np.flatnonzero(products > self.threshold)
        wanted = self.queries * self.count
        if len(over) > _CROWDED * wanted:
            count = min(self.count, width)
            columns = np.argpartition(products, width - count, axis=1)[:, width - count :]
            query = np.repeat(np.arange(self.queries), count)
            largest = np.take_along_axis(products, columns, axis=1)
            self._set_aside(query, columns.ravel() + begin, largest.ravel())
        elif len(over):
            query, column = np.divmod(over, width)
            self._set_aside(query, column + begin, products.ravel()[over])
        if self.size > 2 * _CROWDED * wanted or np.isneginf(self.threshold[0, 0]):
            self._sort()

    def result(self) -> Nearest:
        """Give the largest entries of each query, the largest first, equal ones by row."""
        if self.count == 0:
            shape = (self.queries, 0)
            return Nearest(np.empty(shape, np.int64), np.empty(shape, np.float32))
        _, rows, values = self._sort()
        shape = (self.queries, self.count)
        return Nearest(rows.reshape(shape).astype(np.int64), values.reshape(shape))

    def _set_aside(self, query: np.ndarray, rows: np.ndarray, values: np.ndarray) -> None:
        self.aside.append((query, rows, values))
        self.size += len(rows)

    def _sort(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        query, rows, values = (np.concatenate(part) for part in zip(*self.aside, strict=True))
        order = np.lexsort((rows, -values, query))
        sizes = np.bincount(query, minlength=self.queries)
        starts = np.cumsum(sizes) - sizes
        place = np.arange(len(order)) - starts[query[order]]
        order = order[place < self.count]
        kept = query[order], rows[order], values[order]
        if (sizes >= self.count).all():
            self.threshold = kept[2].reshape(self.queries, self.count)[:, -1:].copy()
        self.aside, self.size = [kept], len(order)
        return kept
