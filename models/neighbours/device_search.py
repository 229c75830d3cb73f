"""The largest inner products with tensors, on a processor or a GPU; see `exact_search.py`."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from isogloss.models.neighbours.exact_search import (
    QUERIES_AT_ONCE,
    Nearest,
    joined,
    search_in_blocks,
)

_VECTORS_AT_ONCE_ON_A_GPU = 65536


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
        for begin in range(0, len(queries), QUERIES_AT_ONCE):
            block = torch.from_numpy(
                np.array(queries[begin : begin + QUERIES_AT_ONCE], np.float32, order="C")
            )
            parts.append(search(block, vectors, penalties, (plain, penalised)))
    return joined(parts, plain, penalised)


def _search_on_cpu(
    queries: Float[Tensor, "q d"],
    vectors: Float[Tensor, "n d"],
    penalties: Float[Tensor, " n"] | None,
    counts: tuple[int, int],
) -> tuple[Nearest, Nearest]:
    def multiply(begin: int, out: np.ndarray) -> None:
        torch.mm(queries, vectors[begin : begin + out.shape[1]].T, out=torch.from_numpy(out))

    less = None if penalties is None else penalties.numpy()
    return search_in_blocks(multiply, len(queries), len(vectors), less, counts)


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
