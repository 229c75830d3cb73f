"""`isogloss export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from isogloss.scripts.options import Checkpoint, JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars

_ROWS_AT_ONCE = 4096


def export(
    checkpoint: Checkpoint,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the two files.")
    ],
    form: Annotated[
        Literal["vec", "npz", "parquet", "gensim", "safetensors"],
        typer.Option("--format", help="Kind of the files; vec is read by most programs."),
    ] = "vec",
    as_json: JsonOption = False,
) -> None:
    """Write the aligned vectors of both languages.

    Two files, one for each language, in one space: a word and its translation lie near each other.
    """
    import numpy as np

    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.conversion.writers import VECTOR_FORMATS, write_space
    from isogloss.models.spaces import EmbeddingSpace

    translator = load_checkpoint(checkpoint)
    source = translator.source
    suffix = VECTOR_FORMATS[form].suffixes[0]
    with ProgressBars() as bars:
        tell = bars.stage("aligning", unit="words")
        aligned = np.empty((len(source), translator.target_dimension), np.float32)
        for begin in range(0, len(source), _ROWS_AT_ONCE):
            block = slice(begin, begin + _ROWS_AT_ONCE)
            aligned[block] = translator.align(source.vectors[block])
            tell(min(begin + _ROWS_AT_ONCE, len(source)), len(source))
        sides = (
            EmbeddingSpace(source.language, source.words, aligned),
            EmbeddingSpace(
                translator.target_language,
                translator.target_words,
                np.asarray(translator.retriever.target),
            ),
        )
        files = []
        for side in sides:
            bars.stage(f"writing {side.language}")
            path = output / f"{side.language}{suffix}"
            write_space(side, path, format_name=form)
            files.append(path)
    if as_json:
        words = [len(side) for side in sides]
        print_json({"files": [str(path) for path in files], "words": words, "format": form})
        return
    for side, path in zip(sides, files, strict=True):
        typer.echo(f"{path}: {len(side):,} words, {side.dimension} dimensions")
