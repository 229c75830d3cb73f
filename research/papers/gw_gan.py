"""`python -m research.papers gw-gan`: the experiments of GW-GAN on mixtures, manifolds and digits.

The paper shows pictures without numbers; what stands beside ours here is what they show. The
reduced scale, for two cores, is the default: short runs, small networks, 8×8 digits in place of
28×28 ones. `--steps` makes them longer. Each row is written as it ends, and a rerun skips the rows
that stand there with the same number of steps.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import Tensor

from isogloss.models.generation.recipe import GanRecipe
from research.measurement import save_results
from research.papers.gw_gan_experiments import (
    MIXTURES,
    measure_ablation,
    measure_centring,
    measure_manifold,
    measure_mixture,
    measure_style,
)
from research.papers.gw_gan_pictures import draw_panels
from research.papers.gw_gan_table import tables


class Part(StrEnum):
    """An experiment."""

    MIXTURES = "mixtures"
    CENTRING = "centring"
    MANIFOLDS = "manifolds"
    STYLE = "style"
    ABLATION = "ablation"


_CASES: dict[Part, tuple[Callable[[Any, int, int], Any], tuple[str, ...]]] = {
    Part.MIXTURES: (measure_mixture, tuple(MIXTURES)),
    Part.CENTRING: (measure_centring, ("ℓ1 penalty", "no penalty")),
    Part.MANIFOLDS: (
        measure_manifold,
        ("S-curve to the plane", "graph to the plane", "sheet to space"),
    ),
    Part.STYLE: (measure_style, ("no style", "bold", "thin", "no adversary")),
    Part.ABLATION: (
        measure_ablation,
        ("procrustes", "layers", "off-diagonal", "initial", "none"),
    ),
}


def reproduce(
    *,
    parts: Annotated[
        list[Part] | None, typer.Option("--part", help="Experiment; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 5,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the generator.")] = 500,
    pictures: Annotated[bool, typer.Option(help="Draw the points of seed 0.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results; kept rows stay.")] = Path(
        "research/results/gw_gan.json"
    ),
) -> None:
    """GW-GAN: modes recovered, centring, manifolds, styles and the penalty (Fig. 2 to 10)."""
    rows: list[dict[str, Any]] = (
        json.loads(output.read_text("utf-8"))["rows"] if output.exists() else []
    )
    planned = [
        (part, case, seed)
        for seed in range(seeds)
        for part in Part
        if part in (parts or Part)
        for case in _CASES[part][1]
    ]
    finished = {(row["part"], row["case"], row["seed"]) for row in rows if row["steps"] == steps}
    for number, (part, case, seed) in enumerate(planned, start=1):
        if (part.value, case, seed) in finished:
            continue
        typer.echo(f"{number}/{len(planned)} {part}: {case}, seed {seed}", err=True)
        row, points = _CASES[part][0](case, seed, steps)
        rows = sorted([each for each in rows if _key(each) != _key(row)] + [row], key=_key)
        save_results(output, rows, {"scale": "reduced", "recipe": asdict(GanRecipe(steps=steps))})
        if seed == 0:
            _keep(output, part, case, points[case])
    if pictures:
        for part in parts or Part:
            panels = _kept(output, part)
            if panels:
                draw_panels(output.with_name(f"{output.stem}-{part}.png"), panels)
    typer.echo(tables(rows))


def _points_file(output: Path, part: Part) -> Path:
    """Points of the pictures, kept beside the results until all parts have been drawn."""
    return output.with_name(f"{output.stem}-{part}.points.pt")


def _kept(output: Path, part: Part) -> dict[str, Tensor]:
    file = _points_file(output, part)
    if not file.exists():
        return {}
    kept: dict[str, Tensor] = torch.load(file, weights_only=True)
    return {case: kept[case] for case in _CASES[part][1] if case in kept}


def _keep(output: Path, part: Part, case: str, points: Tensor) -> None:
    torch.save({**_kept(output, part), case: points}, _points_file(output, part))


def _key(row: dict[str, Any]) -> tuple[int, int, int]:
    part = Part(row["part"])
    return (list(Part).index(part), _CASES[part][1].index(row["case"]), row["seed"])
