"""`isogloss lexicon`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.choices import Matching
from isogloss.models.spaces.word_text import escaped
from isogloss.scripts.options import JsonOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars
from isogloss.scripts.tables import write_file

if TYPE_CHECKING:
    from isogloss.models.retrieval.lexicon_export import LexiconEntry


def lexicon(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A checkpoint, or a folder of them."),
    ],
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
        Path | None,
        typer.Option("--output", "-o", help="File to write; without it: standard output."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a dictionary of the pairs that a map finds.

    Lines `source <tab> target <tab> score`, the best first, and the probability where it is known.
    Of a folder of checkpoints all pairs of languages, each line begins with its pair.
    """
    from isogloss.models.checkpoint import find_checkpoints, load_checkpoint
    from isogloss.models.retrieval.lexicon_export import export_lexicon

    found: dict[str, Sequence[LexiconEntry]] = {}
    paths = find_checkpoints(checkpoint) if checkpoint.is_dir() else (checkpoint,)
    with ProgressBars() as bars:
        for path in paths or (checkpoint,):
            translator = load_checkpoint(path)
            found[translator.pair] = export_lexicon(
                translator,
                matching=matching,
                words=limit,
                least_score=min_score,
                observe=bars.stage(f"matching {translator.pair}"),
            )
    several = len(found) > 1
    text = "".join(_lines(pair, entries, several) for pair, entries in found.items())
    if output is not None:
        write_file(output, text.encode("utf-8"))
    count = sum(len(entries) for entries in found.values())
    if as_json:
        scores = [entry.score for entries in found.values() for entry in entries]
        shown = {} if output is not None else {"entries": _documents(found, several)}
        print_json(
            {
                "pair": ", ".join(found),
                "matching": matching,
                "words": limit,
                "pairs": count,
                "mean_score": mean(scores) if scores else None,
                "output": None if output is None else str(output),
                **shown,
            }
        )
    elif output is None:
        typer.echo(text, nl=False)
    else:
        typer.echo(f"{output}: {count} pairs of {', '.join(found)} ({matching})")


def _lines(pair: str, entries: Sequence[LexiconEntry], several: bool) -> str:
    lines = []
    for entry in entries:
        cells = [escaped(entry.source), escaped(entry.target), f"{entry.score:.4f}"]
        if entry.probability is not None:
            cells.append(f"{entry.probability:.4f}")
        lines.append("\t".join([pair, *cells] if several else cells) + "\n")
    return "".join(lines)


def _documents(
    found: Mapping[str, Sequence[LexiconEntry]], several: bool
) -> list[dict[str, object]]:
    return [
        {
            **({"pair": pair} if several else {}),
            "source": entry.source,
            "target": entry.target,
            "score": entry.score,
            **({} if entry.probability is None else {"probability": entry.probability}),
        }
        for pair, entries in found.items()
        for entry in entries
    ]
