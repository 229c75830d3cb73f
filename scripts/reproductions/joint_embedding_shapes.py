"""Bent surfaces into the plane, patches onto the sphere and the torus (§6.1, Fig. 3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import orthogonal_procrustes

from models.transport.joint_embedding import (
    DescentOptions,
    JointEmbedding,
    TargetSpace,
    euclidean_distances,
    path_distances,
    plane_grid,
    random_start,
    solve_joint_embedding,
    sphere,
    sphere_distances,
    torus,
    torus_distances,
    uniform_problem,
)

_LENGTH, _WIDTH = 2.0, 1.0
_OPTIONS = DescentOptions(
    annealing=(256.0, 64.0, 16.0, 4.0, 1.0),
    iterations=20,
    tolerance=1e-4,
    step=0.3,
    sweeps=100,
    marginal_tolerance=1e-4,
)


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solved:
    """A pair of shapes and what became of it."""

    name: str
    shapes: tuple[Shape, Shape]
    space: TargetSpace
    embedding: JointEmbedding
    row: Mapping[str, object]


def shapes(seed: int, *, points: int, per_axis: int, starts: int) -> list[Solved]:
    """Embed each pair of shapes from several random starts; the least cost is kept.

    Args:
        seed: Of the points, and of the first start.
        points: Points of each shape.
        per_axis: The target space has the square of this many places (paper: 50 and 30).
        starts: Random starts.

    """
    rng = np.random.default_rng(seed)
    plane = plane_grid(per_axis, side=_LENGTH)
    ball, ring = sphere(per_axis**2), torus(per_axis)
    pairs = {
        "S-bend and Swiss roll": (_bent(rng, points, "s"), _bent(rng, points, "roll"), plane),
        "S-bend and Swiss roll, hole": (
            _bent(rng, points, "s"),
            _bent(rng, points, "roll", hole=True),
            plane,
        ),
        "sphere: rectangle and cap": (
            _spherical(rng, points, False),
            _spherical(rng, points, True),
            ball,
        ),
        "torus: half and triangle": (
            _toroidal(rng, points, False),
            _toroidal(rng, points, True),
            ring,
        ),
    }
    return [
        _solve(name, (first, second), space, seed, starts)
        for name, (first, second, space) in pairs.items()
    ]


def _solve(
    name: str, pair: tuple[Shape, Shape], space: TargetSpace, seed: int, starts: int
) -> Solved:
    scale = float(np.mean([np.square(shape.distances).mean() for shape in pair]))
    penalty = 10.0
    problem = uniform_problem(
        torch.from_numpy(pair[0].distances),
        torch.from_numpy(pair[1].distances),
        space,
        penalty=penalty,
        epsilon=2e-3 * penalty * scale,
    )
    found = min(
        (
            solve_joint_embedding(
                problem, random_start(problem, seed=1000 * seed + start), _OPTIONS
            )
            for start in range(starts)
        ),
        key=lambda embedding: embedding.cost,
    )
    places = (found.source_places.numpy(), found.target_places.numpy())
    distortions = [
        _relative(shape.distances, _geodesics(place, space))
        for shape, place in zip(pair, places, strict=True)
    ]
    flat = space.geometry != "torus"
    row: dict[str, object] = {
        "experiment": "shapes",
        "seed": seed,
        "pair": name,
        "cost": found.cost,
        "distance_between_images": found.transport**0.5,
        "source_distortion": distortions[0],
        "target_distortion": distortions[1],
        "iterations": found.iterations,
        "converged": found.converged,
    }
    if flat:
        centred = space.geometry == "plane"
        explained = [
            _explained(shape.true, place, centred=centred)
            for shape, place in zip(pair, places, strict=True)
        ]
        row |= {"source_explained": explained[0], "target_explained": explained[1]}
        if centred:
            bare = [_explained(shape.true, _components(shape.seen), centred=True) for shape in pair]
            row |= {"source_components": bare[0], "target_components": bare[1]}
    return Solved(name=name, shapes=pair, space=space, embedding=found, row=row)


def _bent(rng: np.random.Generator, points: int, how: str, *, hole: bool = False) -> Shape:
    """Bend a rectangle of length 2 and width 1 without stretching it."""
    flat = _scattered(rng, points, _LENGTH, _WIDTH, hole)
    along, across = flat.T
    if how == "s":
        # Two half circles, one to each side.
        radius = _LENGTH / (2 * np.pi)
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
        at = along / _LENGTH * walked[-1]
        seen = np.stack(
            [
                np.interp(at, walked, curve[:, 0]),
                across * walked[-1] / _LENGTH,
                np.interp(at, walked, curve[:, 1]),
            ],
            axis=1,
        ) * (_LENGTH / walked[-1])
    return Shape(
        seen=seen, true=flat, distances=path_distances(euclidean_distances(seen), neighbours=8)
    )


def _spherical(rng: np.random.Generator, points: int, cap: bool) -> Shape:
    """Take a patch of the unit sphere with a hole: a cap, or a rectangle of angles."""
    drawn = rng.standard_normal((200 * points, 3))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    longitude, latitude = np.arctan2(drawn[:, 1], drawn[:, 0]), np.arcsin(drawn[:, 2])
    inside = (
        drawn[:, 2] > np.cos(0.9) if cap else (np.abs(longitude) < 1.0) & (np.abs(latitude) < 0.5)
    )
    centre = (
        np.array([np.sin(0.3), 0, np.cos(0.3)]) if cap else np.array([np.cos(0.4), np.sin(0.4), 0])
    )
    kept = drawn[inside & (drawn @ centre < np.cos(0.25))][:points]
    distances = sphere_distances(torch.from_numpy(kept), radius=1.0).numpy()
    return Shape(seen=kept, true=kept, distances=distances)


def _toroidal(rng: np.random.Generator, points: int, triangle: bool) -> Shape:
    """Take a half of the flat torus, or a triangle on it."""
    drawn = rng.random((10 * points, 2)) * (0.7 if triangle else 1.0)
    inside = drawn.sum(axis=1) < 0.7 if triangle else drawn[:, 0] < 0.5
    kept = drawn[inside][:points]
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
    """Scatter points evenly: a random one may come only where no other is near."""
    near = 0.7 * np.sqrt(length * width / points)
    kept = np.empty((0, 2))
    while len(kept) < points:
        candidate = rng.random(2) * (length, width)
        if hole and np.linalg.norm(candidate - (0.7, 0.45)) < 0.25:
            continue
        if len(kept) == 0 or np.linalg.norm(kept - candidate, axis=1).min() > near:
            kept = np.vstack([kept, candidate])
        near *= 0.9999
    return kept


def _geodesics(places: np.ndarray, space: TargetSpace) -> np.ndarray:
    at = torch.from_numpy(places)
    if space.geometry == "sphere":
        return sphere_distances(at, radius=space.extent).numpy()
    if space.geometry == "torus":
        return torus_distances(at, circumference=space.extent).numpy()
    return euclidean_distances(places)


def _relative(distances: np.ndarray, found: np.ndarray) -> float:
    """Root mean squared change of a distance, relative to the distances."""
    return float(np.sqrt(np.square(distances - found).mean() / np.square(distances).mean()))


def _explained(true: np.ndarray, places: np.ndarray, *, centred: bool) -> float:
    """Share of the true places' spread that the found ones explain under the best isometry."""
    if centred:
        true, places = true - true.mean(axis=0), places - places.mean(axis=0)
    turn, _ = orthogonal_procrustes(places, true)
    return float(1 - np.square(places @ turn - true).sum() / np.square(true - true.mean(0)).sum())


def _components(seen: np.ndarray) -> np.ndarray:
    """First two principal components: what a linear look sees."""
    centred = seen - seen.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(left[:, :2] * singular[:2])
