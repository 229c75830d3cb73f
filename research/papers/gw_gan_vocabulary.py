"""`research.papers gw-gan-vocabulary`: what `isogloss generate` keeps of real vocabularies.

Spearman's ρ between the cosines of 200,000 pairs of words before and after, beside that of the
first principal components and of the first singular directions, at the same dimension. The folder
holds `COLLECTION/LANGUAGE.vec.gz`. Each row is written as it ends, and a rerun skips the rows that
stand there with the same settings.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from isogloss.models.errors import OptionError
from isogloss.models.generation.vocabulary import ReductionRecipe, reduce_vocabulary
from isogloss.models.spaces import read_space
from isogloss.scripts.progress import ProgressBars
from research.measurement import save_results, spread_of

_KEPT = ("space", "seed", "words", "dimension", "steps")


def reproduce(
    *,
    data: Annotated[Path, typer.Option(help="Folder of the collections.")],
    spaces: Annotated[list[str], typer.Option("--space", help="COLLECTION:XX; repeatable.")],
    dimension: Annotated[int, typer.Option(min=1, help="Dimensions of the new vectors.")] = 64,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 3,
    limit: Annotated[int, typer.Option(min=2, help="First words of each file.")] = 10_000,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps of the generator.")
    ] = ReductionRecipe().steps,
    output: Annotated[Path, typer.Option(help="File of the results; kept rows stay.")] = Path(
        "research/results/gw_gan_vocabulary.json"
    ),
) -> None:
    """GW-GAN on vocabularies: relations kept in fewer dimensions, beside PCA's."""
    rows: list[dict[str, Any]] = (
        json.loads(output.read_text("utf-8"))["rows"] if output.exists() else []
    )
    finished = {tuple(row[name] for name in _KEPT) for row in rows}
    with ProgressBars() as bars:
        for name in spaces:
            collection, colon, language = name.partition(":")
            if not (colon and language):
                raise OptionError(f"--space: expected COLLECTION:XX, found {name}")
            file = data / collection / f"{language}.vec.gz"
            space = read_space(file, language=language, limit=limit).space
            for seed in range(seeds):
                if (name, seed, len(space.words), dimension, steps) in finished:
                    continue
                begin = time.process_time()
                found = reduce_vocabulary(
                    space.vectors,
                    dimension,
                    ReductionRecipe(steps=steps, seed=seed),
                    observe=bars.observe,
                )
                row = {
                    "space": name,
                    "seed": seed,
                    "words": len(space.words),
                    "dimension_before": space.dimension,
                    "dimension": dimension,
                    "steps": steps,
                    "rank_correlation": round(found.rank_correlation, 5),
                    "rank_correlation_of_pca": round(found.rank_correlation_of_pca, 5),
                    "rank_correlation_of_svd": round(found.rank_correlation_of_svd, 5),
                    "seconds_of_one_core": round(time.process_time() - begin, 1),
                }
                rows = [row_ for row_ in rows if (row_["space"], row_["seed"]) != (name, seed)]
                rows = sorted([*rows, row], key=lambda each: (each["space"], each["seed"]))
                save_results(output, rows, {})
    typer.echo(table(rows))


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Lay out the correlations as Markdown: medians over the seeds, smallest and largest."""
    lines = [
        "| space | words | dimensions | steps | seeds | GW-GAN | principal components "
        "| singular directions |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for space in sorted({row["space"] for row in rows}):
        group = [row for row in rows if row["space"] == space]
        first = group[0]
        spread = spread_of(row["rank_correlation"] for row in group)
        lines.append(
            f"| {space} | {first['words']:,} | {first['dimension_before']} → {first['dimension']} "
            f"| {first['steps']} | {len(group)} | {spread.median:.3f} ({spread.smallest:.3f} to "
            f"{spread.largest:.3f}) | {first['rank_correlation_of_pca']:.3f} "
            f"| {first['rank_correlation_of_svd']:.3f} |"
        )
    return "\n".join(lines)
