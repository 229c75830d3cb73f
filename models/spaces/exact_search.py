"""The largest inner products, all of them looked at, in blocks that stay in the cache.

One product of matrices serves two rankings: by q·y, and by q·y less a penalty of y. The products
are float32. Their last digits depend on how many queries are asked together; who needs digits that
do not, takes a few rows more than are wanted and computes their products again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

_VECTORS_AT_ONCE = 4096
_VECTORS_AT_ONCE_ON_A_GPU = 65536
_QUERIES_AT_ONCE = 256
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


def nearest(
    queries: Float32[np.ndarray, "q d"],
    vectors: Float[Tensor, "n d"],
    count: int,
) -> Nearest:
    """Find the ``count`` vectors of the largest inner product with each query.

    Args:
        queries: Of shape [q, d].
        vectors: Of shape [n, d], on the device where the products are to be computed.
        count: Number of rows wanted of each query; at most n.

    """
    found, _ = nearest_by_both(queries, vectors, None, plain=count, penalised=0)
    return found


def nearest_by_both(
    queries: Float32[np.ndarray, "q d"],
    vectors: Float[Tensor, "n d"],
    penalties: Float[Tensor, " n"] | None,
    *,
    plain: int,
    penalised: int,
) -> tuple[Nearest, Nearest]:
    """Find the vectors of the largest product, and those of the largest product less a penalty.

    Args:
        queries: Of shape [q, d].
        vectors: Of shape [n, d], on the device where the products are to be computed.
        penalties: Of shape [n], on the same device; None where no penalised rows are wanted.
        plain: Number of rows wanted by product alone; at most n.
        penalised: Number of rows wanted by product less penalty; at most n.

    """
    search = _search_on_cpu if vectors.device.type == "cpu" else _search_on_gpu
    parts = []
    with torch.inference_mode():
        for begin in range(0, len(queries), _QUERIES_AT_ONCE):
            block = torch.from_numpy(
                np.array(queries[begin : begin + _QUERIES_AT_ONCE], np.float32, order="C")
            )
            parts.append(search(block, vectors, penalties, (plain, penalised)))
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


def _search_on_cpu(
    queries: Float[Tensor, "q d"],
    vectors: Float[Tensor, "n d"],
    penalties: Float[Tensor, " n"] | None,
    counts: tuple[int, int],
) -> tuple[Nearest, Nearest]:
    best = [_Best(len(queries), count) for count in counts]
    products = torch.empty(len(queries), min(_VECTORS_AT_ONCE, len(vectors)))
    for begin in range(0, len(vectors), _VECTORS_AT_ONCE):
        block = vectors[begin : begin + _VECTORS_AT_ONCE]
        here = (
            products
            if len(block) == products.shape[1]
            else products.new_empty(len(queries), len(block))
        )
        torch.mm(queries, block.T, out=here)
        best[0].offer(here, begin)
        if penalties is not None:
            here -= penalties[begin : begin + _VECTORS_AT_ONCE]
            best[1].offer(here, begin)
    return best[0].result(), best[1].result()


def _search_on_gpu(
    queries: Float[Tensor, "q d"],
    vectors: Float[Tensor, "n d"],
    penalties: Float[Tensor, " n"] | None,
    counts: tuple[int, int],
) -> tuple[Nearest, Nearest]:
    queries = queries.to(vectors.device)
    best: list[tuple[Tensor, Tensor] | None] = [None, None]
    for begin in range(0, len(vectors), _VECTORS_AT_ONCE_ON_A_GPU):
        products = queries @ vectors[begin : begin + _VECTORS_AT_ONCE_ON_A_GPU].T
        for which, count in enumerate(counts):
            if count == 0:
                continue
            if which == 1 and penalties is not None:
                products -= penalties[begin : begin + _VECTORS_AT_ONCE_ON_A_GPU]
            values, rows = products.topk(min(count, products.shape[1]), dim=1)
            rows += begin
            known = best[which]
            if known is not None:
                values, rows = torch.cat([known[0], values], 1), torch.cat([known[1], rows], 1)
                values, order = values.topk(min(count, values.shape[1]), dim=1)
                rows = rows.gather(1, order)
            best[which] = (values, rows)
    empty = queries.new_empty(len(queries), 0)
    plain, penalised = (
        Nearest(rows.long().cpu().numpy(), values.cpu().numpy())
        for values, rows in (one or (empty, empty) for one in best)
    )
    return plain, penalised


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

    def offer(self, products: Float[Tensor, "q b"], begin: int) -> None:
        """Take what is large enough of a block whose first row is ``begin``."""
        if self.count == 0:
            return
        values = products.numpy()
        width = values.shape[1]
        over = np.flatnonzero(values > self.threshold)
        wanted = self.queries * self.count
        if len(over) > _CROWDED * wanted:
            largest, columns = products.topk(min(self.count, width), dim=1)
            query = np.repeat(np.arange(self.queries), columns.shape[1])
            self._set_aside(query, columns.numpy().ravel() + begin, largest.numpy().ravel())
        elif len(over):
            query, column = np.divmod(over, width)
            self._set_aside(query, column + begin, values.ravel()[over])
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
