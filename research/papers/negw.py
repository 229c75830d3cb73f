"""`research.papers negw`: Fig. 2 and 3 of the neural estimator of entropic Gromov-Wasserstein.

ε is chosen for each experiment so that the best plan between Gaussians of the same covariances
holds a given number of nats; the paper's own values are not in the text at hand. The reduced scale,
for two cores, is the default; `--full` takes the sample sizes, seeds and networks of a GPU.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from isogloss.models.aligners.recipe import NeuralEntropicRecipe
from research.measurement import save_results
from research.papers.negw_digits import measure_digit_matrix, measure_rotations
from research.papers.negw_memory import measure_memory
from research.papers.negw_pictures import draw
from research.papers.negw_samples import measure_gaussians, measure_uniform
from research.papers.negw_tables import table


class Part(StrEnum):
    """An experiment."""

    UNIFORM = "uniform"
    GAUSSIANS = "gaussians"
    MEMORY = "memory"
    ROTATIONS = "rotations"
    DIGITS = "digits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large the experiments are.

    Attributes:
        dimensions: Of the distributions of Fig. 2.
        counts: Sample sizes n.
        reference: Points of Sinkhorn's reference for distributions without a closed form.
        sinkhorn: Largest n that Sinkhorn solves on the same sample.
        memory_counts: Sample sizes whose memory is measured.
        recipe: Of the estimator.

    """

    dimensions: tuple[int, ...]
    counts: tuple[int, ...]
    reference: int
    sinkhorn: int
    memory_counts: tuple[int, ...]
    recipe: NeuralEntropicRecipe


REDUCED = Scale(
    dimensions=(1, 16, 64, 128),
    counts=(256, 1024, 2048, 8192, 32768),
    reference=3072,
    sinkhorn=2048,
    memory_counts=(100_000, 1_000_000),
    recipe=NeuralEntropicRecipe(
        widths=(64,), rounds=8, steps=30, batch=1024, learning_rate=3e-3, anchors=8192
    ),
)
FULL = Scale(
    dimensions=(1, 16, 64, 128),
    counts=(256, 512, 1024, 2048, 8192, 32768, 131072, 524288),
    reference=16384,
    sinkhorn=8192,
    memory_counts=(100_000, 1_000_000),
    recipe=NeuralEntropicRecipe(
        widths=(256,),
        rounds=30,
        steps=100,
        batch=4096,
        learning_rate=1e-3,
        anchors=32768,
        evaluated=524288,
    ),
)


def reproduce(
    *,
    parts: Annotated[
        list[Part] | None, typer.Option("--part", help="Experiment; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 2,
    full: Annotated[bool, typer.Option(help="Full scale, for a GPU machine.")] = False,
    largest: Annotated[
        int | None, typer.Option(min=64, help="Leave out sample sizes above this one.")
    ] = None,
    dimensions: Annotated[
        list[int] | None, typer.Option("--dimension", min=1, help="Instead of 1, 16, 64, 128.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the figures beside the results.")] = True,
    output: Annotated[Path, typer.Option(help="File of the results; kept rows stay.")] = Path(
        "research/results/negw.json"
    ),
) -> None:
    """Entropic Gromov-Wasserstein by a network beside Sinkhorn and closed forms (Fig. 2, 3)."""
    scale = FULL if full else REDUCED
    chosen = set(parts or Part)
    wanted = tuple(dimensions or scale.dimensions)
    counts = tuple(n for n in scale.counts if largest is None or n <= largest)
    memory = tuple(n for n in scale.memory_counts if largest is None or n <= largest)
    keeper = _Keeper(output, full=full)
    for seed in range(seeds):
        for d in wanted:
            if Part.UNIFORM in chosen:
                keeper.keep(
                    lambda s=seed, d=d: measure_uniform(  # type: ignore[misc]
                        d,
                        counts,
                        s,
                        recipe=scale.recipe,
                        reference=min(scale.reference, 4 * counts[-1]),
                        sinkhorn=scale.sinkhorn,
                    )
                )
            if Part.GAUSSIANS in chosen:
                keeper.keep(
                    lambda s=seed, d=d: measure_gaussians(  # type: ignore[misc]
                        d, counts, s, recipe=scale.recipe, sinkhorn=scale.sinkhorn
                    )
                )
        if Part.ROTATIONS in chosen:
            keeper.keep(lambda s=seed: [measure_rotations(s)])  # type: ignore[misc]
    if Part.MEMORY in chosen:
        keeper.keep(lambda: [measure_memory(n) for n in memory])
    if Part.DIGITS in chosen:
        keeper.keep(lambda: [measure_digit_matrix()])
    if pictures:
        draw(keeper.rows, output)
    typer.echo(table(keeper.rows))


class _Keeper:
    """The rows of a file: new ones take the place of those of the same experiment and seed."""

    def __init__(self, output: Path, *, full: bool) -> None:
        self._output = output
        self._full = full
        self.rows: list[dict[str, Any]] = (
            json.loads(output.read_text("utf-8"))["rows"] if output.exists() else []
        )

    def keep(self, measure: Callable[[], list[dict[str, Any]]]) -> None:
        """Measure, and write everything: a run that is stopped loses only the row at work."""
        for row in measure():
            self.rows = [each for each in self.rows if _key(each) != _key(row)] + [row]
            self.rows.sort(key=_key)
            save_results(self._output, self.rows, {"scale": "full" if self._full else "reduced"})


def _key(row: dict[str, Any]) -> tuple[str, int, int, int]:
    return (row["part"], row.get("dimension", 0), row.get("points", 0), row.get("seed", 0))
