"""Gaussian mixtures as measures on the space of Gaussians (§6.3, Fig. 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import make_blobs, make_moons
from sklearn.mixture import GaussianMixture

from isogloss.models.optimal_transport.joint_embedding import (
    DescentOptions,
    JointEmbedding,
    JointEmbeddingProblem,
    random_start,
    solve_joint_embedding,
)
from research.methods.gaussian_space import gaussian_distances, gaussian_space

_POINTS = 1000
_PENALTY = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SolvedMixtures:
    """Two mixtures and their embedding."""

    name: str
    points: tuple[np.ndarray, np.ndarray]
    mixtures: tuple[GaussianMixture, GaussianMixture]
    embedding: JointEmbedding
    row: Mapping[str, object]


def mixtures(seed: int, *, per_axis: int, starts: int) -> list[SolvedMixtures]:
    """Fit a mixture to a data set and to another draw of it, turned and moved; align the two.

    Args:
        seed: Of the data, the turn, the fits and the starts.
        per_axis: Means along each axis of the target space (paper: 15).
        starts: Random starts; the least cost is kept.

    """
    return [
        _align(name, components, seed, per_axis, starts)
        for name, components in (("blobs", 4), ("moons", 8))
    ]


def _align(name: str, components: int, seed: int, per_axis: int, starts: int) -> SolvedMixtures:
    rng = np.random.default_rng(seed)
    turn = _rotation(rng.uniform(0.5, 2 * np.pi - 0.5))
    first = _draw(name, seed)
    # Another draw: the two mixtures are alike, not the same.
    second = _draw(name, seed + 500) @ turn.T + rng.uniform(-3, 3, 2)
    fits = tuple(
        GaussianMixture(components, random_state=seed, n_init=3).fit(points)
        for points in (first, second)
    )
    means = [torch.from_numpy(fit.means_) for fit in fits]
    covariances = [torch.from_numpy(fit.covariances_) for fit in fits]
    distances = [gaussian_distances(m, s) for m, s in zip(means, covariances, strict=True)]
    spread = float(max(d.max() for d in distances))
    variance = float(
        np.mean([np.trace(s.numpy(), axis1=1, axis2=2).mean() / 2 for s in covariances])
    )
    space = gaussian_space(
        per_axis,
        side=1.1 * spread,
        scales=(0.5 * variance, 1.5 * variance),
        angles=tuple(np.pi * np.arange(4) / 4),
    )
    weights = [torch.from_numpy(fit.weights_ / fit.weights_.sum()) for fit in fits]
    problem = JointEmbeddingProblem(
        source_distances=distances[0],
        target_distances=distances[1],
        source_weights=weights[0],
        target_weights=weights[1],
        space=space,
        penalty=_PENALTY,
        epsilon=1e-3 * _PENALTY * spread**2,
    )
    options = DescentOptions(
        annealing=(64.0, 16.0, 4.0, 1.0),
        iterations=20,
        tolerance=1e-4,
        sweeps=100,
        marginal_tolerance=1e-4,
    )
    found = min(
        (
            solve_joint_embedding(problem, random_start(problem, seed=100 * seed + start), options)
            for start in range(starts)
        ),
        key=lambda embedding: embedding.cost,
    )
    # Which component of the first draw each of the second is: nearest after turning back. Moons
    # look the same after half a turn, and no method can tell which of the two was meant.
    centre = first.mean(axis=0)
    back = (means[1].numpy() - second.mean(axis=0)) @ turn
    turned = [centre + back, centre - back] if name == "moons" else [centre + back]
    matched = found.coupling.numpy().argmax(axis=0)
    rights = [
        np.square(places[:, None] - means[0].numpy()).sum(axis=2).argmin(axis=1)
        for places in turned
    ]
    scale = float(torch.stack([d.square().mean() for d in distances]).mean())
    row: dict[str, object] = {
        "experiment": "gaussians",
        "seed": seed,
        "data": name,
        "components": components,
        "places": len(space),
        "matched": max(float(np.mean(matched == right)) for right in rights),
        "relative_distance": (found.transport / scale) ** 0.5,
        "source_distortion": (found.source_distortion / scale) ** 0.5,
        "target_distortion": (found.target_distortion / scale) ** 0.5,
    }
    return SolvedMixtures(
        name=name, points=(first, second), mixtures=(fits[0], fits[1]), embedding=found, row=row
    )


def _draw(name: str, seed: int) -> np.ndarray:
    if name == "blobs":
        # Fixed centres, at distances that no turn but the right one makes meet.
        centres = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 7.0], [9.0, 5.0]])
        points, _ = make_blobs(
            _POINTS, centers=centres, cluster_std=[0.5, 0.9, 0.7, 1.1], random_state=seed
        )
    else:
        points, _ = make_moons(_POINTS, noise=0.05, random_state=seed)
    return np.asarray(points)


def _rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
