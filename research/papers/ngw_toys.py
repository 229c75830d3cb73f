"""`python -m research.papers ngw-toys`: Fig. 2 and 3 of NGW, mixtures in the plane and in space.

Ten components on a circle go to five, and the corners of a cube to eight components on a circle.
Both sides have symmetries, so that the map depends on the start: each toy is solved from two. A
source component has landed where at least nine tenths of its mass lies on one target component.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import ot
import torch
import typer
from torch import Tensor

from isogloss.models.aligners.neural_gw.sampler import StreamSampler, gaussian_mixture
from isogloss.models.aligners.recipe import NeuralGromovWassersteinRecipe
from isogloss.scripts.progress import tracked
from research.measurement import grouped, save_results, spread_of
from research.methods.gaussian_gromov_wasserstein import inner_gromov_wasserstein
from research.methods.mixture_landing import landing_shares
from research.methods.neural_gw_solver import solve_inner_gromov_wasserstein
from research.papers.ngw_toys_picture import Panel, draw_panels

_DEVIATION = 0.1
_LANDED = 0.9
_RADIUS = 3.5 * _DEVIATION
"""Holds 99.8 % of a component in the plane."""
_EVALUATED = 4000
_RECIPE = NeuralGromovWassersteinRecipe(
    start="random",
    coordinates="whitened",
    curvature="matrix",
    transport_widths=(128, 128),
    potential_widths=(128, 128),
    frequency=5.0,
    steps=2000,
    batch=512,
    transport_steps=8,
    learning_rate=1e-3,
    cost_rate=0.05,
    averaging=0.98,
    assess_every=500,
)


@dataclass(frozen=True, slots=True, eq=False)
class Toy:
    """Two mixtures.

    Attributes:
        name: Name of the toy.
        source: Centres [components, m].
        target: Centres [components, n].

    """

    name: str
    source: Tensor
    target: Tensor


def circle(components: int) -> Tensor:
    """Give centres spread evenly on the unit circle."""
    angles = torch.arange(components) * (2 * math.pi / components)
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def cube() -> Tensor:
    """Give the corners of the cube from −1 to 1, scaled to the unit sphere."""
    return torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3))) / 3**0.5


TOYS = (Toy("circle-10-5", circle(10), circle(5)), Toy("cube-circle-8", cube(), circle(8)))


def reproduce(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many starts, from 0.")] = 2,
    steps: Annotated[int, typer.Option(min=1, help="Outer steps.")] = _RECIPE.steps,
    points: Annotated[int, typer.Option(min=2, help="Points of POT's samples.")] = 800,
    pictures: Annotated[bool, typer.Option(help="Draw the maps beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results.")] = Path(
        "research/results/ngw_toys.json"
    ),
) -> None:
    """NGW between mixtures, from two starts, beside the discrete solver (Fig. 2, 3)."""
    rows: list[dict[str, Any]] = []
    for toy in tracked(TOYS, "toys"):
        found = [_discrete(toy, points)]
        found += [_neural(toy, seed, steps) for seed in range(seeds)]
        rows += [row for row, _ in found]
        if pictures:
            output.parent.mkdir(parents=True, exist_ok=True)
            draw_panels(
                output.with_name(f"{output.stem}_{toy.name}.png"),
                [panel for _, panel in found],
                targets=toy.target,
            )
    save_results(
        output,
        rows,
        {"steps": steps, "deviation": _DEVIATION, "landed_from": _LANDED, "radius": _RADIUS},
    )
    typer.echo(table(rows))


def table(rows: list[dict[str, Any]]) -> str:
    """Lay out the shares as Markdown; the paper shows pictures alone."""
    lines = [
        "| toy | method | starts | components that land on one | mass on its component | innerGW |",
        "|---|---|---|---|---|---|",
    ]
    for (toy, method), group in grouped(rows, "toy", "method").items():
        landed, mass, value = (
            spread_of(row[name] for row in group)
            for name in ("landed_share", "mean_mass", "inner_gw")
        )
        lines.append(
            f"| {toy} | {method} | {len(group)} "
            f"| {landed.median:.2f} ({landed.smallest:.2f} to {landed.largest:.2f}) "
            f"| {mass.median:.3f} | {value.median:.3f} |"
        )
    return "\n".join(lines)


def _neural(toy: Toy, seed: int, steps: int) -> tuple[dict[str, Any], Panel]:
    output = solve_inner_gromov_wasserstein(
        StreamSampler(gaussian_mixture(toy.source, deviation=_DEVIATION), seed=10 * seed + 1),
        StreamSampler(gaussian_mixture(toy.target, deviation=_DEVIATION), seed=10 * seed + 2),
        replace(_RECIPE, steps=steps),
        seed=seed,
    )
    points, components = _labelled(toy.source, _EVALUATED, seed=10 * seed + 3)
    images = output.solution(points)
    row = {**_figures(toy, "NGW", points, images, components), "seed": seed}
    title = f"NGW, start {seed + 1}"
    return {**row, "seconds": round(output.seconds, 1)}, Panel(title, points, images, components)


def _discrete(toy: Toy, count: int) -> tuple[dict[str, Any], Panel]:
    points, components = _labelled(toy.source, count, seed=4)
    answers, _ = _labelled(toy.target, count, seed=5)
    x, y = points.double().numpy(), answers.double().numpy()
    plan = torch.from_numpy(ot.gromov.gromov_wasserstein(x @ x.T, y @ y.T))
    # Each source point goes to the target point that gets most of its mass.
    images = answers[plan.argmax(dim=1)]
    row = {**_figures(toy, "POT, discrete", points, images, components), "seed": 0}
    return row, Panel("POT, discrete", points, images, components)


def _labelled(centres: Tensor, count: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Draw points whose components are known."""
    components = torch.arange(count) % len(centres)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, centres.shape[1], generator=generator)
    return centres[components] + _DEVIATION * noise, components


def _figures(
    toy: Toy, method: str, points: Tensor, images: Tensor, components: Tensor
) -> dict[str, Any]:
    shares = landing_shares(images, components, toy.target, radius=_RADIUS)
    return {
        "toy": toy.name,
        "method": method,
        "landed_share": round(float((shares >= _LANDED).float().mean()), 4),
        "mean_mass": round(float(shares.mean()), 4),
        "inner_gw": round(inner_gromov_wasserstein(points, images), 4),
    }
