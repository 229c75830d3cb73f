"""Bent surfaces into the plane, patches onto the sphere and the torus (§6.1, Fig. 3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.linalg import orthogonal_procrustes

from isogloss.models.optimal_transport.joint_embedding import (
    DescentOptions,
    JointEmbedding,
    TargetSpace,
    euclidean_distances,
    plane_grid,
    random_start,
    solve_joint_embedding,
    sphere,
    sphere_distances,
    torus,
    torus_distances,
    uniform_problem,
)
from research.papers.joint_embedding_surfaces import (
    LENGTH,
    Shape,
    bent_rectangle,
    spherical_patch,
    toroidal_patch,
)

_OPTIONS = DescentOptions(
    annealing=(256.0, 64.0, 16.0, 4.0, 1.0),
    iterations=20,
    tolerance=1e-4,
    step=0.3,
    sweeps=100,
    marginal_tolerance=1e-4,
)


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
    plane = plane_grid(per_axis, side=LENGTH)
    ball, ring = sphere(per_axis**2), torus(per_axis)
    pairs = {
        "S-bend and Swiss roll": (
            bent_rectangle(rng, points, "s"),
            bent_rectangle(rng, points, "roll"),
            plane,
        ),
        "S-bend and Swiss roll, hole": (
            bent_rectangle(rng, points, "s"),
            bent_rectangle(rng, points, "roll", hole=True),
            plane,
        ),
        "sphere: rectangle and cap": (
            spherical_patch(rng, points, False),
            spherical_patch(rng, points, True),
            ball,
        ),
        "torus: half and triangle": (
            toroidal_patch(rng, points, False),
            toroidal_patch(rng, points, True),
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
