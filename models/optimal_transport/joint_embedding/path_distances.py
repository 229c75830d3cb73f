"""Distances along the edges of a nearest-neighbour graph."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from isogloss.models.errors import NonFiniteInputError, OptionError

EdgeLength = Literal["distance", "hops"]
"""What an edge counts: the distance between its ends, or 1."""


def path_distances(
    distances: Float[np.ndarray, "n n"], *, neighbours: int = 10, edges: EdgeLength = "distance"
) -> Float[np.ndarray, "n n"]:
    """Shortest paths in the graph that joins each point to its nearest ones.

    The edges go both ways (Demetci et al. 2022, section 2.2). Where the graph falls apart, points
    of different parts are as far as the two farthest points of one part.

    Args:
        distances: Symmetric matrix of shape [n, n].
        neighbours: Neighbours of each point, itself not counted.
        edges: ``distance`` for geodesics, ``hops`` for the number of edges.

    Returns:
        A symmetric matrix of shape [n, n], float64.

    Raises:
        OptionError: ``neighbours`` is less than 1.
        NonFiniteInputError: A distance is NaN or infinite.

    """
    if neighbours < 1:
        raise OptionError(f"neighbours: expected at least 1, found {neighbours}")
    if not np.isfinite(distances).all():
        raise NonFiniteInputError("the distances hold NaN or infinity")
    n = len(distances)
    apart = distances.astype(np.float64)
    np.fill_diagonal(apart, np.inf)  # a point is not its own neighbour, even among twins
    nearest = np.argpartition(apart, min(neighbours, n - 1) - 1, axis=1)[:, :neighbours]
    rows = np.repeat(np.arange(n), nearest.shape[1])
    columns = nearest.ravel()
    keep = rows != columns
    rows, columns = rows[keep], columns[keep]
    lengths = np.ones(len(rows)) if edges == "hops" else apart[rows, columns]
    # A sparse matrix takes an explicit nought for no edge; twins are one step of almost nothing.
    smallest = np.finfo(np.float64).tiny
    graph = csr_array((np.maximum(lengths, smallest), (rows, columns)), shape=(n, n))
    paths = dijkstra(graph, directed=False)
    paths = (paths + paths.T) / 2
    unreachable = ~np.isfinite(paths)
    paths[unreachable] = paths[~unreachable].max()
    return np.asarray(paths)


def euclidean_distances(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n n"]:
    """Distances between the rows of a matrix, float64, exactly 0 for equal rows."""
    points = points.astype(np.float64)
    squares = np.square(points).sum(axis=1)
    squared = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(squared, 0)
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def correlation_distances(points: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n n"]:
    """One less the correlation between the rows of a matrix; 1 where a row is constant."""
    centred = points.astype(np.float64) - points.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.maximum(norms, np.finfo(np.float64).tiny)
    distances = np.clip(1 - unit @ unit.T, 0, 2)
    np.fill_diagonal(distances, 0)
    return np.asarray(distances)
