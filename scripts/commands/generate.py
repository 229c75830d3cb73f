"""`isogloss generate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.errors import OptionError
from isogloss.scripts.options import JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.models.generation.vocabulary import ReducedVocabulary


def generate(
    *,
    space: Annotated[Path, typer.Option(help="Word vectors to generate anew.")],
    dimension: Annotated[int, typer.Option(min=1, help="Dimensions of the new vectors.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, .vec.")],
    limit: Annotated[
        int | None, typer.Option(min=2, help="Read only the N first words of the file.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the generator.")] = 400,
    seed: Annotated[int, typer.Option(min=0, help="Makes the vectors repeatable.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Give words vectors of another dimension.

    With the same relations between them (GW-GAN).
    """
    from isogloss.models.generation.vocabulary import ReductionRecipe, reduce_vocabulary
    from isogloss.models.spaces.readers import read_space

    if output.suffix != ".vec":
        raise OptionError(f"--output: expected a name that ends in .vec, found {output.name}")
    with ProgressBars() as bars:
        read = read_space(space, language="generated", limit=limit).space
        found = reduce_vocabulary(
            read.vectors, dimension, ReductionRecipe(steps=steps, seed=seed), observe=bars.observe
        )
    _write(output, read.words, found)
    document = {
        "output": str(output),
        "words": len(read.words),
        "dimension_before": read.dimension,
        "dimension": dimension,
        "rank_correlation": round(found.rank_correlation, 5),
        "rank_correlation_of_pca": round(found.rank_correlation_of_pca, 5),
        "rank_correlation_of_svd": round(found.rank_correlation_of_svd, 5),
    }
    if as_json:
        print_json(document)
    else:
        for name, value in document.items():
            typer.echo(f"{name.replace('_', ' '):<30} {value}")


def _write(output: Path, words: tuple[str, ...], found: ReducedVocabulary) -> None:
    """Write a text file of word vectors; a reader sees the old file or the new one."""
    import numpy as np

    unfinished = output.with_name(f"{output.name}.unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(f"{len(words)} {found.vectors.shape[1]}\n")
        for word, vector in zip(words, found.vectors, strict=True):
            numbers = " ".join(np.format_float_positional(value, precision=6) for value in vector)
            file.write(f"{word} {numbers}\n")
    unfinished.replace(output)
