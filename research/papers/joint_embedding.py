"""`python -m research.papers joint-embedding`: sections 6 and B of Beier et al. 2025.

Reduced for two cores: a 16 × 16 grid where the paper takes 30 × 30 to 60 × 60 for its surfaces, 72
bins of the circle instead of 360, an 8 × 8 grid of means instead of 15 × 15. Table 1 is done at the
paper's size. The human shapes of Fig. 11 and the FashionMNIST images are left out: their data is
not at hand. Parts may be run one by one: the rows of the others are kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.markdown import Markdown

from isogloss.models.errors import OptionError
from isogloss.scripts.output import console, notice
from isogloss.scripts.progress import tracked
from research.measurement import save_parts
from research.papers.joint_embedding_cells import align_cells, read_cells
from research.papers.joint_embedding_circle import circles
from research.papers.joint_embedding_gaussians import mixtures
from research.papers.joint_embedding_pictures import (
    draw_cells,
    draw_circle,
    draw_mixtures,
    draw_shapes,
)
from research.papers.joint_embedding_shapes import shapes
from research.papers.joint_embedding_tables import tables
from research.papers.joint_embedding_words import growth

PARTS = ("cells", "shapes", "gaussians", "circle", "words")


def reproduce(
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with `single_cell` and, for translations, `docs`."),
    ] = None,
    parts: Annotated[
        list[str] | None, typer.Option("--part", help=f"One of {', '.join(PARTS)}; repeatable.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    points: Annotated[int, typer.Option(min=20, help="Points of each surface.")] = 300,
    per_axis: Annotated[int, typer.Option(min=3, help="Places along an axis of a surface.")] = 16,
    bins: Annotated[int, typer.Option(min=8, help="Points of the circle.")] = 72,
    means: Annotated[int, typer.Option(min=2, help="Means of Gaussians along an axis.")] = 8,
    starts: Annotated[int, typer.Option(min=1, help="Random starts; the least cost counts.")] = 2,
    words: Annotated[
        list[int] | None, typer.Option(min=10, help="Words of each language; repeatable.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the figures beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results.")] = Path(
        "research/results/joint-embedding.json"
    ),
) -> None:
    """Repeat EW_λ: Table 1, bent surfaces, sphere and torus, Gaussian mixtures, the circle."""
    chosen = tuple(parts or PARTS)
    unknown = set(chosen) - set(PARTS)
    if unknown:
        raise OptionError(f"--part: expected one of {', '.join(PARTS)}; found {min(unknown)}")
    torch.set_num_threads(1)
    output.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, object]] = []

    def beside(name: str) -> Path:
        return output.with_name(f"{output.stem}-{name}.png")

    for seed in tracked(range(seeds), "seeds"):
        draw = pictures and seed == 0
        if "cells" in chosen and data is not None:
            aligned = [align_cells(cells, seed) for cells in read_cells(data / "single_cell")]
            rows += [row for solved in aligned for row in solved.rows]
            if draw:
                draw_cells(aligned, beside("cells"))
        if "shapes" in chosen:
            solved_shapes = shapes(seed, points=points, per_axis=per_axis, starts=starts)
            rows += [dict(solved.row) for solved in solved_shapes]
            if draw:
                draw_shapes(solved_shapes, beside("shapes"))
        if "gaussians" in chosen:
            solved_mixtures = mixtures(seed, per_axis=means, starts=2 * starts)
            rows += [dict(solved.row) for solved in solved_mixtures]
            if draw:
                draw_mixtures(solved_mixtures, beside("gaussians"))
        if "circle" in chosen:
            rows += circles(seed, bins=bins)
    if "circle" in chosen and pictures:
        draw_circle(rows, beside("circle"))
    if "words" in chosen:
        rows += growth(tuple(words or (500, 1000, 2000)), data)
    if "cells" in chosen and data is None:
        notice("--data is missing: the single cells, and with them Table 1, are left out")
    settings = {
        "seeds": seeds,
        "points": points,
        "per_axis": per_axis,
        "bins": bins,
        "means": means,
        "starts": starts,
        "threads": 1,
    }
    measured = {str(row["experiment"]) for row in rows}
    together = save_parts(output, rows, dict.fromkeys(measured, settings))
    console().print(Markdown(tables(together)))
