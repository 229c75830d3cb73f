"""`isogloss reproduce gw-gan`: the experiments of GW-GAN on mixtures, manifolds and digits.

The paper shows pictures without numbers; what stands beside ours here is what they show. The
reduced scale, for two cores, is the default: short runs, small networks, 8×8 digits in place of
28×28 ones. `--steps` makes them longer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from torch import Tensor

from scripts.measurement import save_results, spread_of
from scripts.reproductions.gw_gan_experiments import (
    MIXTURES,
    measure_ablation,
    measure_centring,
    measure_graph,
    measure_mixture,
    measure_s_curve,
    measure_style,
)
from scripts.reproductions.gw_gan_pictures import draw_panels


class Part(StrEnum):
    """An experiment."""

    MIXTURES = "mixtures"
    CENTRING = "centring"
    MANIFOLDS = "manifolds"
    STYLE = "style"
    ABLATION = "ablation"


Measured = tuple[dict[str, Any], dict[str, Tensor]]


def reproduce(
    *,
    parts: Annotated[
        list[Part] | None, typer.Option("--part", help="Experiment; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 5,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the generator.")] = 400,
    pictures: Annotated[bool, typer.Option(help="Draw the points beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results; kept rows stay.")] = Path(
        "benchmarks/gw_gan.json"
    ),
) -> None:
    """GW-GAN: modes recovered, centring, manifolds, styles and the penalty (Fig. 2 to 10)."""
    chosen = set(parts or Part)
    rows: list[dict[str, Any]] = (
        json.loads(output.read_text("utf-8"))["rows"] if output.exists() else []
    )
    panels: dict[str, dict[str, Tensor]] = {}

    def keep(measure: Callable[[], Measured]) -> None:
        nonlocal rows
        row, points = measure()
        rows = sorted([each for each in rows if _key(each) != _key(row)] + [row], key=_key)
        save_results(output, rows, {"scale": "reduced"})
        if row["seed"] == 0:
            panels.setdefault(row["part"], {}).update(points)

    for seed in range(seeds):
        if Part.MIXTURES in chosen:
            for name in MIXTURES:
                keep(lambda n=name, s=seed: measure_mixture(n, s, steps))  # type: ignore[misc]
        if Part.CENTRING in chosen:
            for weight in (0.0, 0.1):
                keep(lambda w=weight, s=seed: measure_centring(w, s, steps))  # type: ignore[misc]
        if Part.MANIFOLDS in chosen:
            keep(lambda s=seed: measure_s_curve(s, steps))  # type: ignore[misc]
            keep(lambda s=seed: measure_graph(s, steps))  # type: ignore[misc]
        if Part.STYLE in chosen:
            for style in ("none", "bold", "thin"):
                keep(lambda y=style, s=seed: measure_style(y, s, steps))  # type: ignore[misc]
        if Part.ABLATION in chosen:
            for kind in ("procrustes", "layers", "off-diagonal", "initial", "none"):
                keep(lambda k=kind, s=seed: measure_ablation(k, s, steps))  # type: ignore[misc]
    if pictures:
        for part, points in panels.items():
            draw_panels(output.with_name(f"{output.stem}-{part}.png"), points)
    typer.echo(table(rows))


def table(rows: list[dict[str, Any]]) -> str:
    """Lay out the figures as Markdown: medians over the seeds, smallest and largest."""
    lines = [
        "| experiment | case | seeds | figure | ours | what the paper shows |",
        "|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["part"], row["case"]), []).append(row)
    for (part, case), group in groups.items():
        for figure in group[0]["figures"]:
            spread = spread_of(row["figures"][figure] for row in group)
            paper = group[0]["paper"].get(figure, "")
            lines.append(
                f"| {part} | {case} | {len(group)} | {figure} | {spread.median:.3g} "
                f"({spread.smallest:.3g} to {spread.largest:.3g}) | {paper} |"
            )
    return "\n".join(lines)


def _key(row: Mapping[str, Any]) -> tuple[str, str, int]:
    return (row["part"], row["case"], row["seed"])
