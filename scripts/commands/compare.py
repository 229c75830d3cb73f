"""`isogloss compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.scripts.options import JsonOption, RankingOption
from isogloss.scripts.output import console, print_json
from isogloss.scripts.progress import ProgressBars

if TYPE_CHECKING:
    from isogloss.models.evaluation import Comparison

_TITLES = {
    "precision_at_1": "P@1",
    "precision_at_5": "P@5",
    "precision_at_10": "P@10",
    "mean_reciprocal_rank": "MRR",
}
_EXAMPLES = 5


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a checkpoint.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of the other one.")],
    *,
    lexicon: Annotated[
        Path, typer.Option("--lexicon", "-l", help="Lines `source target`, to measure with.")
    ],
    score: RankingOption = "csls",
    seed: Annotated[int, typer.Option(min=0, help="Of the words that are drawn.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Tell which of two maps is better, and how surely.

    Both are asked the same words. The interval holds the middle 95 % of the differences over
    10,000 draws of these words (paired bootstrap).
    """
    from isogloss.models.checkpoint import load_checkpoint
    from isogloss.models.evaluation import compare as compare_ranks
    from isogloss.models.evaluation import word_ranks
    from isogloss.models.spaces.lexicon import read_lexicon

    entries = read_lexicon(lexicon)
    ranks = []
    with ProgressBars() as bars:
        for path in (first, second):
            bars.stage(f"asking {path.name}")
            ranks.append(word_ranks(load_checkpoint(path), entries, score=score))
        found = compare_ranks(ranks[0], ranks[1], seed=seed)
    if as_json:
        print_json(_document(found, first, second))
    else:
        _print(found, first, second)


def _document(found: Comparison, first: Path, second: Path) -> dict[str, object]:
    return {
        "first": str(first),
        "second": str(second),
        "words": found.words,
        "measures": {
            each.measure: {
                "first": each.first,
                "second": each.second,
                "difference": each.difference,
                "low": each.low,
                "high": each.high,
                "share_of_draws_ahead": each.better,
            }
            for each in found.differences
        },
        "only_first": list(found.only_first),
        "only_second": list(found.only_second),
    }


def _print(found: Comparison, first: Path, second: Path) -> None:
    from rich.table import Table

    out = console()
    table = Table("", "A", "B", "B − A", "95 % interval", "better")
    for each in found.differences:
        better = "not told" if not each.significant else "B" if each.difference > 0 else "A"
        table.add_row(
            _TITLES.get(each.measure, each.measure),
            f"{each.first:.3f}",
            f"{each.second:.3f}",
            f"{each.difference:+.3f}",
            f"{each.low:+.3f} to {each.high:+.3f}",
            better,
        )
    out.print(f"A  {first}\nB  {second}", markup=False, soft_wrap=True)
    out.print(table)
    out.print(f"{found.words} words that both could be asked", markup=False)
    for name, words in (("A", found.only_first), ("B", found.only_second)):
        if words:
            some = ", ".join(words[:_EXAMPLES]) + (", …" if len(words) > _EXAMPLES else "")
            out.print(f"right by {name} alone: {len(words)} ({some})", markup=False, soft_wrap=True)
