"""What a tuple of points costs: one point of each marginal in, a number out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

from jaxtyping import Float
from torch import Tensor

Cost = Callable[[Sequence[Tensor]], Tensor]
"""Takes as many batches [batch, dᵢ] as there are marginals, and gives costs [batch]."""


def euclidean(points: Sequence[Tensor]) -> Float[Tensor, " batch"]:
    """Sum the distances over all pairs of marginals."""
    return sum_over_pairs(points, lambda x, y: (x - y).norm(dim=1))


def squared_euclidean(points: Sequence[Tensor]) -> Float[Tensor, " batch"]:
    """Sum the squared distances over all pairs of marginals.

    With m marginals this is m times the squared distance to the mean of the points, summed: its
    optimal plan is that of the Wasserstein barycenter (Agueh and Carlier 2011, section 4).
    """
    return sum_over_pairs(points, lambda x, y: (x - y).square().sum(dim=1))


def sum_over_pairs(
    points: Sequence[Tensor], distance: Callable[[Tensor, Tensor], Tensor]
) -> Float[Tensor, " batch"]:
    """Sum the cost of two points over all pairs of marginals."""
    first, *others = (distance(x, y) for x, y in combinations(points, 2))
    return sum(others, start=first)


def in_frames(frames: Sequence[Float[Tensor, "d _"]], cost: Cost) -> Cost:
    """Compare points of spaces that differ in a common frame, into which matrices map them.

    Args:
        frames: For each marginal the matrix [d, dᵢ] of its way into the frame.
        cost: Cost of points of the frame.

    """

    def framed(points: Sequence[Tensor]) -> Tensor:
        return cost([x @ frame.T for x, frame in zip(points, frames, strict=True)])

    return framed
