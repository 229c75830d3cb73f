"""The experiments of GW-GAN: what is generated, and figures of how well."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from scipy.sparse.csgraph import shortest_path
from scipy.stats import spearmanr
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_s_curve
from sklearn.neighbors import kneighbors_graph
from torch import Tensor

from models.generation.constraints import (
    AbsoluteValues,
    Constraint,
    Style,
    TotalVariation,
    train_classifier,
)
from models.generation.discrepancy import CouplingSettings, coupling, distances
from models.generation.gan import GanRecipe, GanResult, Reference, train_gan
from models.generation.orthogonality import Orthogonality

Measured = tuple[dict[str, Any], dict[str, Tensor]]

_DEVIATION = 0.1
_GENERATED = 800
_COUPLED = 150
_NEIGHBOURS = 8

MIXTURES: dict[str, tuple[int, int, int, bool]] = {
    "4 modes, 2-D → 2-D, adversary": (4, 2, 2, True),
    "5 modes, 2-D → 2-D, adversary": (5, 2, 2, True),
    "8 modes, 2-D → 2-D, adversary": (8, 2, 2, True),
    "4 modes, 2-D → 3-D": (4, 2, 3, False),
    "4 modes, 3-D → 2-D": (4, 3, 2, False),
}
"""Case → modes, dimension of the data, dimension of what is generated, adversary or none."""


def measure_mixture(case: str, seed: int, steps: int) -> Measured:
    """Fig. 2a, 3 and 10: a mixture of Gaussians on a circle, five with one in the middle."""
    modes, before, after, adversary = MIXTURES[case]
    centres = mode_centres(modes, before)
    data = _mixture(centres, seed)
    recipe = GanRecipe(
        steps=steps, adversary_widths=(32,) if adversary else None, features=2, penalty=10.0
    )
    begin = time.perf_counter()
    points = train_gan(Reference(data), after, recipe, seed=seed).generate(_GENERATED, seed=seed)
    figures = {
        "modes recovered": float(modes_recovered(points, centres)),
        "seconds": time.perf_counter() - begin,
    }
    paper = {"modes recovered": f"all {modes} (picture)"}
    return _row("mixtures", case, seed, figures, paper), {f"{case}": points}


def measure_centring(weight: float, seed: int, steps: int) -> Measured:
    """Fig. 7: four modes with and without the ℓ1 penalty."""
    centres = mode_centres(4, 2)
    result = train_gan(
        Reference(_mixture(centres, seed)),
        2,
        GanRecipe(steps=steps),
        constraints=[(0, AbsoluteValues(weight))] if weight else [],
        seed=seed,
    )
    points = result.generate(_GENERATED, seed=seed)
    case = "ℓ1 penalty" if weight else "no penalty"
    figures = {
        "modes recovered": float(modes_recovered(points, centres)),
        "distance of the mean from the origin": float(points.mean(dim=0).norm()),
    }
    paper = {
        "modes recovered": "all 4 (picture)",
        "distance of the mean from the origin": "centred" if weight else "anywhere",
    }
    return _row("centring", case, seed, figures, paper), {case: points}


def measure_s_curve(seed: int, steps: int) -> Measured:
    """Fig. 4a: an S-curve in space to the plane, by shortest paths over near neighbours."""
    points, _ = make_s_curve(600, random_state=seed)
    graph = kneighbors_graph(points, _NEIGHBOURS, mode="distance")
    return _manifold("S-curve to the plane", shortest_path(graph, directed=False), seed, steps)


def measure_graph(seed: int, steps: int) -> Measured:
    """Fig. 4b: a weighted graph to the plane: a grid of 14 × 14 nodes with a hole."""
    side = 14
    kept = [(i, j) for i in range(side) for j in range(side) if math.hypot(i - 6.5, j - 6.5) > 3]
    places = np.array(kept, float) / 4
    close = np.linalg.norm(places[:, None] - places, axis=2)
    weights = np.where((close > 0) & (close < 0.36), close, 0)
    return _manifold("graph to the plane", shortest_path(weights, directed=False), seed, steps)


def measure_style(style: str, seed: int, steps: int) -> Measured:
    """Fig. 5: 8×8 digits, bold or thin by a classifier that is switched on halfway."""
    images = torch.from_numpy(load_digits().data).float() / 16
    ink = images.sum(dim=1)
    bold = (ink > ink.median()).float()
    classifier = train_classifier(images, bold, seed=seed)
    if style == "thin":  # the other side of the same classifier
        last = classifier[-1]  # type: ignore[index]
        last.weight.neg_()
        last.bias.neg_()
    constraints: list[tuple[int, Constraint]] = [(0, TotalVariation(0.02))]
    if style != "none":
        constraints.append((steps // 2, Style(classifier, 1.0)))
    recipe = GanRecipe(steps=steps, adversary_widths=(64,), features=16, penalty=10.0, noise=24)
    result = train_gan(Reference(images), 64, recipe, constraints=constraints, seed=seed)
    points = result.generate(_GENERATED, seed=seed)
    case = {"none": "no style", "bold": "bold", "thin": "thin"}[style]
    figures = {
        "mean ink": float(points.sum(dim=1).mean()),
        "discrepancy, last tenth": _last_tenth(result),
    }
    paper = {"mean ink": "thicker strokes when bold (picture)"}
    return _row("style", case, seed, figures, paper), {case: points[:16]}


def measure_ablation(kind: Orthogonality, seed: int, steps: int) -> Measured:
    """Fig. 9: how far the adversary stretches the space under each kind of penalty."""
    centres = mode_centres(4, 2)
    recipe = GanRecipe(
        steps=steps, adversary_widths=(32,), features=2, orthogonality=kind, penalty=10.0
    )
    result = train_gan(Reference(_mixture(centres, seed)), 2, recipe, seed=seed)
    points = result.generate(_GENERATED, seed=seed)
    figures = {
        "stretch by the adversary": result.expansion,
        "modes recovered": float(modes_recovered(points, centres)),
    }
    held = kind == "procrustes"
    paper = {
        "stretch by the adversary": "held" if held else "not held",
        "modes recovered": "all 4 (picture)" if held else "distorted (picture)",
    }
    return _row("ablation", kind, seed, figures, paper), {kind: points}


def mode_centres(modes: int, dimension: int) -> Tensor:
    """Centres on the unit circle; with five, one in the middle; in space on a tetrahedron."""
    if dimension == 3:
        corners = [[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
        return torch.tensor(corners[:modes]) / 3**0.5
    around = modes - 1 if modes == 5 else modes
    angles = torch.arange(around) * (2 * math.pi / around)
    circle = torch.stack([angles.cos(), angles.sin()], dim=1)
    return torch.cat([circle, torch.zeros(modes - around, 2)])


def modes_recovered(points: Tensor, centres: Tensor) -> int:
    """Count the clusters that stand for a mode.

    As many clusters as there are modes are fitted. One counts if it has at least half its share of
    the points, and its root mean square radius is below a third of the least distance between the
    modes of the data and below half of that to the nearest other cluster.
    """
    count = len(centres)
    found = KMeans(count, n_init=10, random_state=0).fit(points.double().numpy())
    middles = torch.from_numpy(found.cluster_centers_)
    labels = torch.from_numpy(found.labels_)
    gap = float((torch.cdist(centres, centres) + 1e9 * torch.eye(count)).min())
    between = torch.cdist(middles, middles) + 1e9 * torch.eye(count)
    recovered = 0
    for mode in range(count):
        own = points[labels == mode].double()
        if len(own) < len(points) / count / 2:
            continue
        radius = float((own - middles[mode]).square().sum(dim=1).mean().sqrt())
        recovered += radius < gap / 3 and radius < float(between[mode].min()) / 2
    return recovered


def _manifold(case: str, paths: np.ndarray, seed: int, steps: int) -> Measured:
    table = torch.from_numpy(paths / paths.mean()).float()
    result = train_gan(Reference(table=table), 2, GanRecipe(steps=steps), seed=seed)
    points = result.generate(_GENERATED, seed=seed)
    # Nothing says which generated point stands for which node: an independent coupling does.
    rows = torch.randperm(len(table), generator=torch.Generator().manual_seed(seed))[:_COUPLED]
    data, own = table[rows][:, rows], distances(points[:_COUPLED])
    plan = coupling(data, own, CouplingSettings(epsilon=0.01, outer_iterations=60))
    partners = plan.argmax(dim=1)
    upper = torch.triu_indices(len(rows), len(rows), 1)
    images = own[partners][:, partners]
    figures = {
        "rank correlation of distances": float(
            spearmanr(data[upper[0], upper[1]], images[upper[0], upper[1]]).statistic
        ),
        "discrepancy, last tenth": _last_tenth(result),
    }
    paper = {"rank correlation of distances": "structure recovered (picture)"}
    return _row("manifolds", case, seed, figures, paper), {case: points}


def _mixture(centres: Tensor, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(1000 + seed)
    rows = torch.randint(len(centres), (2000,), generator=generator)
    return centres[rows] + _DEVIATION * torch.randn(2000, centres.shape[1], generator=generator)


def _last_tenth(result: GanResult) -> float:
    last = result.losses[-max(1, len(result.losses) // 10) :]
    return sum(last) / len(last)


def _row(
    part: str, case: str, seed: int, figures: dict[str, float], paper: dict[str, str]
) -> dict[str, Any]:
    rounded = {name: round(value, 5) for name, value in figures.items()}
    return {"part": part, "case": case, "seed": seed, "figures": rounded, "paper": paper}
