"""`research.papers ngw-glove`: GloVe vectors of one corpus in two dimensions (NGW, Table 2).

A word's translation is the word itself. The fit does not see that: its samplers are shuffled apart,
and neither letters nor frequency, which would give the pairs away, have a part in its refinement.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from isogloss.models.aligners import Recipe
from isogloss.models.errors import OptionError
from isogloss.models.fitting.recipe_files import find_recipe, read_recipe, resolved
from isogloss.models.spaces import read_space
from isogloss.models.spaces.embedding_space import EmbeddingSpace
from isogloss.models.spaces.lexicon import Lexicon
from isogloss.scripts.progress import tracked
from research.measurement import grouped, save_results
from research.papers.ngw_fits import fit, precision_of_stages

RESULTS = Path("research/results/ngw_glove.json")
_PAPER = {"100-50": (0.95, 0.99, 0.98), "200-100": (0.98, 0.99, 0.99)}
"""Top-1, top-5 and top-10 on Wikipedia vectors, as Table 2 prints them."""


def reproduce(
    *,
    data: Annotated[Path, typer.Option(help="Folder with one file of each dimension, glove*.txt.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    recipe: Annotated[
        str | None, typer.Option(help="Settings: a name, or the path of a .toml file.")
    ] = None,
    output: Annotated[Path, typer.Option(help="File of the results.")] = RESULTS,
) -> None:
    """NGW between dimensions of one GloVe model (Table 2): about a minute a seed on two cores."""
    settings = of_vectors_alone(Recipe() if recipe is None else read_recipe(find_recipe(recipe)))
    source, target = _spaces(data)
    rows: list[dict[str, Any]] = []
    for seed in tracked(range(seeds), "seeds"):
        rows.append(measure(source, target, settings, seed))
        save_results(output, rows, {"recipe": resolved(settings)})
    typer.echo(table(rows))


def of_vectors_alone(recipe: Recipe) -> Recipe:
    """Leave out of a recipe what looks at words or at their order."""
    starts = tuple(start for start in recipe.portfolio.starts if start.kind != "identical-words")
    return replace(
        recipe,
        portfolio=replace(recipe.portfolio, starts=starts),
        refinement=replace(recipe.refinement, pairs="nearest", spelling=False),
    )


def measure(
    source: EmbeddingSpace, target: EmbeddingSpace, recipe: Recipe, seed: int
) -> dict[str, Any]:
    """Fit two spaces and look every source word up."""
    fitted = fit(source, target, recipe, seed=seed)
    lexicon = Lexicon({word: (word,) for word in source.words})
    return {
        "pair": f"{source.dimension}-{target.dimension}",
        "seed": seed,
        "seconds": round(fitted.seconds, 1),
        "found": fitted.alignment.found,
        "stages": precision_of_stages(fitted.alignment, source, target, {"all": lexicon}),
    }


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Lay out medians over the seeds as a Markdown table, the paper's figures above them."""
    lines = ["| dimensions | map | top-1 | top-5 | top-10 |", "|---|---|---|---|---|"]
    for pair, group in sorted(grouped(rows, "pair").items()):
        name = pair.replace("-", "→")
        if pair in _PAPER:
            lines.append(f"| {name} | NGW, the paper | {_cells(_PAPER[pair])} |")
        for stage in group[0]["stages"]:
            medians = (
                statistics.median(row["stages"][stage]["all"][f"precision_at_{k}"] for row in group)
                for k in (1, 5, 10)
            )
            lines.append(f"| {name} | {stage}, {len(group)} seeds | {_cells(medians)} |")
    return "\n".join(lines)


def _cells(figures: Iterable[float]) -> str:
    return " | ".join(f"{figure:.3f}" for figure in figures)


def _spaces(data: Path) -> tuple[EmbeddingSpace, EmbeddingSpace]:
    """Read the two files of a folder, the one of more dimensions first."""
    files = sorted(data.glob("glove*.txt"))
    if len(files) != 2:
        raise OptionError(f"--data: expected two files glove*.txt in {data}, found {len(files)}")
    spaces = [read_space(file, language="en").space for file in files]
    source, target = sorted(spaces, key=lambda space: -space.dimension)
    return source, target
