"""Two vocabularies on one map, made from the distances within each of them alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from isogloss.models.choices import Surface
from isogloss.models.errors import OptionError
from isogloss.models.optimal_transport.joint_embedding.block_coordinate_descent import (
    DescentOptions,
    solve_joint_embedding,
)
from isogloss.models.optimal_transport.joint_embedding.output import JointEmbedding
from isogloss.models.optimal_transport.joint_embedding.path_distances import (
    euclidean_distances,
    path_distances,
)
from isogloss.models.optimal_transport.joint_embedding.problem import uniform_problem
from isogloss.models.optimal_transport.joint_embedding.starts import (
    couple_by_distances,
    transferred_start,
)
from isogloss.models.optimal_transport.joint_embedding.target_spaces import (
    TargetSpace,
    plane_grid,
    sphere,
)

_MEAN_DISTANCE_IN_UNIT_SQUARE = 0.5214
_MOST_PER_AXIS = 20
_ITERATIONS = 60
_COUPLING_EPSILON = 0.005
"""Seen on docs French-Spanish: 0.02 finds nothing, 0.01 half, 0.005 three quarters of the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOptions:
    """How to draw a map of words.

    Attributes:
        surface: Where to draw it.
        per_axis: The target space has the square of this many places; None takes twice as many
            places as there are words of a language, at most 400.
        neighbours: Neighbours of a word in the graph along which distances are measured.
        penalty: λ, for distances with mean 1.
        epsilon: ε. A weaker entropy gives sharper places and takes longer.
        seed: Of the first embedding.

    Raises:
        OptionError: A number is not positive.

    """

    surface: Surface = "plane"
    per_axis: int | None = None
    neighbours: int = 30
    penalty: float = 10.0
    epsilon: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        counts = (self.neighbours, 2 if self.per_axis is None else self.per_axis - 1)
        if min(counts) < 1 or min(self.penalty, self.epsilon) <= 0:
            raise OptionError(f"map: expected positive numbers, found {self}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VocabularyMap:
    """The places of two vocabularies.

    Attributes:
        embedding: The solution; its places are those of the words.
        space: The target space.
        coupling: Which words the start took for each other, of shape [n, m], of total mass 1.

    """

    embedding: JointEmbedding
    space: TargetSpace
    coupling: Float[Tensor, "n m"]


def map_vocabularies(
    source: Float32[np.ndarray, "n d"],
    target: Float32[np.ndarray, "m e"],
    *,
    options: MapOptions | None = None,
    coupling: Float[Tensor, "n m"] | None = None,
    device: str = "cpu",
    observe: Callable[[int, int], None] = lambda done, of: None,
) -> VocabularyMap:
    """Draw two vocabularies on one surface by EW_λ, without any correspondence.

    Within each language words are as far from each other as the shortest path over near neighbours
    is long, divided by the mean. The surface is as large as makes the mean distance between its
    points 1. The descent starts from a map of the source alone, carried to the target by a
    coupling.

    Args:
        source: Normalised source vectors, of shape [n, d].
        target: Normalised target vectors, of shape [m, e]; e need not be d.
        options: How to draw.
        coupling: Where the start gets its orientation from, of shape [n, m]. None couples the
            words by entropic Gromov-Wasserstein between their distances.
        device: Where to compute.
        observe: Is told the number of steps done, and of how many at most.

    """
    options = options or MapOptions()
    space = _surface(options, max(len(source), len(target)), device)
    problem = uniform_problem(
        _relative_paths(source, options.neighbours, device),
        _relative_paths(target, options.neighbours, device),
        space,
        penalty=options.penalty,
        epsilon=options.epsilon,
    )
    if coupling is None:
        coupling = couple_by_distances(problem, epsilon=_COUPLING_EPSILON)
    coupling = (coupling / coupling.sum()).to(problem.source_distances)
    embedding = solve_joint_embedding(
        problem,
        transferred_start(problem, coupling, seed=options.seed),
        DescentOptions(
            iterations=_ITERATIONS, tolerance=1e-4, step=0.1, sweeps=200, marginal_tolerance=1e-4
        ),
        observe=lambda done, _: observe(done, _ITERATIONS),
    )
    return VocabularyMap(embedding=embedding, space=space, coupling=coupling)


def _surface(options: MapOptions, words: int, device: str) -> TargetSpace:
    per_axis = options.per_axis or min(_MOST_PER_AXIS, math.ceil(math.sqrt(2 * words)))
    if options.surface == "sphere":
        # Two points of a sphere are a quarter of its circumference apart on average.
        space = sphere(per_axis**2, radius=2 / np.pi)
    else:
        space = plane_grid(per_axis, side=1 / _MEAN_DISTANCE_IN_UNIT_SQUARE)
    return TargetSpace(
        space.geometry, space.distances.to(device), space.coordinates.to(device), space.extent
    )


def _relative_paths(vectors: np.ndarray, neighbours: int, device: str) -> Tensor:
    paths = path_distances(euclidean_distances(vectors), neighbours=neighbours)
    mean = paths.sum() / max(len(paths) * (len(paths) - 1), 1)
    return torch.from_numpy(paths / max(mean, np.finfo(np.float64).tiny)).to(device)
