"""Spaces to embed into: the plane, the sphere, the torus, and any finite metric space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from isogloss.models.errors import NonFiniteInputError, OptionError, ShapeError

Geometry = Literal["plane", "sphere", "torus", "finite"]
"""How a weighted mean of points is taken; ``finite`` chooses one of the points."""

_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True, slots=True, eq=False)
class TargetSpace:
    """A finite metric space that both spaces are embedded into.

    Attributes:
        geometry: How means are taken.
        distances: Symmetric matrix d of shape [k, k].
        coordinates: Coordinates of the points, of shape [k, c]: in the plane, on the sphere of R³,
            or along the circles of the torus. For a finite space whatever describes its points.
        extent: Length of the circles of a torus, or the radius of a sphere; else unused.

    Raises:
        ShapeError: The distances are no square matrix, or the coordinates do not fit them.
        NonFiniteInputError: A distance is NaN or infinite.
        OptionError: A distance is negative, or the matrix is not symmetric.

    """

    geometry: Geometry
    distances: Float[Tensor, "rows columns"]
    coordinates: Float[Tensor, "points c"]
    extent: float = 1.0

    def __post_init__(self) -> None:
        check_distances("the target space", self.distances)
        k = len(self.distances)
        if len(self.coordinates) != k:
            raise ShapeError(
                "coordinates of the target space",
                expected=f"[{k}, c]",
                found=str(list(self.coordinates.shape)),
            )

    def __len__(self) -> int:
        return len(self.distances)


def check_distances(what: str, distances: Float[Tensor, "rows columns"]) -> None:
    """Refuse a matrix that holds no dissimilarities.

    Raises:
        ShapeError: The matrix is not square.
        NonFiniteInputError: An entry is NaN or infinite.
        OptionError: An entry is negative, or the matrix is not symmetric.

    """
    if distances.shape != (len(distances), len(distances)):
        raise ShapeError(
            f"distances of {what}", expected="a square matrix", found=str(list(distances.shape))
        )
    if not bool(torch.isfinite(distances).all()):
        raise NonFiniteInputError(f"the distances of {what} hold NaN or infinity")
    if bool((distances < 0).any()):
        raise OptionError(f"distances of {what}: expected none below 0")
    if not torch.allclose(distances, distances.T, rtol=1e-4, atol=1e-6):
        raise OptionError(f"distances of {what}: expected a symmetric matrix")


def plane_grid(
    per_axis: int, *, side: float = 1.0, dtype: torch.dtype = torch.float64
) -> TargetSpace:
    """Lay an equispaced grid over the square [0, side]², with Euclidean distances.

    Raises:
        OptionError: The grid has fewer than 2 points along an axis, or ``side`` is not positive.

    """
    _check(per_axis, side)
    axis = torch.linspace(0, side, per_axis, dtype=dtype)
    points = torch.cartesian_prod(axis, axis)
    return TargetSpace("plane", _euclidean(points), points)


def sphere(count: int, *, radius: float = 1.0, dtype: torch.dtype = torch.float64) -> TargetSpace:
    """Spread points evenly over a sphere (Fibonacci's spiral), with great-circle distances.

    The parametrisation by two angles, which the paper takes, crowds points at the poles; the free
    marginals of EW_λ would prefer them there.

    Raises:
        OptionError: There are fewer than 2 points, or ``radius`` is not positive.

    """
    _check(count, radius)
    index = torch.arange(count, dtype=dtype)
    height = 1 - (2 * index + 1) / count
    angle = _GOLDEN_ANGLE * index
    ring = (1 - height.square()).sqrt()
    points = radius * torch.stack([ring * angle.cos(), ring * angle.sin(), height], dim=1)
    return TargetSpace("sphere", sphere_distances(points, radius=radius), points, radius)


def torus(
    per_axis: int, *, circumference: float = 1.0, dtype: torch.dtype = torch.float64
) -> TargetSpace:
    """Lay a grid over the flat torus, the product of two circles, with geodesic distances.

    Raises:
        OptionError: There are fewer than 2 points along a circle, or no positive length.

    """
    _check(per_axis, circumference)
    axis = circumference * torch.arange(per_axis, dtype=dtype) / per_axis
    points = torch.cartesian_prod(axis, axis)
    distances = torus_distances(points, circumference=circumference)
    return TargetSpace("torus", distances, points, circumference)


def circle(
    count: int, *, circumference: float = 2 * math.pi, dtype: torch.dtype = torch.float64
) -> TargetSpace:
    """Divide a circle evenly, with distances along its arcs.

    Raises:
        OptionError: There are fewer than 2 points, or no positive length.

    """
    _check(count, circumference)
    points = circumference * torch.arange(count, dtype=dtype)[:, None] / count
    distances = torus_distances(points, circumference=circumference)
    return TargetSpace("torus", distances, points, circumference)


def finite_space(
    distances: Float[Tensor, "rows columns"], coordinates: Float[Tensor, "points c"] | None = None
) -> TargetSpace:
    """Take any finite metric space by its matrix of distances."""
    if coordinates is None:
        coordinates = torch.arange(len(distances), dtype=distances.dtype)[:, None]
    return TargetSpace("finite", distances, coordinates)


def sphere_distances(points: Float[Tensor, "n 3"], *, radius: float) -> Float[Tensor, "n n"]:
    """Great-circle distances between points of a sphere around the origin."""
    # From the chord, not the cosine: the arc cosine loses half of the digits of near points.
    chord = _euclidean(points / radius)
    return 2 * radius * torch.asin((chord / 2).clamp(max=1))


def torus_distances(points: Float[Tensor, "n c"], *, circumference: float) -> Float[Tensor, "n n"]:
    """Geodesic distances on a product of circles of one length."""
    gaps = (points[:, None] - points).abs() % circumference
    distances: Tensor = torch.minimum(gaps, circumference - gaps).square().sum(dim=2).sqrt()
    return distances


def _euclidean(points: Tensor) -> Tensor:
    distances: Tensor = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")
    return distances


def _check(count: int, extent: float) -> None:
    if count < 2:
        raise OptionError(f"target space: expected at least 2 points, found {count}")
    if not extent > 0:
        raise OptionError(f"target space: expected a positive extent, found {extent}")
