"""Shapes whose isometric embedding is known: bent rectangles, patches of sphere and torus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from isogloss.models.optimal_transport.joint_embedding import (
    euclidean_distances,
    path_distances,
    sphere_distances,
    torus_distances,
)
from research.methods.subsampling import farthest_points

LENGTH, WIDTH = 2.0, 1.0
"""Of the rectangle that is bent."""

_DENSE = 20
"""Random points for each that is kept; those kept lie evenly."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shape:
    """Points of a shape.

    Attributes:
        seen: Where they are given, of shape [n, 3]: for pictures.
        true: Where an isometry would put them, of shape [n, c].
        distances: Along the shape, of shape [n, n].

    """

    seen: np.ndarray
    true: np.ndarray
    distances: np.ndarray


def bent_rectangle(rng: np.random.Generator, points: int, how: str, *, hole: bool = False) -> Shape:
    """Bend a rectangle of length 2 and width 1 without stretching it."""
    flat = _scattered(rng, points, LENGTH, WIDTH, hole)
    along, across = flat.T
    if how == "s":
        # Two half circles, one to each side.
        radius = LENGTH / (2 * np.pi)
        angle = along / radius
        second = angle > np.pi
        x = radius * np.where(second, 3 + np.cos(angle), 1 - np.cos(angle))
        z = radius * np.sin(angle)
        seen = np.stack([x, across, z], axis=1)
    else:
        # An Archimedean spiral, walked at unit speed by a table of its arc length.
        angle = np.linspace(1.5 * np.pi, 3.5 * np.pi, 4000)
        curve = np.stack([angle * np.cos(angle), angle * np.sin(angle)], axis=1)
        steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
        walked = np.concatenate([[0.0], np.cumsum(steps)])
        at = along / LENGTH * walked[-1]
        seen = np.stack(
            [
                np.interp(at, walked, curve[:, 0]),
                across * walked[-1] / LENGTH,
                np.interp(at, walked, curve[:, 1]),
            ],
            axis=1,
        ) * (LENGTH / walked[-1])
    return Shape(
        seen=seen, true=flat, distances=path_distances(euclidean_distances(seen), neighbours=8)
    )


def spherical_patch(rng: np.random.Generator, points: int, cap: bool) -> Shape:
    """Take a patch of the unit sphere with a hole: a cap, or a rectangle of angles."""
    drawn = rng.standard_normal((10 * _DENSE * points, 3))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    longitude, latitude = np.arctan2(drawn[:, 1], drawn[:, 0]), np.arcsin(drawn[:, 2])
    inside = (
        drawn[:, 2] > np.cos(0.9) if cap else (np.abs(longitude) < 1.0) & (np.abs(latitude) < 0.5)
    )
    centre = (
        np.array([np.sin(0.3), 0, np.cos(0.3)]) if cap else np.array([np.cos(0.4), np.sin(0.4), 0])
    )
    kept = _thinned(drawn[inside & (drawn @ centre < np.cos(0.25))], points)
    distances = sphere_distances(torch.from_numpy(kept), radius=1.0).numpy()
    return Shape(seen=kept, true=kept, distances=distances)


def toroidal_patch(rng: np.random.Generator, points: int, triangle: bool) -> Shape:
    """Take a half of the flat torus, or a triangle on it."""
    drawn = rng.random((_DENSE * points, 2)) * (0.7 if triangle else 1.0)
    inside = drawn.sum(axis=1) < 0.7 if triangle else drawn[:, 0] < 0.5
    kept = _thinned(drawn[inside], points)
    distances = torus_distances(torch.from_numpy(kept), circumference=1.0).numpy()
    around, along = 2 * np.pi * kept.T
    seen = np.stack(
        [(2 + np.cos(along)) * np.cos(around), (2 + np.cos(along)) * np.sin(around), np.sin(along)],
        axis=1,
    )
    return Shape(seen=seen, true=kept, distances=distances)


def _scattered(
    rng: np.random.Generator, points: int, length: float, width: float, hole: bool
) -> np.ndarray:
    """Scatter points evenly over a rectangle."""
    drawn = rng.random((_DENSE * points, 2)) * (length, width)
    outside = np.linalg.norm(drawn - (0.7, 0.45), axis=1) >= 0.25
    return _thinned(drawn[outside] if hole else drawn, points)


def _thinned(drawn: np.ndarray, points: int) -> np.ndarray:
    return np.asarray(drawn[farthest_points(drawn, points)])
