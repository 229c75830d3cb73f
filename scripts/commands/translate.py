"""`isogloss translate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.scripts.options import Checkpoint, JsonOption, RankingOption
from isogloss.scripts.output import print_json
from isogloss.scripts.progress import ProgressBars
from isogloss.scripts.words import words_from_standard_input

if TYPE_CHECKING:
    from isogloss.models.answers import Translation

_WORDS_AT_ONCE = 256
"""An answer does not depend on what is asked beside it; so many show progress soon enough."""


def translate(
    checkpoint: Checkpoint,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="WORD", help="Words; none: read from standard input, one per line."),
    ] = None,
    *,
    k: Annotated[int, typer.Option("--k", min=1, help="Neighbours of each word.")] = 10,
    score: RankingOption = "csls",
    as_json: JsonOption = False,
) -> None:
    """Translate words.

    A word that is not known is reported in its place.
    """
    from isogloss.models.checkpoint import load_checkpoint

    translator = load_checkpoint(checkpoint)
    asked = words or words_from_standard_input()
    answers: list[Translation] = []
    with ProgressBars() as bars:
        tell = bars.stage("translating", unit="words")
        for begin in range(0, len(asked), _WORDS_AT_ONCE):
            answers += translator.translate(asked[begin : begin + _WORDS_AT_ONCE], k, score)
            tell(len(answers), len(asked))
    if as_json:
        print_json({"results": [as_result(answer) for answer in answers]})
        return
    for answer in answers:
        typer.echo(answer.word)
        if answer.reason is not None:
            typer.echo(f"  not known: no vector in the {translator.source.language} words")
        for neighbour in answer.neighbours:
            typer.echo(f"  {neighbour.score:6.3f}  {neighbour.word}")


def as_result(answer: Translation) -> dict[str, object]:
    """Give the answer for one word, in the form in which the service gives it."""
    reason = {} if answer.reason is None else {"reason": answer.reason}
    return {
        "word": answer.word,
        "neighbours": [
            {"word": neighbour.word, "score": neighbour.score} for neighbour in answer.neighbours
        ],
        "in_vocabulary": answer.in_vocabulary,
        **reason,
    }
