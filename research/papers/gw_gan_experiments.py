"""The experiments of GW-GAN: what is generated, and figures of how well."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import torch
from scipy.sparse.csgraph import shortest_path
from scipy.stats import spearmanr
from sklearn.datasets import load_digits, make_s_curve
from sklearn.neighbors import kneighbors_graph
from torch import Tensor

from isogloss.models.generation.constraints import (
    AbsoluteValues,
    Constraint,
    Style,
    TotalVariation,
    train_classifier,
)
from isogloss.models.generation.discrepancy import careful_coupling, careful_discrepancy, distances
from isogloss.models.generation.gan import train_gan
from isogloss.models.generation.orthogonality import Orthogonality
from isogloss.models.generation.recipe import GanRecipe
from isogloss.models.generation.reference import Reference
from research.papers.gw_gan_modes import (
    arrangement_error,
    imbalance,
    mixture,
    mode_centres,
    modes_recovered,
    width_ratio,
)

Measured = tuple[dict[str, Any], dict[str, Tensor]]

_GENERATED = 800
_HELD_OUT = 300
_COUPLED = 150
_NEIGHBOURS = 8
_OTHER_DRAW = 500
_BOLD = 0.5

MIXTURES: dict[str, tuple[int, int, int, bool]] = {
    f"{modes} modes, {before}-D → {after}-D{', adversary' if adversary else ''}": (
        modes,
        before,
        after,
        adversary,
    )
    for modes, before, after in ((4, 2, 2), (5, 2, 2), (8, 2, 2), (4, 2, 3), (4, 3, 2))
    for adversary in (True, False)
}
"""Case → modes, dimension of the data, dimension of what is generated, adversary or none."""


def measure_mixture(case: str, seed: int, steps: int) -> Measured:
    """Fig. 2a, 3, 8a and 10: a mixture of Gaussians on a circle, five with one in the middle."""
    modes, before, after, adversary = MIXTURES[case]
    centres = mode_centres(modes, before)
    recipe = GanRecipe(
        steps=steps,
        adversary_widths=(32,) if adversary else None,
        features=max(before, after),
    )
    begin = time.process_time()
    result = train_gan(Reference(mixture(centres, seed)), after, recipe, seed=seed)
    seconds = time.process_time() - begin
    points = result.generate(_GENERATED, seed=seed)
    others = mixture(centres, seed + _OTHER_DRAW, 2 * _HELD_OUT)
    figures = {
        "modes recovered": float(modes_recovered(points, centres)),
        "width over that of the data": width_ratio(points, centres),
        "arrangement error": arrangement_error(points, centres),
        "imbalance": imbalance(points, centres),
        "held-out discrepancy": _discrepancy(others[:_HELD_OUT], points[:_HELD_OUT]),
        "the same of two batches of data": _discrepancy(others[:_HELD_OUT], others[_HELD_OUT:]),
        "seconds of one core": seconds,
    }
    return _row("mixtures", case, seed, steps, figures), {case: points}


def measure_centring(case: str, seed: int, steps: int) -> Measured:
    """Fig. 7: four modes with and without the ℓ1 penalty."""
    centres = mode_centres(4, 2)
    result = train_gan(
        Reference(mixture(centres, seed)),
        2,
        GanRecipe(steps=steps),
        constraints=[(0, AbsoluteValues(0.02))] if case == "ℓ1 penalty" else [],
        seed=seed,
    )
    points = result.generate(_GENERATED, seed=seed)
    figures = {
        "modes recovered": float(modes_recovered(points, centres)),
        "distance of the mean from the origin": float(points.mean(dim=0).norm()),
    }
    return _row("centring", case, seed, steps, figures), {case: points}


def measure_manifold(case: str, seed: int, steps: int) -> Measured:
    """Fig. 4: relations of an S-curve, of a graph and of a sheet, in another space."""
    table = {"S-curve to the plane": _s_curve, "graph to the plane": _graph}.get(case, _sheet)(seed)
    after = 3 if case == "sheet to space" else 2
    result = train_gan(Reference(table=table), after, GanRecipe(steps=steps), seed=seed)
    points = result.generate(_GENERATED, seed=seed)
    # Nothing says which generated point stands for which node: an independent coupling does.
    order = torch.randperm(len(table), generator=torch.Generator().manual_seed(seed))
    rows = order[: min(_COUPLED, len(table))]
    data, own = table[rows][:, rows], distances(points[: len(rows)])
    partners = careful_coupling(data, own).argmax(dim=1)
    upper = torch.triu_indices(len(rows), len(rows), 1)
    images = own[partners][:, partners]
    figures = {
        "rank correlation of distances": float(
            spearmanr(data[upper[0], upper[1]], images[upper[0], upper[1]]).statistic
        ),
        "mean distance over that of the data": float(distances(points).mean() / table.mean()),
    }
    if after == 3:
        spread = torch.linalg.eigvalsh(points.T.cov())
        figures["share of the variance outside of a plane"] = float(spread[0] / spread.sum())
    return _row("manifolds", case, seed, steps, figures), {case: points}


def measure_style(case: str, seed: int, steps: int) -> Measured:
    """Fig. 5 and 8b: 8×8 digits, bold or thin by a classifier that is switched on halfway.

    Another classifier, trained on other images, says whether the strokes are bold.
    """
    images = torch.from_numpy(load_digits().data).float() / 16
    images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))]
    ink = images.sum(dim=1)
    bold = (ink > ink.median()).float()
    half = len(images) // 2
    classifier = train_classifier(images[:half], bold[:half], seed=seed)
    judge = train_classifier(images[half:], bold[half:], seed=seed + 1)
    if case == "thin":  # the other side of the same classifier
        last = classifier[-1]  # type: ignore[index]
        last.weight.neg_()
        last.bias.neg_()
    constraints: list[tuple[int, Constraint]] = [(0, TotalVariation(0.01))]
    if case in ("bold", "thin"):
        constraints.append((steps // 2, Style(classifier, 1.0)))
    recipe = GanRecipe(
        steps=steps,
        adversary_widths=None if case == "no adversary" else (64,),
        features=16,
        noise=16,
        learning_rate=3e-3,
    )
    result = train_gan(
        Reference(images[:half]), images.shape[1], recipe, constraints=constraints, seed=seed
    )
    points = result.generate(_GENERATED, seed=seed)
    figures = {
        "mean ink": float(points.sum(dim=1).mean()),
        "mean ink of the data": float(ink.mean()),
        "share judged bold": float((torch.sigmoid(judge(points)) > _BOLD).float().mean()),
        "held-out discrepancy": _discrepancy(images[half:][:_HELD_OUT], points[:_HELD_OUT]),
        "the same of two batches of data": _discrepancy(
            images[half:][:_HELD_OUT], images[half:][_HELD_OUT : 2 * _HELD_OUT]
        ),
    }
    return _row("style", case, seed, steps, figures), {case: points[:16]}


def measure_ablation(case: Orthogonality, seed: int, steps: int) -> Measured:
    """Fig. 9: how far the adversary stretches the space under each kind of penalty.

    It is trained harder than elsewhere, one step for each of the generator and at a higher rate,
    so that it can stretch if nothing holds it.
    """
    centres = mode_centres(4, 2)
    recipe = GanRecipe(
        steps=steps,
        adversary_widths=(32,),
        features=2,
        orthogonality=case,
        generator_steps=1,
        adversary_rate=5e-3,
    )
    result = train_gan(Reference(mixture(centres, seed)), 2, recipe, seed=seed)
    points = result.generate(_GENERATED, seed=seed)
    figures = {
        "stretch of the data": result.expansion[0],
        "stretch of what is generated": result.expansion[1],
        "modes recovered": float(modes_recovered(points, centres)),
        "width over that of the data": width_ratio(points, centres),
    }
    return _row("ablation", case, seed, steps, figures), {case: points}


def _s_curve(seed: int) -> Tensor:
    points, _ = make_s_curve(600, random_state=seed)
    graph = kneighbors_graph(points, _NEIGHBOURS, mode="distance")
    return _of_mean_one(shortest_path(graph, directed=False))


def _graph(_: int) -> Tensor:
    """Weighted graph: a grid of 14 × 14 nodes with a hole."""
    side = 14
    kept = [(i, j) for i in range(side) for j in range(side) if math.hypot(i - 6.5, j - 6.5) > 3]
    places = np.array(kept, float) / 4
    close = np.linalg.norm(places[:, None] - places, axis=2)
    weights = np.where((close > 0) & (close < 0.36), close, 0)
    return _of_mean_one(shortest_path(weights, directed=False))


def _sheet(seed: int) -> Tensor:
    """Straight distances within a rectangle, for the way back from the plane to space."""
    points = np.random.default_rng(seed).uniform(size=(600, 2)) * (3, 1)
    return _of_mean_one(np.linalg.norm(points[:, None] - points, axis=2))


def _of_mean_one(table: np.ndarray) -> Tensor:
    return torch.from_numpy(table / table.mean()).float()


def _discrepancy(first: Tensor, second: Tensor) -> float:
    return careful_discrepancy(distances(first), distances(second))


def _row(part: str, case: str, seed: int, steps: int, figures: dict[str, float]) -> dict[str, Any]:
    rounded = {name: round(value, 5) for name, value in figures.items()}
    return {"part": part, "case": case, "seed": seed, "steps": steps, "figures": rounded}
