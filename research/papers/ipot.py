"""`python -m research.papers ipot`: chapter 2.4 of the thesis, figures 2.2 to 2.5 and 2.7.

The paper shows pictures without numbers, but for the 1e-4 of Fig. 2.3; its claims stand beside
ours in `models/optimal_transport/README.md`. Reduced for two cores: where n is above 1,024 there is
one seed, and Sinkhorn gets fewer iterations. Parts may be run one by one: the others' rows are
kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer

from isogloss.models.errors import OptionError
from research.measurement import save_parts
from research.papers.ipot_colour import colour_transfer
from research.papers.ipot_generator import generators
from research.papers.ipot_plans import convergence, sparsity
from research.papers.ipot_scaling import per_iteration, scaling
from research.papers.ipot_tables import tables

PARTS = ("convergence", "sparsity", "scaling", "iteration", "colour", "generator")
_LARGEST_WITH_ALL_SEEDS = 1024
_LOOKS = (10, 30, 100, 300, 1000, 3000)


def reproduce(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    sizes: Annotated[
        list[int] | None, typer.Option("--size", min=2, help="Points of a side; may be repeated.")
    ] = None,
    parts: Annotated[
        list[str] | None, typer.Option("--part", help=f"One of {', '.join(PARTS)}; repeatable.")
    ] = None,
    iterations: Annotated[
        int, typer.Option(min=10, help="Iterations of IPOT at most, in every part.")
    ] = 3000,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each generator.")] = 600,
    pictures: Annotated[bool, typer.Option(help="Draw the figures beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results.")] = Path(
        "research/results/ipot.json"
    ),
) -> None:
    """Repeat IPOT's experiments: convergence, time, sparsity, colours, generators."""
    chosen = tuple(parts or PARTS)
    unknown = set(chosen) - set(PARTS)
    if unknown:
        raise OptionError(f"--part: expected one of {', '.join(PARTS)}; found {min(unknown)}")
    chosen_sizes = tuple(sizes or (256, 512, 1024, 2048, 4096))
    torch.set_num_threads(1)
    rows: list[dict[str, object]] = []
    looks = [look for look in _LOOKS if look <= iterations]

    def draw(name: str, seed: int, ending: str = "png") -> Path | None:
        if not pictures or seed:
            return None
        output.parent.mkdir(parents=True, exist_ok=True)
        return output.with_name(f"{output.stem}_{name}.{ending}")

    for seed in range(seeds):
        if "convergence" in chosen:
            rows += convergence(seed, points=100, looks=looks, inner=(1, 2, 5))
        if "sparsity" in chosen:
            picture = draw("plans", seed)
            rows += sparsity(seed, points=100, looks=looks[::2], picture=picture)
        if "generator" in chosen:
            picture = draw("generators", seed)
            rows += generators(
                seed, steps=steps, batch=min(256, max(chosen_sizes)), picture=picture
            )
        for n in chosen_sizes:
            large = n > _LARGEST_WITH_ALL_SEEDS
            if large and seed:
                continue
            if "iteration" in chosen:
                rows += per_iteration(seed, n, iterations=min(iterations, 2000))
            if "scaling" in chosen:
                rows += scaling(
                    seed,
                    n,
                    iterations=iterations,
                    sinkhorn_iterations=2000 if large else 5000,
                    stabilised=200 if large else 2000,
                )
        if "colour" in chosen and seed == 0:
            rows += colour_transfer(
                every=2, iterations=iterations, picture=draw("colours", seed, "jpg")
            )
    settings = {
        "seeds": seeds,
        "sizes": list(chosen_sizes),
        "threads": 1,
        "iterations": iterations,
        "generator_steps": steps,
    }
    measured = save_parts(output, rows, dict.fromkeys(chosen, settings))
    typer.echo(tables(measured))
