"""`python -m research.papers spot`: Fig. 3.2, 3.3, 3.4 and 3.6 of the thesis, and three marginals.

The paper trains to the end on a graphics card, fifty runs each. Reduced here: three seeds, 1,000
steps, batches of 500 for its 100, a few widths, and a density after 150 steps for its 600,000.
λ is 3 for the paper's 10⁴: it has only to exceed the slope of the optimal potentials, which is 1
for distances. The parts of G share all layers but the last.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import ot
import torch
import typer
from torch import Tensor

from isogloss.models.aligners.neural_gw.sampler import RowSampler, StreamSampler
from isogloss.models.aligners.pushforward.cost import Cost, euclidean, squared_euclidean
from isogloss.models.aligners.pushforward.networks import SharedGenerator
from isogloss.models.aligners.pushforward.solver import PushforwardPlan, solve_pushforward
from isogloss.models.aligners.recipe import PushforwardRecipe
from isogloss.models.errors import OptionError
from research.measurement import save_results
from research.methods.pushforward_flow import FlowGenerator, entropic_cost
from research.papers.spot_pictures import draw_densities, draw_pairs
from research.papers.spot_tables import tables

Part = Literal["widths", "pairs", "marginals", "density"]
_PARTS: tuple[Part, ...] = ("widths", "pairs", "marginals", "density")
_POINTS = 100_000
_RECIPE = PushforwardRecipe(
    multiplier=3.0,
    batch=500,
    learning_rate=1e-2,
    potential_rate=2e-2,
    averaging=0.99,
    assess_every=10**9,
)
_LEAST_POTENTIAL = 32
"""Units of a potential at least; with two it sees too little of a marginal to hold it."""
_DENSITIES = {
    "Gaussians": (((0.0, 1.0),), ((2.0, 0.5),)),
    "mixtures": (((-1.0, 0.5), (1.0, 0.5)), ((-2.0, 0.5), (2.0, 0.5))),
}
"""Mean and variance of the components on either side, of equal weight."""


def reproduce(
    *,
    parts: Annotated[
        list[str] | None, typer.Option("--part", help="widths, pairs, marginals, density; all.")
    ] = None,
    widths: Annotated[
        list[int] | None, typer.Option("--width", min=1, help="Hidden units; repeatable.")
    ] = None,
    epsilons: Annotated[
        list[float] | None, typer.Option("--epsilon", help="Strengths of the entropy; repeatable.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Outer steps in the plane.")] = 1000,
    density_steps: Annotated[int, typer.Option(min=1, help="Outer steps of the flow.")] = 150,
    pictures: Annotated[bool, typer.Option(help="Draw beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results; other parts stay.")] = Path(
        "research/results/spot.json"
    ),
) -> None:
    """SPOT: distance by width, pairs, three marginals and densities, beside the paper."""
    torch.set_num_threads(1)
    chosen = [part for part in _PARTS if parts is None or part in parts]
    unknown = sorted(set(parts or ()) - set(_PARTS))
    if unknown:
        raise OptionError(f"--part: expected {', '.join(_PARTS)}, found {unknown[0]}")
    rows: list[dict[str, Any]] = []
    if output.exists():
        rows = json.loads(output.read_text("utf-8"))["rows"]
    rows = [row for row in rows if row["part"] not in chosen]
    for part in chosen:
        for seed in range(seeds):
            match part:
                case "widths":
                    rows += [_width(each, seed, steps) for each in widths or (2, 8, 32, 128)]
                case "pairs":
                    rows += _pairs(seed, steps, _picture(output, "pairs", pictures, seed))
                case "marginals":
                    rows.append(_three(seed, steps))
                case "density":
                    picture = _picture(output, "density", pictures, seed)
                    rows += _densities(seed, density_steps, epsilons or (0.5, 5.0), picture)
            save_results(output, rows, {"steps": steps, "density_steps": density_steps})
    typer.echo(tables(rows))


def normal_points(mean: float, seed: int, deviation: float = 1.0) -> Tensor:
    """Draw the finite sample of a Gaussian of the plane around (mean, 0)."""
    generator = torch.Generator().manual_seed(seed)
    noise = deviation * torch.randn(_POINTS, 2, generator=generator)
    return noise + torch.tensor([mean, 0.0])


def bent_points(seed: int) -> Tensor:
    """Draw the finite sample of (sin Y₁ + Y₂, 2 Y₁ − 3) of Fig. 3.6."""
    generator = torch.Generator().manual_seed(seed)
    first = 3 * torch.rand(_POINTS, generator=generator)
    second = 2 + 0.1**0.5 * torch.randn(_POINTS, generator=generator)
    return torch.stack([first.sin() + second, 2 * first - 3], dim=1)


def _solve(
    samples: list[Tensor], cost: Cost, width: int, seed: int, steps: int, **settings: Any
) -> PushforwardPlan:
    rate = min(1e-2, 0.08 / width)
    recipe = replace(
        _RECIPE,
        potential_widths=(max(width, _LEAST_POTENTIAL),),
        steps=steps,
        learning_rate=rate,
        **settings,
    )
    return solve_pushforward(
        [
            RowSampler(points, torch.zeros(2), seed=100 * seed + number)
            for number, points in enumerate(samples)
        ],
        cost,
        recipe,
        seed=seed,
        generator=SharedGenerator(2, (width, width), 2, len(samples), seed=seed),
    )


def _figures(plan: PushforwardPlan, cost: Cost, samples: list[Tensor]) -> dict[str, Any]:
    """Mean cost of fresh pairs, and how far their moments are from those of the samples."""
    points = plan.sample(_POINTS, seed=10**6)
    off = [float((x.mean(0) - y.mean(0)).norm()) for x, y in zip(points, samples, strict=True)]
    spread = [
        float((x.std(0) / y.std(0) - 1).abs().max()) for x, y in zip(points, samples, strict=True)
    ]
    return {
        "cost": round(float(cost(points).mean()), 4),
        "mean_error": round(max(off), 4),
        "deviation_error": round(max(spread), 4),
        "seconds": round(plan.seconds, 1),
    }


def _width(width: int, seed: int, steps: int) -> dict[str, Any]:
    samples = [normal_points(-2.5, 2 * seed), normal_points(2.5, 2 * seed + 1)]
    plan = _solve(samples, euclidean, width, seed, steps)
    figures = _figures(plan, euclidean, samples)
    error = round(100 * abs(figures["cost"] / 5 - 1), 2)
    return {"part": "widths", "width": width, "seed": seed, "error_percent": error, **figures}


def _pairs(seed: int, steps: int, picture: Path | None) -> list[dict[str, Any]]:
    cases: dict[str, list[Tensor]] = {
        "Gaussians": [normal_points(-2.5, 2 * seed), normal_points(2.5, 2 * seed + 1)],
        "Gaussian and bent": [normal_points(-2.5, 2 * seed, 0.5**0.5), bent_points(seed)],
    }
    rows, drawn = [], {}
    for name, samples in cases.items():
        # The slope of the squared distance is about twice the way.
        plan = _solve(samples, squared_euclidean, 32, seed, steps, multiplier=25.0)
        few = [points[:1000].double().numpy() for points in samples]
        matrix = ot.dist(*few)
        exact = float(ot.emd2(ot.unif(1000), ot.unif(1000), matrix))
        figures = _figures(plan, squared_euclidean, samples)
        rows.append({"part": "pairs", "case": name, "seed": seed, "exact": exact, **figures})
        drawn[name] = (few, [x.numpy() for x in plan.sample(200, seed=7)])
    if picture is not None:
        draw_pairs(drawn, picture)
    return rows


def _three(seed: int, steps: int) -> dict[str, Any]:
    """Three translated Gaussians: the plan of the barycenter moves each point as a whole."""
    samples = [normal_points(mean, 3 * seed + k) for k, mean in enumerate((-2.0, 0.0, 2.0))]
    plan = _solve(samples, squared_euclidean, 32, seed, steps, multiplier=25.0)
    figures = _figures(plan, squared_euclidean, samples)
    return {"part": "marginals", "seed": seed, "exact": 24.0, **figures}


def _densities(
    seed: int, steps: int, epsilons: tuple[float, ...] | list[float], picture: Path | None
) -> list[dict[str, Any]]:
    rows, drawn = [], {}
    axis = np.linspace(-5, 5, 81)
    grid = torch.cartesian_prod(*[torch.from_numpy(axis).float()] * 2)
    for name, sides in _DENSITIES.items():
        weights = [_weights(axis, side) for side in sides]
        for epsilon in epsilons:
            plan = solve_pushforward(
                [
                    StreamSampler(_mixture(side), seed=100 * seed + number)
                    for number, side in enumerate(sides)
                ],
                squared_euclidean,
                replace(
                    _RECIPE,
                    potential_widths=(64,),
                    multiplier=20.0,
                    steps=steps,
                    batch=256,
                    potential_steps=3,
                    learning_rate=5e-3,
                    averaging=0.97,
                ),
                seed=seed,
                generator=FlowGenerator((1, 1), (64, 64, 64), steps=4, seed=seed),
                objective=entropic_cost(squared_euclidean, epsilon),
            )
            generator = plan.generator
            assert isinstance(generator, FlowGenerator)
            with torch.inference_mode():
                found = generator.log_density(grid).exp().double().numpy().reshape(81, 81)
            cell = (axis[1] - axis[0]) ** 2
            exact = ot.sinkhorn(*weights, (axis[:, None] - axis) ** 2, epsilon, numItermax=10**4)
            rows.append(
                {
                    "part": "density",
                    "case": name,
                    "epsilon": epsilon,
                    "seed": seed,
                    "total_variation": _distance(found * cell, exact),
                    "independent": _distance(np.outer(*weights), exact),
                    "marginals": max(
                        _distance((found * cell).sum(axis=1 - side), weights[side])
                        for side in (0, 1)
                    ),
                    "seconds": round(plan.seconds, 1),
                }
            )
            drawn[f"{name}, ε = {epsilon:g}"] = (found * cell, exact)
    if picture is not None:
        draw_densities(drawn, picture)
    return rows


def _distance(found: np.ndarray, exact: np.ndarray) -> float:
    """Total variation, with what lies off the grid."""
    outside = abs(1 - float(found.sum()))
    return round(0.5 * (float(np.abs(found - exact).sum()) + outside), 4)


def _weights(axis: np.ndarray, side: tuple[tuple[float, float], ...]) -> np.ndarray:
    density = sum(np.exp(-((axis - mean) ** 2) / (2 * variance)) for mean, variance in side)
    return np.asarray(density / np.sum(density))


def _mixture(
    side: tuple[tuple[float, float], ...],
) -> Callable[[int, torch.Generator], Tensor]:
    means, variances = (torch.tensor(column) for column in zip(*side, strict=True))

    def draw(count: int, generator: torch.Generator) -> Tensor:
        component = torch.randint(len(means), (count,), generator=generator)
        noise = torch.randn(count, generator=generator)
        return (means[component] + variances[component].sqrt() * noise)[:, None]

    return draw


def _picture(output: Path, name: str, wanted: bool, seed: int) -> Path | None:
    return output.with_name(f"{output.stem}_{name}.png") if wanted and seed == 0 else None
