"""`isogloss uncertain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isogloss.scripts.options import Checkpoint
from isogloss.scripts.tables import TableFormat, choose_table_format, write_rows

_COLUMNS = ("word", "certainty", "first", "second")


def uncertain(
    checkpoint: Checkpoint,
    *,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Words to list.")] = 50,
    words: Annotated[
        int, typer.Option(min=1, help="Most frequent source words to choose from.")
    ] = 5000,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write: .csv, .tsv, .parquet.")
    ] = None,
    form: Annotated[
        TableFormat | None,
        typer.Option("--format", help="How they are written.", show_default="by the output's name"),
    ] = None,
) -> None:
    """List the words whose translations are least certain.

    Worth a look by someone who speaks both languages. Certainty is the probability of the first
    answer; where probabilities are not known, how far it is ahead of the second by CSLS.
    """
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.retrieval.certainty import weigh_translations

    chosen = choose_table_format(form, output)
    weighed = weigh_translations(load_checkpoint(checkpoint), words=words)
    least = sorted(weighed, key=lambda each: each.certainty)[:count]
    rows = [
        {
            "word": each.word,
            "certainty": each.certainty,
            "first": each.first.word,
            "second": each.second.word,
        }
        for each in least
    ]
    if chosen == "table" and output is None:
        width = max((len(each.word) for each in least), default=0)
        for each in least:
            pair = f"{each.first.word}, {each.second.word}"
            typer.echo(f"{each.certainty:6.3f}  {each.word:<{width}}  {pair}")
        return
    write_rows(rows, _COLUMNS, "tsv" if chosen == "table" else chosen, output)
    if output is not None:
        typer.echo(f"{output}: {len(rows)} words")
