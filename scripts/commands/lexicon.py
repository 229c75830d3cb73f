"""`isogloss lexicon`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.choices import Matching
from isogloss.models.errors import FileError
from isogloss.scripts.options import Checkpoint, JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.models.retrieval.lexicon_export import LexiconEntry


def lexicon(
    checkpoint: Checkpoint,
    *,
    matching: Annotated[
        Matching,
        typer.Option(help="mutual: each other's nearest; ipot: one to one, for the best total."),
    ] = "mutual",
    limit: Annotated[
        int, typer.Option(min=1, help="Most frequent words of each side that take part.")
    ] = 5000,
    min_score: Annotated[
        float | None, typer.Option(help="Leave out pairs whose CSLS is lower.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write; without it: standard output.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a dictionary of the pairs that a map finds.

    Lines `source <tab> target <tab> score`, the best first.
    """
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.retrieval.lexicon_export import export_lexicon

    translator = load_checkpoint(checkpoint)
    with ProgressBars() as bars:
        entries = export_lexicon(
            translator,
            matching=matching,
            words=limit,
            least_score=min_score,
            observe=bars.stage("matching"),
        )
    if output is not None:
        _write(output, entries)
    if as_json:
        pairs = {} if output is not None else {"entries": [_document(entry) for entry in entries]}
        print_json(
            {
                "pair": translator.pair,
                "matching": matching,
                "words": limit,
                "pairs": len(entries),
                "mean_score": mean(entry.score for entry in entries) if entries else None,
                "output": None if output is None else str(output),
                **pairs,
            }
        )
    elif output is None:
        typer.echo(_lines(entries), nl=False)
    else:
        typer.echo(f"{output}: {len(entries)} pairs of {translator.pair} ({matching})")


def _lines(entries: Sequence[LexiconEntry]) -> str:
    return "".join(f"{entry.source}\t{entry.target}\t{entry.score:.4f}\n" for entry in entries)


def _document(entry: LexiconEntry) -> dict[str, object]:
    return {"source": entry.source, "target": entry.target, "score": entry.score}


def _write(output: Path, entries: Sequence[LexiconEntry]) -> None:
    try:
        output.write_text(_lines(entries), encoding="utf-8")
    except OSError as error:
        raise FileError(output, f"cannot be written: {error.strerror}") from error
