"""Options that several commands share, with the checks that belong to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from isogloss.models.choices import Ranking, Score

_LANGUAGE = re.compile(r"[A-Za-z0-9]+([-_][A-Za-z0-9]+)*")


def check_language(code: str) -> str:
    """Refuse what could not stand in the name of a pair, for instance ``fr-es``, or in an address.

    Raises:
        BadParameter: The code is not letters and digits.

    """
    if not _LANGUAGE.fullmatch(code):
        raise typer.BadParameter(f"expected a code such as fr or pt-BR, found {code!r}")
    return code


Checkpoint = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the checkpoint.")]
SimilarityOption = Annotated[Score, typer.Option("--score", help="How near neighbours are.")]
RankingOption = Annotated[Ranking, typer.Option("--score", help="How answers are ranked.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
NeighboursOption = Annotated[
    int, typer.Option("-k", "--k", min=1, help="Answers for each word, the best first.")
]
