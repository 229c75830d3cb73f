"""`research.papers robot`: regression without correspondence on data whose answer is known.

The text of the thesis that we have holds no figure of this chapter, so none stands beside ours. The
set-up follows the code that the authors published: 1,000 rows, signal to noise 100, a share of the
responses shuffled among each other, the first weights from the rows as they stand. Reduced for two
cores: ROBOT matches rows with 100 bins of the sorted responses (with the responses themselves
within groups), and takes tens of steps. Bins and entropy bias the weights; *then alternation* goes
on from them without either, which is ROBOT's limit at no entropy.

Parts: *share*: linear, by the share that is shuffled. *noise*: linear, half shuffled, by signal to
noise; besides, what starts from moments and so looks at no row's own response: to it everything is
shuffled. *search*: all shuffled, what lowers the transport cost from there. *outliers*: half
shuffled, some responses replaced. *groups*: shuffled within groups of known rows, a linear function
and a network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import torch
import typer

from isogloss.models.errors import OptionError
from research.measurement import save_results
from research.papers.robot_groups import grouped_errors
from research.papers.robot_linear import BINS, noises, outliers, searches, shares
from research.papers.robot_pictures import draw_errors
from research.papers.robot_tables import Row, tables

RESULTS = Path("research/results/robot.json")
_PARTS: dict[str, Callable[[int, int, int], Iterator[Row]]] = {
    "share": shares,
    "noise": noises,
    "search": searches,
    "outliers": outliers,
    "groups": grouped_errors,
}
"""Seed, rows and steps → rows of results."""


def reproduce(
    *,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help="share, noise, search, outliers, groups; all."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 5,
    rows: Annotated[int, typer.Option(min=100, help="Rows, a multiple of 100.")] = 1000,
    steps: Annotated[int, typer.Option(min=1, help="Steps of ROBOT in the linear parts.")] = 40,
    group_steps: Annotated[int, typer.Option(min=1, help="Steps of the part groups.")] = 300,
    picture: Annotated[bool, typer.Option(help="Draw beside the results.")] = True,
    output: Annotated[
        Path, typer.Option(help="File of the results; what it holds is not run again.")
    ] = RESULTS,
) -> None:
    """ROBOT: shuffled linear and nonlinear regression, beside closed forms and alternation."""
    torch.set_num_threads(1)
    unknown = sorted(set(parts or ()) - set(_PARTS))
    if unknown:
        raise OptionError(f"--part: expected {', '.join(_PARTS)}, found {unknown[0]}")
    if rows % BINS:
        raise OptionError(f"--rows: expected a multiple of {BINS}, found {rows}")
    settings = {"rows": rows, "steps": steps, "group_steps": group_steps, "threads": 1}
    found = _measured(output, settings)
    for part in (each for each in _PARTS if parts is None or each in parts):
        for seed in range(seeds):
            if any((row["part"], row["seed"]) == (part, seed) for row in found):
                continue
            for row in _PARTS[part](seed, rows, group_steps if part == "groups" else steps):
                found.append({"part": part, "seed": seed, **row})
            found.sort(key=lambda row: (list(_PARTS).index(row["part"]), row["seed"]))
            save_results(output, found, settings)
    if picture:
        draw_errors(found, output.with_suffix(".png"))
    typer.echo(tables(found))


def _measured(path: Path, settings: Mapping[str, object]) -> list[Row]:
    """Rows of a file that were measured with the same settings: what need not be run again."""
    if not path.exists():
        return []
    document = json.loads(path.read_text("utf-8"))
    rows: list[Row] = document["rows"]
    return rows if document["settings"] == settings else []
