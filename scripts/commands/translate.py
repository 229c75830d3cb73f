"""`isogloss translate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.models.choices import Ranking
from isogloss.models.errors import OptionError
from isogloss.scripts.options import Checkpoint, JsonOption, NeighboursOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars
from isogloss.scripts.tables import (
    TableFormat,
    choose_table_format,
    words_of_column,
    write_rows,
)
from isogloss.scripts.words import words_from_standard_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.models.answers import Translation
    from isogloss.models.retrieval import Translator

_WORDS_AT_ONCE = 256
"""An answer does not depend on what is asked beside it; so many show progress soon enough."""
_COLUMNS = ("word", "rank", "translation", "score", "reason")


def translate(
    checkpoint: Checkpoint,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Words; none: read from standard input, one per line."),
    ] = None,
    *,
    k: NeighboursOption = 10,
    score: Annotated[
        Ranking | None,
        typer.Option(
            help="How answers are ranked.", show_default="probability where it is known, else csls"
        ),
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--input", help="Table to take words from: .csv, .tsv, .parquet.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="Column of the table.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write: .csv, .tsv, .parquet.")
    ] = None,
    form: Annotated[
        TableFormat | None,
        typer.Option(
            "--format", help="How answers are written.", show_default="by the name of the output"
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Translate words.

    A word that is not known is reported in its place.
    """
    from isogloss.models.checkpoint import load_checkpoint

    chosen = choose_table_format("table" if as_json else form, output)
    asked = _asked(words, table, column)
    translator = load_checkpoint(checkpoint)
    ranking = score or ("probability" if "probability" in translator.rankings else "csls")
    answers = _translated(translator, asked, k, ranking)
    if as_json:
        print_json({"score": ranking, "results": [as_result(answer) for answer in answers]})
    elif chosen == "table" and output is None:
        for answer in answers:
            _print(answer, ranking, translator.source.language)
    else:
        rows = [row for answer in answers for row in _rows(answer)]
        write_rows(rows, _COLUMNS, "tsv" if chosen == "table" else chosen, output)
        if output is not None:
            typer.echo(f"{output}: {len(answers)} words, {len(rows)} rows")


def _asked(words: list[str] | None, table: Path | None, column: str | None) -> list[str]:
    if table is None and column is None:
        return words or words_from_standard_input()
    if table is None or column is None:
        raise OptionError("--input and --column: expected both, or neither")
    if words:
        raise OptionError("--input: the words come from the table; found words too")
    return words_of_column(table, column)


def _translated(
    translator: Translator, asked: Sequence[str], k: int, ranking: Ranking
) -> list[Translation]:
    answers: list[Translation] = []
    with ProgressBars() as bars:
        tell = bars.stage("translating", unit="words")
        for begin in range(0, len(asked), _WORDS_AT_ONCE):
            answers += translator.translate(asked[begin : begin + _WORDS_AT_ONCE], k, ranking)
            tell(len(answers), len(asked))
    return answers


def _print(answer: Translation, ranking: Ranking, language: str) -> None:
    typer.echo(answer.word)
    if answer.reason is not None:
        known = answer.reason == "zero_vector"
        why = (
            "the vector is zero, it has no direction"
            if known
            else f"no vector in the {language} words"
        )
        typer.echo(f"  not known: {why}")
        if answer.hint is not None:
            typer.echo(f"  the vocabulary has it {answer.hint}")
    for neighbour in answer.neighbours:
        shown = f"{neighbour.score:6.3f}"
        if ranking == "probability":
            shown = f"{100 * neighbour.score:4.0f} %"
        typer.echo(f"  {shown}  {neighbour.word}")


def _rows(answer: Translation) -> list[dict[str, object]]:
    """One row per neighbour; a word without one has a row that says why."""
    if not answer.neighbours:
        empty = dict.fromkeys(_COLUMNS)
        return [{**empty, "word": answer.word, "reason": answer.reason}]
    return [
        {
            "word": answer.word,
            "rank": rank,
            "translation": neighbour.word,
            "score": neighbour.score,
            "reason": None,
        }
        for rank, neighbour in enumerate(answer.neighbours, start=1)
    ]


def as_result(answer: Translation) -> dict[str, object]:
    """Give the answer for one word, in the form in which the service gives it."""
    reason: dict[str, object] = {} if answer.reason is None else {"reason": answer.reason}
    if answer.hint is not None:
        reason["hint"] = answer.hint
    return {
        "word": answer.word,
        "neighbours": [
            {"word": neighbour.word, "score": neighbour.score} for neighbour in answer.neighbours
        ],
        "in_vocabulary": answer.in_vocabulary,
        **reason,
    }
