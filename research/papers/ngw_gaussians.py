"""`python -m research.papers ngw-gaussians`: Table 1 of NGW, whose answer is known in closed form.

Each side is N(0, Σ) with eigenvalues drawn from [½, 2] and random directions. NGW starts at a
random orthogonal map of the whitened sides and sees each side as a stream of its own: no point
twice, no pair ever. The discrete solver and the regression on its plan get samples of the same
Gaussians. On one core of a busy machine a seed of 256 → 256 takes some minutes, one of 1,024
dimensions seven to thirteen, which are therefore run only where they are asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import ot
import torch
import typer
from torch import Tensor

from isogloss.models.aligners.neural_gw.sampler import StreamSampler, gaussian
from isogloss.models.aligners.pair_fitting import linear_map
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.models.errors import OptionError
from isogloss.scripts.progress import tracked
from research.measurement import add_result, read_results
from research.methods.gaussian_gromov_wasserstein import (
    bures_wasserstein_uvp,
    gaussian_inner_gromov_wasserstein,
    inner_gromov_wasserstein,
)
from research.methods.neural_gw_solver import solve_inner_gromov_wasserstein
from research.papers.ngw_gaussians_table import PAPER, table

_DEFAULT_ROWS = tuple(f"{m}-{n}" for m, n in PAPER if m <= 256)
_EVALUATED = 2048
_MOMENT_POINTS = 262144
_BLOCK = 16384

Map = Callable[[Tensor], Tensor]


def reproduce(
    *,
    rows: Annotated[
        list[str] | None, typer.Option("--row", help="Such as 64-16; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    baseline_seeds: Annotated[
        int, typer.Option(min=0, help="How many of them for the discrete solver too.")
    ] = 1,
    points: Annotated[
        int, typer.Option(min=2, help="Points of each side for the discrete solver.")
    ] = 2000,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Outer steps; by the row's size if not given.")
    ] = None,
    device: Annotated[str, typer.Option(help="Where NGW computes: cpu or cuda.")] = "cpu",
    output: Annotated[Path, typer.Option(help="File of the results; kept rows stay.")] = Path(
        "research/results/ngw_gaussians.json"
    ),
) -> None:
    """NGW between Gaussians beside the closed form (Table 1): to 256 dimensions by default."""
    measured = read_results(output)
    for name in tracked(rows or _DEFAULT_ROWS, "rows"):
        m, n = _dimensions(name)
        for seed in range(seeds):
            sample = points if seed < baseline_seeds else 0
            row = measure(m, n, seed, points=sample, steps=steps, device=device)
            settings = {"evaluated_points": _EVALUATED, "moment_points": _MOMENT_POINTS}
            measured = add_result(output, row, key=_key, settings=settings)
    typer.echo(table(measured))


def measure(
    m: int, n: int, seed: int, *, points: int, steps: int | None, device: str
) -> dict[str, Any]:
    """Draw two Gaussians, fit the maps between them, and measure each."""
    generator = torch.Generator().manual_seed(seed)
    mu, nu = (_covariance(d, generator).to(device) for d in (m, n))
    recipe = recipe_for(m, n, steps=steps)
    output = solve_inner_gromov_wasserstein(
        StreamSampler(gaussian(mu), seed=10 * seed + 1, device=device),
        StreamSampler(gaussian(nu), seed=10 * seed + 2, device=device),
        recipe,
        seed=seed,
    )
    closed = gaussian_inner_gromov_wasserstein(mu, nu)
    scale = float(mu.square().sum() + nu.square().sum())

    def figures(fitted: Map) -> dict[str, float]:
        fresh = StreamSampler(gaussian(mu), seed=10 * seed + 3, device=device)
        x = fresh.draw(_EVALUATED)
        images = torch.cat([fitted(fresh.draw(_BLOCK)) for _ in range(_MOMENT_POINTS // _BLOCK)])
        value = inner_gromov_wasserstein(x, fitted(x))
        return {
            "inner_gw": round(value, 4),
            "excess_percent": round(100 * (value - closed) / scale, 3),
            "uvp_percent": round(bures_wasserstein_uvp(images, nu), 4),
        }

    row = {
        "source": m,
        "target": n,
        "seed": seed,
        "closed_form": round(closed, 4),
        "scale": round(scale, 4),
        "seconds": round(output.seconds, 1),
        "steps": recipe.steps,
        "start": figures(output.start),
        "ngw": figures(output.solution),
    }
    if points:
        value, fitted = discrete(mu, nu, seed, points)
        row["discrete"] = {"inner_gw": round(value, 4), "points": points}
        row["discrete_regression"] = figures(fitted)
    return row


def recipe_for(m: int, n: int, *, steps: int | None) -> NeuralGromovWassersteinRecipe:
    """Choose the settings of a row: in many dimensions batches are noisier, and rates lower."""
    large = n >= 256 or m >= 1024
    return NeuralGromovWassersteinRecipe(
        start="random",
        coordinates="whitened",
        curvature="matrix",
        transport_widths=(128,),
        potential_widths=(128,),
        steps=steps or (500 if large else 400),
        batch=4096,
        transport_batch=1024 if m >= 256 else 512,
        transport_steps=3,
        learning_rate=1e-3,
        linear_rate=0.25 if large else 0.5,
        cost_rate=0.15 if large else 0.2,
        averaging=0.95,
        assess_every=100,
    )


def discrete(mu: Tensor, nu: Tensor, seed: int, points: int) -> tuple[float, Map]:
    """Couple samples by POT, and regress the coupled points on the source (paper, section 5.2)."""
    x = StreamSampler(gaussian(mu.cpu().double()), seed=10 * seed + 4).draw(points).numpy()
    y = StreamSampler(gaussian(nu.cpu().double()), seed=10 * seed + 5).draw(points).numpy()
    with warnings.catch_warnings():
        # Some of the linear programs inside stop at their limit; the next step goes on from there.
        warnings.filterwarnings("ignore", message="numItermax reached")
        plan, log = ot.gromov.gromov_wasserstein(x @ x.T, y @ y.T, log=True)
    images = torch.from_numpy(plan @ y * points)
    weight = linear_map(torch.from_numpy(x), images).to(mu)
    return float(log["gw_dist"]), lambda batch: batch @ weight.T


def _covariance(dimension: int, generator: torch.Generator) -> Tensor:
    rotation = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator))[0]
    eigenvalues = 0.5 + 1.5 * torch.rand(dimension, generator=generator)
    covariance: Tensor = rotation * eigenvalues @ rotation.T
    return (covariance + covariance.T) / 2


def _dimensions(name: str) -> tuple[int, int]:
    parts = name.split("-")
    if len(parts) != 2 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise OptionError(f"--row: expected two dimensions such as 64-16, found {name!r}")
    m, n = (int(part) for part in parts)
    if m < n:
        raise OptionError(f"--row: expected a source of no fewer dimensions, found {name!r}")
    return m, n


def _key(row: Mapping[str, Any]) -> tuple[int, int, int]:
    return (-row["source"], -row["target"], row["seed"])
